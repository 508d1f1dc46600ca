// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a public header declares between these two is C, to a C++ compiler as well, and is what the shared library
// exports; everything else in it is hidden. Public headers compile as C11 and as C++17.
#ifndef SELENOGRAD_PUBLIC_H
#define SELENOGRAD_PUBLIC_H

#ifdef __cplusplus
#define SG_PUBLIC_BEGIN _Pragma("GCC visibility push(default)") extern "C" {
#define SG_PUBLIC_END                                                                                              \
  }                                                                                                                \
  _Pragma("GCC visibility pop")
#else
#define SG_PUBLIC_BEGIN _Pragma("GCC visibility push(default)")
#define SG_PUBLIC_END _Pragma("GCC visibility pop")
#endif

#endif
