// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/select_kernels.h"

extern const sg_kernels sg_kernels_f32_baseline, sg_kernels_f64_baseline;
#if defined(SG_KERNELS_X86)
extern const sg_kernels sg_kernels_f32_v3, sg_kernels_f64_v3, sg_kernels_f32_v4, sg_kernels_f64_v4;
static const sg_kernels *const f32_tables[] = {&sg_kernels_f32_baseline, &sg_kernels_f32_v3, &sg_kernels_f32_v4};
static const sg_kernels *const f64_tables[] = {&sg_kernels_f64_baseline, &sg_kernels_f64_v3, &sg_kernels_f64_v4};
#else
static const sg_kernels *const f32_tables[] = {&sg_kernels_f32_baseline};
static const sg_kernels *const f64_tables[] = {&sg_kernels_f64_baseline};
#endif

const sg_kernels *sg_kernels_for(const sg_context *context, sg_dtype dtype) {
  int level = sg_isa_level(context);
  return dtype == SG_F32 ? f32_tables[level] : f64_tables[level];
}

extern const move_kernels move_u8_baseline;

const move_kernels *sg_move_kernels(const sg_context *context, sg_dtype dtype) {
  if (sg_dtype_bytes(dtype) == 1) return &move_u8_baseline;
  return sg_kernels_for(context, sg_dtype_bytes(dtype) == 4 ? SG_F32 : SG_F64)->move;
}
