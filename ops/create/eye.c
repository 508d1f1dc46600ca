// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = 1 on the diagonal, 0 elsewhere.
#include "autograd/dtype.h"
#include "ops/create/shaped.h"
#include "ops/ops.h"

typedef struct eye_options {
  int64_t rows;
  sg_ints columns;
  sg_dtype dtype;
} eye_options;

static sg_status prepare(sg_plan *plan) {
  const eye_options *options = plan->options;
  const sg_ints *columns = &options->columns;
  if (columns->count > 1) return sg_reject(plan, "columns has %d values, expected one", columns->count);
  const sg_shape shape = {2, {options->rows, columns->count ? columns->value[0] : options->rows}};
  return sg_plan_shaped(plan, &shape, options->dtype);
}

static void forward(const sg_call *call) {
  const sg_shape *shape = sg_tensor_shape(call->outputs[0]);
  const sg_dtype dtype = sg_tensor_dtype(call->outputs[0]);
  char *y = sg_output_data(call->outputs[0]);
  sg_dtype_fill(dtype, y, sg_tensor_elements(call->outputs[0]), 0, 0);
  for (int64_t i = 0; i < shape->size[0] && i < shape->size[1]; i++)
    sg_dtype_fill(dtype, y + (size_t)(i * (shape->size[1] + 1)) * sg_dtype_bytes(dtype), 1, 1, 1);
}

#define OF(rows, dtype, ...) SG_WITH(eye_options, rows, {__VA_ARGS__}, dtype)

const sg_op op_eye = {
    SG_COMPUTED(eye, prepare, forward, NULL),
    SG_WORDS("The unit matrix.", "y[i, j] = 1 where i = j, else 0"),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "matrix (rows, columns)"}),
    SG_OPTIONS(eye_options, SG_CONSTANT(eye_options, .dtype = SG_F32),
               SG_OPTION(eye_options, rows, INT, "their number", SG_REQUIRED | SG_AT_LEAST, 0),
               SG_OPTION(eye_options, columns, INTS, "their number; default that of the rows", SG_AT_LEAST, 0),
               SG_DTYPE_OPTION(eye_options)),
    .samples = SG_SAMPLES({"square", OF(2, SG_F64, 0), SG_GIVES(1, 0, 0, 1)},
                          {"wide", OF(2, SG_F32, 1, {3}), SG_GIVES(1, 0, 0, 0, 1, 0)},
                          {"tall, of integers", OF(3, SG_I64, 1, {2}), SG_GIVES(1, 0, 0, 1, 0, 0)},
                          {"empty", OF(0, SG_F64, 1, {3})}),
    .bad_samples = SG_SAMPLES({"two numbers", OF(2, SG_F32, 2, {3, 4}), .error = "columns has 2 values"}),
};

sg_tensor *sg_eye(sg_context *context, sg_dtype dtype, int64_t rows, int64_t columns) {
  return sg_apply_one(context, &op_eye, 0, NULL, SG_CONSTANT(eye_options, rows, {1, {columns}}, dtype));
}
