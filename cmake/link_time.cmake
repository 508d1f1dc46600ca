# SPDX-License-Identifier: GPL-3.0-or-later
#
# libselenograd.so is optimized as a whole when it is linked: with the calls between the engine and the ops in line,
# a small op costs a tenth less. The same objects hold machine code as well, for the static libraries that the tests
# link. The kernels stay out: nothing calls them but through tables.
set(SELENOGRAD_LINK_TIME OFF)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SELENOGRAD_SANITIZE)
  set(SELENOGRAD_LINK_TIME ON)
endif()

function(optimize_at_link_time target)
  if(SELENOGRAD_LINK_TIME)
    target_compile_options(${target} PRIVATE -flto=auto -ffat-lto-objects)
    target_link_options(${target} INTERFACE -fno-lto)
  endif()
endfunction()
