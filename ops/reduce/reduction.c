// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/reduction.h"
#include <math.h>

#include "ops/kernels/prod.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

// ---- Options ----------------------------------------------------------------------------------------

const sg_sample sg_reduce_bad_samples[] = {
    {"dimension twice", SG_ON(SG_RANDN(2, 3)), SG_OVER(false, 1, -1), .error = "named twice"},
    {"dimension of a scalar twice", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_OVER(false, 0, -1),
     .error = "named twice"},
    {0},
};

sg_status sg_reduction_dimensions(const sg_plan *plan, const sg_ints *dim, unsigned *reduced) {
  const sg_shape *shape = sg_plan_shape(plan, 0);
  *reduced = 0;
  for (int i = 0; i < dim->count; i++) {
    // A scalar may be reduced over its "last" dimension, as in PyTorch.
    if (shape->rank == 0 && (dim->value[i] == 0 || dim->value[i] == -1)) {
      if (i > 0) return sg_reject(plan, "the dimension of a scalar is named twice in dim");
      continue;
    }
    int d;
    sg_status status = sg_plan_dimension(plan, 0, dim->value[i], &d);
    if (status != SG_OK) return status;
    if (*reduced & 1u << d)
      return sg_reject(plan, "dimension %d is named twice in dim", d + sg_index_base(plan->context));
    *reduced |= 1u << d;
  }
  *reduced = sg_reduction_mask(shape, dim);
  return SG_OK;
}

unsigned sg_reduction_mask(const sg_shape *shape, const sg_ints *dim) {
  if (dim->count == 0) return (1u << shape->rank) - 1;
  unsigned reduced = 0;
  for (int i = 0; i < dim->count && shape->rank > 0; i++) reduced |= 1u << sg_shape_dimension(shape, dim->value[i]);
  return reduced;
}

sg_status sg_reduction_prepare(sg_plan *plan, const sg_ints *dim, bool keepdim) {
  sg_reduction_plan *reduction = plan->own;
  const sg_shape *x = sg_plan_shape(plan, 0);
  if (sg_reduction_dimensions(plan, dim, &reduction->reduced)) return sg_error_status(plan->context);
  sg_reduction_lay_out(&reduction->layout, x, reduction->reduced);
  plan->output_shape[0] = sg_reduction_shape(x, reduction->reduced, keepdim);
  return SG_OK;
}

sg_tensor *sg_reduction_apply(sg_context *context, const sg_op *op, sg_tensor *x, const void *options,
                              sg_tensor **second) {
  sg_tensor *outputs[2] = {NULL, NULL};
  sg_apply(context, op, 1, &x, options, outputs);
  if (second) *second = outputs[1];
  return outputs[0];
}

sg_tensor *sg_reduction_kept(const sg_call *call, sg_tensor *output) {
  sg_shape kept =
      sg_reduction_shape(&call->input_shapes[0], ((const sg_reduction_plan *)call->plan)->reduced, true);
  return output && sg_shape_equal(sg_tensor_shape(output), &kept) ? output
                                                                  : sg_reshape(call->context, output, &kept);
}

// Kept dimensions first, in their order.
static sg_ints lines_order(const sg_call *call) {
  const unsigned reduced = ((const sg_reduction_plan *)call->plan)->reduced;
  sg_ints order = {0};
  for (int pass = 0; pass < 2; pass++)
    for (int d = 0; d < call->input_shapes[0].rank; d++)
      if ((int)(reduced >> d & 1) == pass) order.value[order.count++] = d;
  return order;
}

static bool is_in_order(const sg_ints *order) {
  for (int i = 0; i < order->count; i++)
    if (order->value[i] != i) return false;
  return true;
}

static sg_tensor *permuted(sg_context *c, sg_tensor *x, const sg_ints *order) {
  return is_in_order(order) ? x : sg_permute(c, x, order);
}

sg_tensor *sg_reduction_lines(const sg_call *call, sg_tensor *x) {
  const sg_reduction_plan *plan = call->plan;
  const sg_ints order = lines_order(call);
  sg_shape lines = sg_reduction_shape(&call->input_shapes[0], plan->reduced, false);
  lines.size[lines.rank++] = plan->layout.reduced_elements;
  return sg_reshape(call->context, permuted(call->context, x, &order), &lines);
}

sg_tensor *sg_reduction_unlines(const sg_call *call, sg_tensor *lines) {
  const sg_ints order = lines_order(call);
  sg_shape shape = {.rank = order.count};
  sg_ints back = {.count = order.count};
  for (int i = 0; i < order.count; i++) {
    shape.size[i] = call->input_shapes[0].size[order.value[i]];
    back.value[order.value[i]] = i;
  }
  return permuted(call->context, sg_reshape(call->context, lines, &shape), &back);
}

sg_shape sg_reduction_shape(const sg_shape *shape, unsigned reduced, bool keepdim) {
  sg_shape result = {0};
  for (int d = 0; d < shape->rank; d++) {
    if (!(reduced >> d & 1))
      result.size[result.rank++] = shape->size[d];
    else if (keepdim)
      result.size[result.rank++] = 1;
  }
  return result;
}

