// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/execute.h"

#include <string.h>

#include "autograd/dtype.h"
#include "autograd/tensor.h"

// ---- Ops ----------------------------------------------------------------------------------------

const void *sg_input_data(const sg_call *call, int input) {
  return call->inputs[input] ? call->inputs[input]->data : NULL;
}

void *sg_gradient_data(const sg_call *call, int input) {
  return call->d_inputs[input] ? call->d_inputs[input]->data : NULL;
}

// What has no element is not computed: an extent beside one of zero may be of any size, and no op has to think of
// loops over such extents.
static bool have_elements(int count, sg_tensor *const *tensors) {
  for (int i = 0; i < count; i++) {
    if (tensors[i] && tensors[i]->elements) return true;
  }
  return false;
}

sg_status sg_execute_forward(const sg_call *call, bool is_view) {
  if (is_view || !have_elements(call->output_count, call->outputs)) return SG_OK;
  sg_op_forward(call->op)(call);
  sg_check_hook *verify = sg_op_verify(call->op);
  return verify ? verify(call) : SG_OK;
}

void sg_execute_backward(const sg_call *call) {
  if (have_elements(call->input_count, call->d_inputs)) sg_op_backward(call->op)(call);
}

// ---- The engine's own ---------------------------------------------------------------------------

// Few elements have no need of threads, nor of a look at them.
enum { FEW = 32768 };

static inline void over_elements(const sg_tensor *target, sg_kernel *kernel, const void *arguments) {
  if (target->elements <= FEW) kernel(arguments, 0, target->elements);
  else sg_parallel(target->context, target->elements, FEW, kernel, arguments);
}

typedef struct filling {
  sg_dtype dtype;
  void *data;
  double value;
  int64_t integer;
} filling;

static void fill_elements(const void *arguments, int64_t begin, int64_t end) {
  const filling *f = arguments;
  char *data = (char *)f->data + (size_t)begin * sg_dtype_bytes(f->dtype);
  sg_dtype_fill(f->dtype, data, end - begin, f->value, f->integer);
}

void sg_execute_fill(sg_tensor *target, double value, int64_t integer) {
  if (target->elements <= FEW) {
    sg_dtype_fill(target->dtype, target->data, target->elements, value, integer);
    return;
  }
  const filling f = {target->dtype, target->data, value, integer};
  sg_parallel(target->context, target->elements, FEW, fill_elements, &f);
}

void sg_execute_convert(sg_tensor *target, const sg_tensor *source) {
  const sg_conversion conversion = {target->dtype, source->dtype, target->data, source->data};
  if (target->elements) over_elements(target, sg_dtype_convert, &conversion);
}

void sg_execute_take(sg_tensor *target, int64_t start, int64_t count, const void *data) {
  const size_t bytes = sg_dtype_bytes(target->dtype);
  if (count > 0) memcpy((char *)target->data + (size_t)start * bytes, data, (size_t)count * bytes);
}

void sg_execute_draw(sg_tensor *target, sg_drawing drawing) {
  const int64_t grain = drawing.distribution == SG_PERMUTATION ? target->elements : 4096;
  drawing.dtype = target->dtype;
  drawing.target = target->data;
  sg_parallel(target->context, target->elements, grain, sg_draw, &drawing);
}

typedef struct addition {
  void *target;
  const void *source;
} addition;

static void add_f32(const void *arguments, int64_t begin, int64_t end) {
  const addition *a = arguments;
  float *restrict target = a->target;
  const float *restrict source = a->source;
  for (int64_t i = begin; i < end; i++) target[i] += source[i];
}

static void add_f64(const void *arguments, int64_t begin, int64_t end) {
  const addition *a = arguments;
  double *restrict target = a->target;
  const double *restrict source = a->source;
  for (int64_t i = begin; i < end; i++) target[i] += source[i];
}

void sg_execute_add(sg_tensor *target, const sg_tensor *source) {
  const addition arguments = {target->data, source->data};
  sg_note_write(target->storage, "accumulating gradients");
  over_elements(target, target->dtype == SG_F32 ? add_f32 : add_f64, &arguments);
}

// Rows of the part, which lie one behind the other in the source.
typedef struct part_addition {
  int rank; // of the dimensions around a row
  int64_t size[SG_MAX_RANK], stride[SG_MAX_RANK];
  int64_t row, step; // elements of a row, and from one to the next in the target
  char *target;
  const char *source;
  sg_dtype dtype;
} part_addition;

// As few dimensions as possible: what is taken whole goes with the dimension before it.
static part_addition plan_part(const sg_tensor *target, const sg_part *part, const sg_tensor *source) {
  part_addition a = {.row = 1, .step = 1, .source = source->data, .dtype = target->dtype};
  int64_t stride = 1, first = 0;
  bool dense = true; // the dimensions behind are taken whole, and are in the row
  for (int d = target->shape.rank - 1; d >= 0; d--) {
    if (a.row == 1 || (dense && part->step[d] == 1)) {
      if (a.row == 1 && part->size[d] > 1) a.step = stride * part->step[d];
      a.row *= part->size[d];
    } else if (part->size[d] != 1) {
      a.size[a.rank] = part->size[d];
      a.stride[a.rank++] = stride * part->step[d];
    }
    dense = dense && part->size[d] == target->shape.size[d];
    first += part->start[d] * stride;
    stride *= target->shape.size[d];
  }
  a.target = (char *)target->data + (size_t)first * sg_dtype_bytes(target->dtype);
  return a;
}

static void add_strided(const part_addition *a, char *target, const char *source) {
  if (a->step == 1) {
    const addition dense = {target, source};
    (a->dtype == SG_F32 ? add_f32 : add_f64)(&dense, 0, a->row);
  } else if (a->dtype == SG_F32) {
    for (int64_t i = 0; i < a->row; i++)
      ((float *)(void *)target)[i * a->step] += ((const float *)(const void *)source)[i];
  } else {
    for (int64_t i = 0; i < a->row; i++)
      ((double *)(void *)target)[i * a->step] += ((const double *)(const void *)source)[i];
  }
}

static void add_part_rows(const void *arguments, int64_t begin, int64_t end) {
  const part_addition *a = arguments;
  const int64_t bytes = (int64_t)sg_dtype_bytes(a->dtype);
  for (int64_t row = begin; row < end; row++) {
    int64_t at = 0, rest = row;
    for (int d = 0; d < a->rank; d++) { // the innermost first
      at += rest % a->size[d] * a->stride[d];
      rest /= a->size[d];
    }
    add_strided(a, a->target + at * bytes, a->source + row * a->row * bytes);
  }
}

void sg_execute_add_part(sg_tensor *target, const sg_part *part, const sg_tensor *source) {
  if (source->elements == 0) return;
  const part_addition a = plan_part(target, part, source);
  sg_note_write(target->storage, "accumulating gradients");
  if (a.rank == 0 && a.step == 1) {
    const addition dense = {a.target, source->data};
    over_elements(source, a.dtype == SG_F32 ? add_f32 : add_f64, &dense);
    return;
  }
  sg_parallel(target->context, source->elements / a.row, sg_grain(a.row), add_part_rows, &a);
}
