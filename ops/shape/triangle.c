// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/triangle.h"
#include "ops/ops.h"

#include <string.h>

typedef struct triangle {
  int64_t rows, columns, diagonal; // the last one between -rows and columns
} triangle;

static sg_status prepare(sg_plan *plan) {
  const int64_t diagonal = ((const sg_triangle_options *)plan->options)->diagonal;
  const sg_shape *x = sg_plan_shape(plan, 0);
  triangle *own = plan->own;
  if (x->rank < 2) return sg_reject(plan, "x has shape %s, expected a matrix or more", sg_shape_text(x).text);
  own->rows = x->size[x->rank - 2];
  own->columns = x->size[x->rank - 1];
  own->diagonal = diagonal < -own->rows ? -own->rows : diagonal > own->columns ? own->columns : diagonal;
  plan->output_shape[0] = *x;
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  return SG_OK;
}

typedef struct keeping {
  triangle t;
  bool upper;
  size_t bytes; // of an element
  const char *x;
  char *y;
} keeping;

// A row is kept from the diagonal on, or up to it. An element of zero bytes is 0 in every dtype.
static void keep_rows(const void *arguments, int64_t begin, int64_t end) {
  const keeping *k = arguments;
  for (int64_t row = begin; row < end; row++) {
    int64_t left = row % k->t.rows + k->t.diagonal + !k->upper;
    if (left < 0) left = 0;
    if (left > k->t.columns) left = k->t.columns;
    const size_t whole = (size_t)k->t.columns * k->bytes, part = (size_t)left * k->bytes;
    const char *x = k->x + (size_t)row * whole;
    char *y = k->y + (size_t)row * whole;
    if (k->upper) {
      memset(y, 0, part);
      memcpy(y + part, x + part, whole - part);
    } else {
      memcpy(y, x, part);
      memset(y + part, 0, whole - part);
    }
  }
}

static void forward(const sg_call *call) {
  const triangle *t = call->plan;
  const keeping k = {*t, ((const sg_triangle_member *)call->op->member)->upper,
                     sg_dtype_bytes(sg_tensor_dtype(call->outputs[0])), sg_input_data(call, 0),
                     sg_output_data(call->outputs[0])};
  sg_parallel(call->context, sg_tensor_elements(call->outputs[0]) / t->columns, sg_grain(t->columns), keep_rows,
              &k);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_apply_one(call->context, call->op, 1, call->d_outputs, call->options);
}

#define AT(diagonal) (&(const sg_triangle_options){diagonal})

const sg_op sg_triangle_family = {
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "matrix, or more dimensions, of which the last two are matrices"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x, with zeros"}),
    SG_OPTIONS(sg_triangle_options, AT(0),
               SG_OPTION(sg_triangle_options, diagonal, INT,
                         "the last diagonal that is kept: columns to the right of the main one, or, negative, rows "
                         "below it")),
    SG_PLANNED(triangle, prepare, forward, vjp),
    .samples = SG_SAMPLES(
        {"wide, to the right", SG_ON(SG_RANDN(3, 5)), AT(1)}, {"tall, below", SG_ON(SG_RANDN(5, 3)), AT(-2)},
        {"batch", SG_ON(SG_RANDN(2, 3, 3))}, {"past the right", SG_ON(SG_RANDN(2, 3)), AT(9)},
        {"past the left", SG_ON(SG_RANDN(2, 3)), AT(INT64_MIN)}, {"one element", SG_ON(SG_RANDN(1, 1))},
        {"empty", SG_ON(SG_RANDN(3, 0))}, {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3, 4)))},
        {"mask", SG_ON(SG_MASK(SG_DIMS(3, 3))), AT(-1)}, {"bytes", SG_ON(SG_BYTES(1, 256, SG_DIMS(2, 2, 3)))}),
    .bad_samples = SG_SAMPLES({"vector", SG_ON(SG_RANDN(3)), .error = "x has shape [3], expected a matrix"},
                              {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "x has shape []"}),
};