// ---- The layout -------------------------------------------------------------------------------------

static void push_outermost(reduce_axes *axes, int64_t size, int64_t stride) {
  for (int d = axes->rank; d > 0; d--) {
    axes->size[d] = axes->size[d - 1];
    axes->stride[d] = axes->stride[d - 1];
  }
  axes->size[0] = size;
  axes->stride[0] = stride;
  axes->rank++;
  axes->count *= size;
}

enum {
  ENOUGH_ITEMS = 32,   // for every core to find work without splitting what one output needs
  LEAST_CHUNK = 32768, // elements
};

// How the work is split, from sizes alone.
static void split(reduce_layout *l) {
  l->pieces = l->columns ? 1 : (l->row + REDUCE_PIECE - 1) / REDUCE_PIECE;
  l->column_blocks = l->columns ? (l->row + REDUCE_COLUMNS - 1) / REDUCE_COLUMNS : 1;
  l->units = l->reduced.count * l->pieces;
  l->chunks = 1;
  l->chunk_units = l->units;
  const int64_t items = l->kept.count * l->column_blocks;
  if (items < ENOUGH_ITEMS && l->outputs * l->reduced_elements >= 2 * LEAST_CHUNK) {
    int64_t width = l->columns ? l->row / l->column_blocks : 1;
    int64_t affordable = l->reduced_elements * width / LEAST_CHUNK, wanted = ENOUGH_ITEMS / items;
    l->chunks = affordable < wanted ? affordable : wanted;
    if (l->chunks > l->units) l->chunks = l->units;
    if (l->chunks < 1) l->chunks = 1;
    l->chunk_units = (l->units + l->chunks - 1) / l->chunks;
  }
}

void sg_reduction_lay_out(reduce_layout *layout, const sg_shape *shape, unsigned reduced) {
  int64_t size[SG_MAX_RANK + 1] = {1};
  bool is_reduced[SG_MAX_RANK + 1] = {false};
  int groups = 0; // innermost first
  for (int d = shape->rank - 1; d >= 0; d--) {
    bool this_reduced = reduced >> d & 1;
    if (shape->size[d] == 1) continue;
    if (groups > 0 && is_reduced[groups - 1] == this_reduced) {
      size[groups - 1] *= shape->size[d];
    } else {
      size[groups] = shape->size[d];
      is_reduced[groups++] = this_reduced;
    }
  }
  layout->kept.count = layout->reduced.count = 1;
  layout->row = size[0];
  layout->columns = !is_reduced[0];
  int64_t stride = size[0];
  for (int g = 1; g < groups; g++) {
    push_outermost(is_reduced[g] ? &layout->reduced : &layout->kept, size[g], stride);
    stride *= size[g];
  }
  layout->outputs = layout->kept.count * (layout->columns ? layout->row : 1);
  layout->reduced_elements = layout->reduced.count * (layout->columns ? 1 : layout->row);
  split(layout);
}

// ---- Running it -------------------------------------------------------------------------------------

size_t sg_reduction_scratch(const reduce_layout *layout) {
  return (size_t)(layout->chunks * layout->outputs) * sizeof(double);
}

static int64_t item_count(const reduce_layout *layout) {
  return layout->kept.count * layout->column_blocks * layout->chunks;
}

static int64_t item_grain(const reduce_layout *layout) {
  const int64_t item = layout->reduced_elements * layout->outputs / item_count(layout);
  return sg_grain(item > 0 ? item : 1);
}

static void run(sg_context *context, sg_dtype dtype, reduce_arguments a, double *out_double, void *scratch) {
  const reduce_layout *layout = a.layout;
  if (layout->outputs == 0) return;
  const reduce_kernels *kernels = sg_kernels_for(context, dtype)->reduce;
  bool two_steps = layout->chunks > 1 || out_double;
  if (two_steps) a.partials = scratch;
  sg_parallel(context, item_count(layout), item_grain(layout), layout->columns ? kernels->columns : kernels->rows,
              &a);
  if (!two_steps) return;
  combine_arguments combine = {.kind = a.kind,
                               .partials = scratch,
                               .chunks = layout->chunks,
                               .outputs = layout->outputs,
                               .scale = a.scale,
                               .out = a.out,
                               .out_double = out_double};
  sg_parallel(context, layout->outputs, sg_grain(layout->chunks), kernels->combine, &combine);
}

void sg_reduction_run(sg_context *context, sg_dtype dtype, const reduce_layout *layout, reduce_kind kind,
                      const void *x, const double *center, double scale, void *out, double *out_double,
                      void *scratch) {
  const reduce_arguments a = {.layout = layout, .kind = kind, .x = x, .center = center, .out = out, .scale = scale};
  run(context, dtype, a, out_double, scratch);
}

void sg_reduction_powers(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                         const double *center, double exponent, double *sums, void *scratch) {
  const reduce_arguments a = {
      .layout = layout, .kind = REDUCE_POWERS, .x = x, .center = center, .exponent = exponent, .scale = 1};
  run(context, dtype, a, sums, scratch);
}

