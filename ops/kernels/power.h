// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_POWER_H
#define SELENOGRAD_KERNELS_POWER_H

enum { POW_ORDERS = 16 }; // derivatives of a^b by either of the two

#endif
