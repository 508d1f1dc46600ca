// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/indices.h"

#include <string.h>

#include "ops/ops.h"
#include "ops/shape/strided.h"

enum { X, INDEX, SOURCE };

static bool adds(int input_count) { return input_count > SOURCE; }

// ---- Sums at indexed positions ----------------------------------------------------------------------

enum { BLOCKS_AT_MOST = 16 };

static int64_t seats_of(sg_dtype dtype, int64_t extent, int64_t count, int64_t visits) {
  return dtype == SG_F32 && visits > CROWD ? crowd_seats(extent, count) : 0;
}

size_t sg_slices_add_scratch(sg_dtype dtype, int64_t extent, int64_t count, int64_t row) {
  int64_t seats = seats_of(dtype, extent, count, count);
  return seats > 0 ? crowd_bytes(extent, count, seats) + (size_t)(seats * row) * sizeof(double) : 0;
}

void sg_slices_add_run(sg_context *context, sg_dtype dtype, index_arguments *a, void *scratch) {
  int64_t seats = a->outer * a->inner > 0 ? seats_of(dtype, a->extent, a->count, a->count) : 0;
  a->seats = 0;
  if (seats > 0) {
    a->crowd = crowd_at(scratch, a->extent, seats);
    a->seats = crowd_take_seats(&a->crowd, a->index, 1, a->count, a->base);
    a->sums = (double *)(void *)((char *)scratch + crowd_bytes(a->extent, a->count, seats));
  }
  a->blocks = (a->inner + INDEX_COLUMNS - 1) / INDEX_COLUMNS;
  int64_t width = a->inner < INDEX_COLUMNS ? a->inner : INDEX_COLUMNS;
  sg_parallel(context, a->outer * a->blocks, sg_grain(a->count * width > 0 ? a->count * width : 1),
              sg_index_kernels(context, dtype)->add, a);
}

static int64_t blocks_of(int64_t lines) { return lines < BLOCKS_AT_MOST ? lines : BLOCKS_AT_MOST; }

size_t sg_lines_scatter_scratch(sg_dtype dtype, int64_t lines, int64_t extent, int64_t count, int64_t visits) {
  int64_t seats = seats_of(dtype, extent, count, visits);
  return seats > 0 ? (size_t)blocks_of(lines) * index_block_bytes(extent, count, seats) : 0;
}

void sg_lines_scatter_run(sg_context *context, sg_dtype dtype, line_arguments *a, int64_t visits, void *scratch) {
  const index_kernels *kernels = sg_index_kernels(context, dtype);
  int64_t line = a->count + (a->clear ? a->extent : 0);
  a->seats = seats_of(dtype, a->extent, a->count, visits);
  if (a->seats == 0) {
    sg_parallel(context, a->lines, sg_grain(line), kernels->scatter_add, a);
    return;
  }
  a->blocks = blocks_of(a->lines);
  a->block_bytes = index_block_bytes(a->extent, a->count, a->seats);
  a->space = scratch;
  sg_parallel(context, a->blocks, 1, kernels->scatter_crowds, a);
}

// ---- prepare, check -----------------------------------------------------------------------------------

// The plan of both families; the arguments hold no pointers.
typedef struct indexing {
  int dim;
  union {
    index_arguments slices;
    line_arguments lines;
  };
} indexing;

int64_t sg_index_first_outside(const sg_call *call, int input, int64_t extent) {
  const int64_t *index = sg_input_data(call, input), base = sg_index_base(call->context);
  const int64_t count = sg_tensor_elements(call->inputs[input]);
  for (int64_t i = 0; i < count; i++)
    if (index[i] < base || index[i] - base >= extent) return i;
  return -1;
}

sg_status sg_index_check(const sg_call *call, int input, int of, int dim) {
  const sg_shape *x = sg_tensor_shape(call->inputs[of]);
  const int64_t base = sg_index_base(call->context), i = sg_index_first_outside(call, input, x->size[dim]);
  const sg_port *ports = sg_op_inputs(call->op);
  if (i < 0) return SG_OK;
  return sg_refuse(call, "%s holds %lld (element %lld), expected %lld..%lld (dimension %lld of %s %s)",
                   ports[input].name, (long long)sg_tensor_integer(call->inputs[input], i), (long long)(i + base),
                   (long long)base, (long long)(x->size[dim] - 1 + base), (long long)(dim + base), ports[of].name,
                   sg_shape_text(x).text);
}

static sg_status check(const sg_call *call) {
  return sg_index_check(call, INDEX, X, ((const indexing *)call->plan)->dim);
}

