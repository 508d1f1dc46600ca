// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = (A_D x A_H x A_W) x for images x, and d_x = (A_D' x A_H' x A_W') d_y.
#include "ops/nn/resampling.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

enum { BLOCKS_AT_MOST = 32, WORK = 32768, LINE = 64 };

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// ---- prepare ----------------------------------------------------------------------------------------

// Means over all of several dimensions are means over one of as many pixels.
static sg_resampling collapsed(const sg_resampling *plan) {
  sg_resampling r = *plan;
  for (int d = DEPTH; r.kind == SG_RESAMPLING_AREA && d < WIDTH; d++) {
    if (r.coarse[d] != 1 || r.coarse[d + 1] != 1 || r.fine[d] > INT32_MAX / larger(r.fine[d + 1], 1)) continue;
    r.fine[d + 1] *= r.fine[d];
    r.fine[d] = 1;
  }
  return r;
}

// The blocks of work and what each needs; of the bands the extents and taps.
static bands_arguments lay_out(const sg_resampling *r, sg_dtype dtype) {
  bands_arguments a = {.strips = 1};
  for (int d = 0; d < SPATIAL; d++)
    a.band[d] = (band){.in = r->adjoint ? r->coarse[d] : r->fine[d],
                       .out = r->adjoint ? r->fine[d] : r->coarse[d],
                       .taps = r->taps[d]};
  const band *depth = &a.band[DEPTH], *height = &a.band[HEIGHT], *width = &a.band[WIDTH];
  const int64_t seen = height->in * width->in, made = height->out * width->out, work = larger(seen, made);
  const size_t bytes = sg_dtype_bytes(dtype);
  a.strips = larger(smaller(work / WORK, height->out), 1);
  a.items = r->images * depth->out * a.strips;
  a.blocks = larger(smaller(smaller(a.items, a.items / a.strips * work / WORK), BLOCKS_AT_MOST), 1);
  // One plane of one: nothing is mixed, unless it is a window that reaches beyond it, or a filter.
  const bool alone = depth->in == 1 && depth->out == 1 && (r->spatial < SPATIAL || r->kind == SG_RESAMPLING_AREA);
  a.plane_bytes = alone ? 0 : ((size_t)seen * bytes + LINE - 1) / LINE * LINE;
  a.block_bytes = ((size_t)bands_line_elements(height, width) * bytes + LINE - 1) / LINE * LINE + a.plane_bytes;
  return a;
}

static size_t table_bytes(const sg_resampling *r) {
  return r->table_bytes[DEPTH] + r->table_bytes[HEIGHT] + r->table_bytes[WIDTH];
}

static bool is_countable(const int64_t extents[SPATIAL]) {
  int64_t count;
  for (int d = 0; d < SPATIAL; d++)
    if (extents[d] > INT32_MAX) return false;
  return sg_windows_count(extents, INT64_MAX / 1024, &count);
}

static sg_status prepare(sg_plan *plan) {
  const sg_resampling_member *member = plan->op->member;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_resampling *r = plan->own;
  r->spatial = member->spatial;
  if (member->describe(plan, r)) return sg_error_status(plan->context);
  if (!is_countable(r->fine) || !is_countable(r->coarse))
    return sg_reject(plan, "x %s and the extents %s of the result are too large", sg_shape_text(x).text,
                     sg_windows_text(r->adjoint ? r->fine : r->coarse, r->spatial).text);
  plan->output_shape[0] = sg_windows_replaced(x, r->spatial, r->adjoint ? r->fine : r->coarse);
  r->images = 1;
  for (int d = 0; d < x->rank - r->spatial; d++)
    if (__builtin_mul_overflow(r->images, x->size[d], &r->images)) r->images = 0; // of an empty tensor
  if (!sg_shape_count(&plan->output_shape[0], &(int64_t){0}))
    return sg_reject(plan, "the result would have the shape %s", sg_shape_text(&plan->output_shape[0]).text);
  if (r->images == 0) return SG_OK;
  sg_resampling made = collapsed(r);
  for (int d = 0; d < SPATIAL; d++) {
    sg_resampling_measure(&made, d, plan->output_dtype[0]);
    r->taps[d] = made.taps[d];
    r->table_bytes[d] = made.table_bytes[d];
  }
  const bands_arguments a = lay_out(&made, plan->output_dtype[0]);
  plan->scratch_bytes = table_bytes(&made) + (size_t)a.blocks * a.block_bytes;
  return SG_OK;
}

// ---- forward, vjp -----------------------------------------------------------------------------------

static void forward(const sg_call *call) {
  const sg_resampling r = collapsed(call->plan);
  bands_arguments a = lay_out(&r, call->dtype);
  char *table = call->scratch;
  for (int d = 0; d < SPATIAL; d++) {
    sg_resampling_fill(&r, d, call->dtype, table, &a.band[d]);
    table += r.table_bytes[d];
  }
  a.space = table;
  a.x = sg_input_data(call, 0);
  a.y = sg_output_data(call->outputs[0]);
  sg_parallel(call->context, a.blocks, 1, sg_kernels_for(call->context, call->dtype)->bands->apply, &a);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_resample_back(call->context, call->plan, call->d_outputs[0]);
}

const sg_op sg_resampling_family = {
    .cost = "each element of y looks at the pixels under its filter, along one dimension after the other",
    SG_PLANNED(sg_resampling, prepare, forward, vjp),
};
