// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_ELEMENTWISE_READS_H
#define SELENOGRAD_ELEMENTWISE_READS_H

// What a derivative of an elementwise op reads, and what therefore is saved if that derivative is wanted: the
// inputs by their place, and the result.
enum { SG_READS_X = 1, SG_READS_A = 1, SG_READS_B = 2, SG_READS_C = 4, SG_READS_Y = 8 };

#endif
