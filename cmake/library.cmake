# SPDX-License-Identifier: GPL-3.0-or-later
#
# libselenograd.so: the engine, the ops and the gradient checker, of the same objects as the static libraries. The
# command, the Lua module and the plugins share it, so that a plugin finds the engine that loads it. It exports what
# the public headers declare, and binds its own calls to itself: they cost what they cost in a static library.
add_library(selenograd_library SHARED $<TARGET_OBJECTS:autograd> $<TARGET_OBJECTS:gradcheck> $<TARGET_OBJECTS:ops>
            ${SELENOGRAD_KERNEL_OBJECTS})
# Before 1.0 the interfaces may change with every minor version.
set_target_properties(selenograd_library PROPERTIES OUTPUT_NAME selenograd EXPORT_NAME selenograd LINKER_LANGUAGE C
                      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                      LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
target_link_options(selenograd_library PRIVATE LINKER:-Bsymbolic-functions)
target_link_libraries(selenograd_library PRIVATE PkgConfig::GSL PkgConfig::OPENBLAS ${SLEEF_LIBRARY}
                      OpenMP::OpenMP_C ${CMAKE_DL_LIBS} m)
if(SELENOGRAD_LINK_TIME)
  target_link_options(selenograd_library PRIVATE -flto=auto -O3 -falign-functions=64)
endif()
