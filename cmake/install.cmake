# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `cmake --install` puts where, beyond the Lua face (lua/CMakeLists.txt): the library with its public headers,
# for programs that embed the engine and for plugins, as the CMake package `selenograd` and for pkg-config.
# The headers keep their paths under include/selenograd/, where #include "autograd/op.h" finds them.
include(CMakePackageConfigHelpers)

set(headers ${CMAKE_INSTALL_INCLUDEDIR}/selenograd)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/selenograd)

install(FILES autograd/kernel.h autograd/op.h autograd/custom.h autograd/plugin.h autograd/selenograd.h
        DESTINATION ${headers}/autograd)
install(FILES autograd/gradcheck/gradcheck.h DESTINATION ${headers}/autograd/gradcheck)
install(FILES ops/ops.h ops/sample.h DESTINATION ${headers}/ops)
# One header for each family of ops: those that ops.h includes.
file(STRINGS ops/ops.h includes REGEX "^#include \"ops/")
foreach(line IN LISTS includes)
  string(REGEX REPLACE "^#include \"(ops/(.*)/[^/]*)\"$" "\\1;\\2" parts "${line}")
  list(GET parts 0 file)
  list(GET parts 1 folder)
  install(FILES ${file} DESTINATION ${headers}/ops/${folder})
endforeach()

install(TARGETS selenograd_library EXPORT selenograd LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${headers})
install(EXPORT selenograd NAMESPACE selenograd:: FILE targets.cmake DESTINATION ${package})
configure_package_config_file(cmake/config.cmake.in ${PROJECT_BINARY_DIR}/selenogradConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/selenogradConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/selenogradConfig.cmake ${PROJECT_BINARY_DIR}/selenogradConfigVersion.cmake
        DESTINATION ${package})

# The prefix is found from the file itself, so that an installed tree can be moved.
file(RELATIVE_PATH SELENOGRAD_PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/selenograd.pc.in ${PROJECT_BINARY_DIR}/selenograd.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/selenograd.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES README.md LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
