# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `cmake --install` puts where, beyond the Lua face (lua/CMakeLists.txt): the library with its public headers,
# for programs that embed the engine and for plugins, as the CMake package `selenograd` and for pkg-config.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/selenograd)

# <selenograd.h>, and the other public headers with their paths under <selenograd/>: two names that are nobody
# else's. The build folder has them so too. Writes the header with the includes that lead to the others there.
set(headers ${PROJECT_BINARY_DIR}/include)
file(REMOVE_RECURSE ${headers})
function(public_header file installed_as)
  file(READ ${file} text)
  string(REGEX REPLACE "#include \"((autograd|ops)/[^\"]*)\"" "#include \"selenograd/\\1\"" text "${text}")
  file(WRITE ${headers}/${installed_as} "${text}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endfunction()

# One header for each family of ops: those that ops.h includes.
file(STRINGS ops/ops.h includes REGEX "^#include \"ops/")
string(REGEX MATCHALL "ops/[^\"]*" families "${includes}")
public_header(selenograd.h selenograd.h)
foreach(file IN ITEMS autograd/anomaly.h autograd/custom.h autograd/custom_guard.h autograd/descriptor.h
                      autograd/gradcheck/gradcheck.h autograd/graph.h autograd/hook.h autograd/kernel.h
                      autograd/op.h autograd/plugin.h autograd/public.h autograd/samples.h autograd/selenograd.h
                      ops/ops.h ops/sample.h
                      LISTS families)
  public_header(${file} selenograd/${file})
endforeach()
install(DIRECTORY ${headers}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(TARGETS selenograd_library EXPORT selenograd LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
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

# The pages and the scripts lie to each other as they do here, so that links lead somewhere.
install(FILES README.md LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(DIRECTORY scripts DESTINATION ${CMAKE_INSTALL_DATADIR}/selenograd PATTERN build EXCLUDE)
file(RELATIVE_PATH to_scripts ${CMAKE_INSTALL_FULL_DOCDIR} ${CMAKE_INSTALL_FULL_DATADIR}/selenograd/scripts)
install(CODE "file(CREATE_LINK ${to_scripts} \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}/scripts
                   SYMBOLIC)")
