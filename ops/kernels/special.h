// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_SPECIAL_H
#define SELENOGRAD_KERNELS_SPECIAL_H

enum { SPECIAL_ORDERS = 16 }; // derivatives of digamma and of sinc

#endif
