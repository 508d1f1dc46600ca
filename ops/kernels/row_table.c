// SPDX-License-Identifier: GPL-3.0-or-later
//
// The row functions of one variant.
#include "ops/kernels/row_map.h"

extern const sg_row_table VARIANT(sg_rows);
const sg_row_table VARIANT(sg_rows) = {{
#define ROW(name) [sg_row_##name] = VARIANT(name##_row),
#include "ops/kernels/row_list.h"
#undef ROW
}};