void sg_reduction_run_integers(sg_context *context, sg_dtype dtype, const reduce_layout *layout,
                               integer_reduce_kind kind, const void *x, void *out, void *scratch) {
  if (layout->outputs == 0) return;
  const integer_reduce_kernels *kernels = sg_kernels_for(context, dtype)->integer_reduce;
  integer_reduce_arguments a = {.layout = layout, .kind = kind, .x = x, .out = out};
  if (layout->chunks > 1) a.partials = scratch;
  sg_parallel(context, item_count(layout), item_grain(layout), layout->columns ? kernels->columns : kernels->rows,
              &a);
  if (a.partials) sg_parallel(context, layout->outputs, sg_grain(layout->chunks), kernels->combine, &a);
}

size_t sg_reduction_product_scratch(const reduce_layout *layout) {
  return (size_t)(layout->chunks * layout->outputs) * PROD_FACTORS_BYTES;
}

static void run_product(sg_context *context, const prod_kernels *kernels, const prod_arguments *a) {
  const reduce_layout *layout = a->layout;
  sg_parallel(context, item_count(layout), item_grain(layout), layout->columns ? kernels->columns : kernels->rows,
              a);
  sg_parallel(context, layout->outputs, sg_grain(layout->chunks), kernels->combine, a);
}

void sg_reduction_product(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                          void *out, void *scratch) {
  const prod_arguments a = {.layout = layout, .x = x, .factors = scratch, .out = out};
  run_product(context, sg_kernels_for(context, dtype)->prod, &a);
}

void sg_reduction_others(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                         const void *d_y, void *out, void *scratch) {
  const prod_kernels *kernels = sg_kernels_for(context, dtype)->prod;
  prod_arguments a = {.layout = layout, .x = x, .factors = scratch};
  run_product(context, kernels, &a);
  a.d_y = d_y;
  a.out = out;
  a.pieces = (layout->row + REDUCE_PIECE - 1) / REDUCE_PIECE;
  sg_parallel(context, layout->kept.count * layout->reduced.count * a.pieces,
              sg_grain(4 * (layout->row < REDUCE_PIECE ? layout->row : REDUCE_PIECE)), kernels->others, &a);
}

// ---- Beyond the range of double -----------------------------------------------------------------------

// Runs where a sum in double has overflowed, hence rarely and without haste. It ends at the first NaN or infinity
// of the data themselves, which nothing can make finite again.
typedef long double wide_term(double x, double center);

static long double wide_value(double x, double center) {
  (void)center;
  return x;
}

static long double wide_number(double x, double center) {
  (void)center;
  return isnan(x) ? 0 : x;
}

static long double wide_square(double x, double center) {
  long double deviation = (long double)x - center;
  return deviation * deviation;
}

static long double wide_sum(const reduce_layout *layout, const double *x, int64_t output, wide_term *term,
                            double center) {
  int64_t kept = layout->columns ? output / layout->row : output, row = layout->columns ? 1 : layout->row;
  x += reduce_offset(&layout->kept, kept) + (layout->columns ? output % layout->row : 0);
  long double sum = 0;
  for (int64_t r = 0; r < layout->reduced.count && isfinite(sum); r++) {
    const double *first = x + reduce_offset(&layout->reduced, r);
    for (int64_t j = 0; j < row && isfinite(sum); j++) sum += term(first[j], center);
  }
  return sum;
}

// Of f64: those of `sums`, over `divisor`, that are no numbers, once more.
static void mend_sums(const reduce_layout *layout, const double *x, wide_term *term, double divisor, double *sums) {
  for (int64_t i = 0; i < layout->outputs && layout->reduced_elements > 0; i++) {
    if (isfinite(sums[i])) continue;
    long double sum = wide_sum(layout, x, i, term, 0);
    if (isfinite(sum)) sums[i] = (double)(sum / divisor);
  }
}

// `sums` may be the beginning of scratch: partial results are combined in place.
void sg_reduction_double_sum(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                             double divisor, double *sums, void *scratch) {
  sg_reduction_run(context, dtype, layout, REDUCE_DOUBLE_SUM, x, NULL, 1 / divisor, NULL, sums, scratch);
  if (dtype == SG_F64) mend_sums(layout, x, wide_value, divisor, sums);
}

void sg_reduction_sum_numbers(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                              double *sums, void *scratch) {
  sg_reduction_run(context, dtype, layout, REDUCE_NUMBERS, x, NULL, 1, NULL, sums, scratch);
  if (dtype == SG_F64) mend_sums(layout, x, wide_number, 1, sums);
}

void sg_reduction_means(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                        double *means, void *scratch) {
  sg_reduction_double_sum(context, dtype, layout, x, (double)layout->reduced_elements, means, scratch);
}

long double sg_reduction_wide_squares(const reduce_layout *layout, const double *x, int64_t output, double center) {
  return wide_sum(layout, x, output, wide_square, center);
}
