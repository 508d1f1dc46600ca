# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `cmake --install` puts where, beyond the Lua face (lua/CMakeLists.txt): the headers and libraries for
# programs that embed the engine and for plug-in ops, as the CMake package `selenograd`.
include(CMakePackageConfigHelpers)

set(headers ${CMAKE_INSTALL_INCLUDEDIR}/selenograd)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/selenograd)

install(FILES autograd/kernel.h autograd/op.h autograd/selenograd.h DESTINATION ${headers}/autograd)
install(FILES autograd/gradcheck/gradcheck.h DESTINATION ${headers}/autograd/gradcheck)
install(FILES ops/ops.h DESTINATION ${headers}/ops)
# One header for each family of ops: those that ops.h includes.
file(STRINGS ops/ops.h includes REGEX "^#include \"ops/")
foreach(line IN LISTS includes)
  string(REGEX REPLACE "^#include \"(ops/(.*)/[^/]*)\"$" "\\1;\\2" parts "${line}")
  list(GET parts 0 file)
  list(GET parts 1 folder)
  install(FILES ${file} DESTINATION ${headers}/ops/${folder})
endforeach()

# A plug-in takes the engine's functions from the program that loads it, so it needs the headers alone.
add_library(plugin INTERFACE)
target_include_directories(plugin INTERFACE $<INSTALL_INTERFACE:${headers}>)
foreach(target autograd gradcheck ops)
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${headers}>)
endforeach()

install(TARGETS autograd gradcheck ops plugin EXPORT selenograd
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/selenograd)
install(EXPORT selenograd NAMESPACE selenograd:: FILE targets.cmake DESTINATION ${package})
configure_package_config_file(cmake/config.cmake.in ${PROJECT_BINARY_DIR}/selenogradConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/selenogradConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/selenogradConfig.cmake ${PROJECT_BINARY_DIR}/selenogradConfigVersion.cmake
              cmake/dependencies.cmake
        DESTINATION ${package})
install(FILES README.md LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