// The result has the shape of x where it is added to, and that of what is taken otherwise, which the source must
// have.
static sg_status declare(sg_plan *plan, const sg_shape *taken) {
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[X]);
  plan->output_shape[0] = adds(plan->input_count) ? *sg_plan_shape(plan, X) : *taken;
  if (!adds(plan->input_count) || sg_shape_equal(sg_plan_shape(plan, SOURCE), taken)) return SG_OK;
  return sg_reject(plan, "source has shape %s, expected %s (x %s, index %s)",
                   sg_shape_text(sg_plan_shape(plan, SOURCE)).text, sg_shape_text(taken).text,
                   sg_shape_text(sg_plan_shape(plan, X)).text, sg_shape_text(sg_plan_shape(plan, INDEX)).text);
}

// Where elements are added: forward of the op that adds, backward of the one that takes.
static size_t *adding_scratch(sg_plan *plan) {
  return adds(plan->input_count) ? &plan->scratch_bytes : &plan->backward_scratch_bytes;
}

index_arguments sg_index_slices(const sg_shape *x, int dim, int64_t count) {
  index_arguments a = {.outer = 1, .inner = 1, .extent = x->size[dim], .count = count};
  for (int d = 0; d < x->rank; d++) {
    int64_t *size = d < dim ? &a.outer : &a.inner;
    if (d != dim) (void)__builtin_mul_overflow(*size, x->size[d], size);
  }
  return a;
}

static sg_status prepare_slices(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *index = sg_plan_shape(plan, INDEX);
  indexing *own = plan->own;
  if (sg_plan_dimension(plan, X, ((const sg_index_options *)plan->options)->dim, &own->dim))
    return sg_error_status(plan->context);
  if (index->rank > 1) return sg_reject(plan, "index has shape %s, expected a vector", sg_shape_text(index).text);
  own->slices = sg_index_slices(x, own->dim, sg_tensor_elements(plan->inputs[INDEX]));
  sg_shape taken = *x;
  taken.size[own->dim] = own->slices.count;
  if (declare(plan, &taken)) return sg_error_status(plan->context);
  int64_t row = own->slices.extent > 0 ? sg_shape_elements(x) / own->slices.extent : 0;
  *adding_scratch(plan) = sg_slices_add_scratch(plan->output_dtype[0], own->slices.extent, own->slices.count, row);
  return SG_OK;
}

void sg_index_lines(const sg_shape *x, const sg_shape *index, int dim, line_arguments *a) {
  int64_t in_x = 1, in_index = 1; // strides
  *a = (line_arguments){.rank = x->rank - 1, .lines = 1};
  for (int d = x->rank - 1, at = a->rank - 1; d >= 0; d--) {
    if (d == dim) {
      a->count = index->size[d];
      a->extent = x->size[d];
      a->line_step = in_index;
      a->grid_step = in_x;
    } else {
      a->size[at] = index->size[d];
      a->line_stride[at] = in_index;
      a->grid_stride[at--] = in_x;
      (void)__builtin_mul_overflow(a->lines, index->size[d], &a->lines);
    }
    (void)__builtin_mul_overflow(in_x, x->size[d], &in_x);
    (void)__builtin_mul_overflow(in_index, index->size[d], &in_index);
  }
}

sg_status sg_index_plan_lines(const sg_plan *plan, int64_t dim, int *resolved, line_arguments *lines) {
  const sg_shape *x = sg_plan_shape(plan, X), *index = sg_plan_shape(plan, INDEX);
  if (sg_plan_dimension(plan, X, dim, resolved)) return sg_error_status(plan->context);
  bool fits = index->rank == x->rank;
  for (int d = 0; fits && d < x->rank; d++) fits = d == *resolved || index->size[d] <= x->size[d];
  if (!fits)
    return sg_reject(plan, "index has shape %s, expected that of x %s or smaller in all dimensions but %d",
                     sg_shape_text(index).text, sg_shape_text(x).text, *resolved + sg_index_base(plan->context));
  sg_index_lines(x, index, *resolved, lines);
  return SG_OK;
}

static sg_status prepare_lines(sg_plan *plan) {
  const sg_shape *index = sg_plan_shape(plan, INDEX);
  indexing *own = plan->own;
  if (sg_index_plan_lines(plan, ((const sg_index_options *)plan->options)->dim, &own->dim, &own->lines))
    return sg_error_status(plan->context);
  if (declare(plan, index)) return sg_error_status(plan->context);
  if (sg_shape_elements(index) > 0)
    *adding_scratch(plan) = sg_lines_scatter_scratch(plan->output_dtype[0], own->lines.lines, own->lines.extent,
                                                     own->lines.count, own->lines.count);
  return SG_OK;
}

// ---- forward, backward, vjp -----------------------------------------------------------------------------

