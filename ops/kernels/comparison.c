// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/row_map.h"

ALWAYS_INLINE real eq_of(real a, real b) { return a == b; }
ALWAYS_INLINE real ne_of(real a, real b) { return a != b; }
ALWAYS_INLINE real lt_of(real a, real b) { return a < b; }
ALWAYS_INLINE real le_of(real a, real b) { return a <= b; }
ALWAYS_INLINE real gt_of(real a, real b) { return a > b; }
ALWAYS_INLINE real ge_of(real a, real b) { return a >= b; }

void VARIANT(eq_row)(const sg_row *row) { map_scalar_2(eq_of, row); }
void VARIANT(ne_row)(const sg_row *row) { map_scalar_2(ne_of, row); }
void VARIANT(lt_row)(const sg_row *row) { map_scalar_2(lt_of, row); }
void VARIANT(le_row)(const sg_row *row) { map_scalar_2(le_of, row); }
void VARIANT(gt_row)(const sg_row *row) { map_scalar_2(gt_of, row); }
void VARIANT(ge_row)(const sg_row *row) { map_scalar_2(ge_of, row); }
