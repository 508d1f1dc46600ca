// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/select_kernels.h"

#if defined(SG_KERNELS_X86)
enum { LEVELS = 3 };
extern const sg_kernels sg_kernels_f32_baseline, sg_kernels_f32_v3, sg_kernels_f32_v4;
extern const sg_kernels sg_kernels_f64_baseline, sg_kernels_f64_v3, sg_kernels_f64_v4;
extern const sg_kernels sg_kernels_i64_baseline, sg_kernels_i64_v3, sg_kernels_i64_v4;
extern const sg_kernels sg_kernels_u8_baseline, sg_kernels_u8_v3, sg_kernels_u8_v4;
extern const sg_row_table sg_rows_f32_baseline, sg_rows_f32_v3, sg_rows_f32_v4;
extern const sg_row_table sg_rows_f64_baseline, sg_rows_f64_v3, sg_rows_f64_v4;
extern const sg_row_table sg_rows_i64_baseline, sg_rows_i64_v3, sg_rows_i64_v4;
extern const sg_row_table sg_rows_u8_baseline, sg_rows_u8_v3, sg_rows_u8_v4;
extern const index_kernels index_i64_baseline, index_i64_v3, index_i64_v4;
#define LEVELS_OF(table)                                                                                           \
  { &table##_baseline, &table##_v3, &table##_v4 }
#else
enum { LEVELS = 1 };
extern const sg_kernels sg_kernels_f32_baseline, sg_kernels_f64_baseline, sg_kernels_i64_baseline,
    sg_kernels_u8_baseline;
extern const sg_row_table sg_rows_f32_baseline, sg_rows_f64_baseline, sg_rows_i64_baseline, sg_rows_u8_baseline;
extern const index_kernels index_i64_baseline;
#define LEVELS_OF(table)                                                                                           \
  { &table##_baseline }
#endif

static const sg_kernels *const kernel_tables[][LEVELS] = {
    [SG_F32] = LEVELS_OF(sg_kernels_f32), [SG_F64] = LEVELS_OF(sg_kernels_f64),
    [SG_I64] = LEVELS_OF(sg_kernels_i64), [SG_BOOL] = LEVELS_OF(sg_kernels_u8),
    [SG_U8] = LEVELS_OF(sg_kernels_u8),
};
static const sg_row_table *const row_tables[][LEVELS] = {
    [SG_F32] = LEVELS_OF(sg_rows_f32),
    [SG_F64] = LEVELS_OF(sg_rows_f64),
    [SG_I64] = LEVELS_OF(sg_rows_i64),
    [SG_BOOL] = LEVELS_OF(sg_rows_u8),
    [SG_U8] = LEVELS_OF(sg_rows_u8),
};

const sg_kernels *sg_kernels_for(const sg_context *context, sg_dtype dtype) {
  return kernel_tables[dtype][sg_isa_level(context)];
}

static const index_kernels *const i64_index_tables[LEVELS] = LEVELS_OF(index_i64);

const index_kernels *sg_index_kernels(const sg_context *context, sg_dtype dtype) {
  return dtype == SG_I64 ? i64_index_tables[sg_isa_level(context)] : sg_kernels_for(context, dtype)->index;
}

extern const move_kernels move_u8_baseline;

const move_kernels *sg_move_kernels(const sg_context *context, sg_dtype dtype) {
  if (sg_dtype_bytes(dtype) == 1) return &move_u8_baseline;
  return sg_kernels_for(context, sg_dtype_bytes(dtype) == 4 ? SG_F32 : SG_F64)->move;
}

sg_row_function *sg_row_for(const sg_context *context, sg_dtype dtype, sg_row_name name) {
  if (dtype >= sizeof row_tables / sizeof row_tables[0] || !row_tables[dtype][0]) return NULL;
  return row_tables[dtype][sg_isa_level(context)]->function[name];
}
