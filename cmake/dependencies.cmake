# SPDX-License-Identifier: GPL-3.0-or-later
#
# The libraries Selenograd stands on, as imported targets.
# A missing one is reported together with the Debian and Ubuntu package that has it.

macro(selenograd_require found purpose package)
  if(NOT ${found})
    message(FATAL_ERROR "${purpose} was not found. On Debian and Ubuntu: apt-get install ${package}\n"
                        "(./dev setup installs everything that is needed)")
  endif()
endmacro()

find_package(PkgConfig QUIET)
selenograd_require(PKG_CONFIG_FOUND "pkg-config" pkgconf)

find_package(OpenMP QUIET COMPONENTS C)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  selenograd_require(OpenMP_C_FOUND "OpenMP for clang" libomp-dev)
else()
  selenograd_require(OpenMP_C_FOUND "OpenMP" build-essential)
endif()

find_package(ZLIB QUIET)
selenograd_require(ZLIB_FOUND "zlib" zlib1g-dev)

# Several variants of OpenBLAS may be installed side by side. The pthread one starts its own threads beside
# those of the engine, so the OpenMP one goes first.
if(CMAKE_LIBRARY_ARCHITECTURE)
  set(selenograd_openblas /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp/pkgconfig)
  if(IS_DIRECTORY ${selenograd_openblas})
    set(ENV{PKG_CONFIG_PATH} "${selenograd_openblas}:$ENV{PKG_CONFIG_PATH}")
  endif()
endif()
pkg_check_modules(OPENBLAS QUIET IMPORTED_TARGET openblas)
selenograd_require(OPENBLAS_FOUND "OpenBLAS" libopenblas-openmp-dev)

# GSL takes its CBLAS from OpenBLAS: linked first, gslcblas would answer for everybody, many times slower.
pkg_check_modules(GSL QUIET IMPORTED_TARGET gsl>=2.7)
selenograd_require(GSL_FOUND "GSL 2.7 or newer" libgsl-dev)
get_target_property(selenograd_gsl_libraries PkgConfig::GSL INTERFACE_LINK_LIBRARIES)
list(FILTER selenograd_gsl_libraries EXCLUDE REGEX gslcblas)
set_target_properties(PkgConfig::GSL PROPERTIES
                      INTERFACE_LINK_LIBRARIES "PkgConfig::OPENBLAS;${selenograd_gsl_libraries}")

pkg_check_modules(LUA QUIET IMPORTED_TARGET lua5.4)
selenograd_require(LUA_FOUND "Lua 5.4" liblua5.4-dev)

find_library(SLEEF_LIBRARY sleef)
selenograd_require(SLEEF_LIBRARY "SLEEF" libsleef-dev)

pkg_check_modules(JANSSON QUIET IMPORTED_TARGET jansson)
selenograd_require(JANSSON_FOUND "jansson" libjansson-dev)

pkg_check_modules(EDIT QUIET IMPORTED_TARGET libedit)
selenograd_require(EDIT_FOUND "libedit" libedit-dev)