// Where the op that adds begins: y = x.
static void copy_x(const sg_call *call) {
  copy_arguments copy = {.rank = 1,
                         .size = {sg_tensor_elements(call->inputs[X])},
                         .target_stride = {1},
                         .source_stride = {1},
                         .target = sg_output_data(call->outputs[0]),
                         .source = sg_input_data(call, X)};
  sg_strided_copy(call->context, call->dtype, &copy);
}

static void slices_forward(const sg_call *call) {
  bool add = adds(call->input_count);
  index_arguments a = ((const indexing *)call->plan)->slices;
  a.index = sg_input_data(call, INDEX);
  a.base = sg_index_base(call->context);
  a.source = sg_input_data(call, add ? SOURCE : X);
  a.target = sg_output_data(call->outputs[0]);
  if (add) {
    copy_x(call);
    sg_slices_add_run(call->context, call->dtype, &a, call->scratch);
  } else {
    sg_parallel(call->context, a.outer * a.count, sg_grain(a.inner > 0 ? a.inner : 1),
                sg_move_kernels(call->context, sg_tensor_dtype(call->inputs[X]))->select, &a);
  }
}

static void lines_forward(const sg_call *call) {
  bool add = adds(call->input_count);
  line_arguments a = ((const indexing *)call->plan)->lines;
  a.index = sg_input_data(call, INDEX);
  a.base = sg_index_base(call->context);
  a.source = sg_input_data(call, add ? SOURCE : X);
  a.target = sg_output_data(call->outputs[0]);
  if (add) copy_x(call);
  if (sg_tensor_elements(call->inputs[INDEX]) == 0) return;
  if (add)
    sg_lines_scatter_run(call->context, call->dtype, &a, a.count, call->scratch);
  else
    sg_parallel(call->context, a.lines, sg_grain(a.count),
                sg_move_kernels(call->context, sg_tensor_dtype(call->inputs[X]))->gather, &a);
}

// d_x of what is taken is d_y added to zeros.
static void *cleared_gradient(const sg_call *call) {
  const size_t bytes = (size_t)sg_shape_elements(&call->input_shapes[X]) * sg_dtype_bytes(call->dtype);
  void *d_x = sg_gradient_data(call, X);
  if (bytes) memset(d_x, 0, bytes);
  return d_x;
}

void sg_take_slices_backward(const sg_call *call) {
  index_arguments a = ((const indexing *)call->plan)->slices;
  a.index = sg_input_data(call, INDEX);
  a.base = sg_index_base(call->context);
  a.source = sg_tensor_data(call->d_outputs[0]);
  a.target = cleared_gradient(call);
  sg_slices_add_run(call->context, call->dtype, &a, call->scratch);
}

void sg_take_lines_backward(const sg_call *call) {
  line_arguments a = ((const indexing *)call->plan)->lines;
  a.index = sg_input_data(call, INDEX);
  a.base = sg_index_base(call->context);
  a.source = sg_tensor_data(call->d_outputs[0]);
  a.target = cleared_gradient(call);
  if (sg_tensor_elements(call->inputs[INDEX]) > 0)
    sg_lines_scatter_run(call->context, call->dtype, &a, a.count, call->scratch);
}

// d_x of what is taken is d_y added to zeros; d_source of what is added is taken from d_y.
static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_op *adjoint = call->op->member;
  sg_tensor *d_y = call->d_outputs[0], *index = call->inputs[INDEX];
  if (adds(call->input_count)) {
    if (call->needs[X]) call->d_inputs[X] = d_y;
    if (call->needs[SOURCE])
      call->d_inputs[SOURCE] = sg_apply_one(c, adjoint, 2, (sg_tensor *[]){d_y, index}, call->options);
  } else {
    sg_tensor *zeros = sg_tensor_full(c, call->dtype, &call->input_shapes[X], 0);
    call->d_inputs[X] = sg_apply_one(c, adjoint, 3, (sg_tensor *[]){zeros, index, d_y}, call->options);
  }
}

// ---- The families -------------------------------------------------------------------------------------

const sg_op sg_slices_family = {
    SG_INDEX_OPTIONS,
    .save_inputs = 1 << INDEX,
    SG_PLANNED(indexing, prepare_slices, slices_forward, vjp),
    .check = check,
};

const sg_op sg_lines_family = {
    SG_OPTIONS(sg_index_options, SG_CONSTANT(sg_index_options, 0),
               SG_OPTION(sg_index_options, dim, DIM, "dimension of the positions", SG_REQUIRED)),
    .save_inputs = 1 << INDEX,
    SG_PLANNED(indexing, prepare_lines, lines_forward, vjp),
    .check = check,
};
