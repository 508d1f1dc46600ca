// SPDX-License-Identifier: GPL-3.0-or-later
//
// The row functions of one variant.
#include "ops/kernels/row_map.h"

#define ANY_ROW(name) [sg_row_##name] = VARIANT(name##_row),
#if defined(SG_KERNEL_U8)
#define ROW(name)
#else
#define ROW(name) ANY_ROW(name)
#endif
#if defined(SG_KERNEL_U8) || defined(SG_KERNEL_I64)
#define FLOATING_ROW(name)
#else
#define FLOATING_ROW(name) ANY_ROW(name)
#endif

extern const sg_row_table VARIANT(sg_rows);
const sg_row_table VARIANT(sg_rows) = {{
#include "ops/kernels/row_list.h"
}};
