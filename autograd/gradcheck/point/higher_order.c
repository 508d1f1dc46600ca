// SPDX-License-Identifier: GPL-3.0-or-later
//
// Order k + 1 by order k: the recorded gradient of f is a function g(x, v) like any other, and its derivatives
// in x and in v are checked by the same differences. While differencing, g uses the plain (fused) gradient of
// f, and its analytic derivative the recorded one, so that the two are held against each other as well. The
// gradient of g is again a function h(x, v, u), and so on.
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/point/point.h"

#include <string.h>

static sg_tensor *zeros_like(sg_context *c, const sg_tensor *tensor) {
  return sg_tensor_full(c, SG_F64, sg_tensor_shape(tensor), 0);
}

static sg_status take(sg_context *c, point *f, bool create_graph, sg_tensor *const *inputs, int *count,
                      sg_tensor **gradients) {
  sg_tensor *outputs[MAX_OUTPUTS] = {NULL};
  int output_count = 0, recorded = 0;
  sg_tensor *const *v = inputs + f->input_count;
  const sg_status status = f->function(c, f->user, f->input_count, inputs, &output_count, outputs);
  if (status != SG_OK) return sg_error(c, status, "gradcheck: the function under test failed");
  if (point_take_outputs(f, output_count, outputs) != SG_OK) return sg_error_status(c);
  sg_tensor *ends[MAX_OUTPUTS], *cotangents[MAX_OUTPUTS], *starts[MAX_INPUTS];
  for (int i = 0; i < f->output_count; i++)
    if (sg_tensor_requires_grad(outputs[i])) {
      ends[recorded] = outputs[i];
      cotangents[recorded++] = v[i];
    }
  *count = 0;
  for (int i = 0; i < f->input_count; i++)
    if (f->checked[i]) {
      gradients[*count] = NULL;
      starts[(*count)++] = inputs[i];
    }
  const sg_backward_options options = {.create_graph = create_graph, .allow_unused = true};
  if (recorded > 0 && sg_grad(c, recorded, ends, cotangents, *count, starts, &options, gradients) != SG_OK)
    return sg_error_status(c);
  for (int i = 0; i < *count; i++)
    if (!gradients[i]) gradients[i] = zeros_like(c, starts[i]);
  return sg_error_status(c);
}

static sg_status gradient_function(sg_context *c, void *user, int input_count, sg_tensor *const *inputs,
                                   int *output_count, sg_tensor **outputs) {
  point *lower = user;
  (void)input_count;
  const bool recording = sg_set_grad_enabled(c, true);
  const sg_status status = take(c, lower, recording, inputs, output_count, outputs);
  sg_set_grad_enabled(c, recording);
  return status;
}

static sg_tensor *random_cotangent(sg_context *c, const sg_shape *shape, uint64_t *random) {
  sg_tensor *v = sg_tensor_full(c, SG_F64, shape, 0);
  double *data = v ? sg_tensor_write(v, "gradcheck") : NULL;
  if (!data) return NULL;
  for (int64_t j = 0; j < sg_tensor_elements(v); j++) data[j] = gradcheck_random_weight(random);
  return sg_tensor_set_requires_grad(v, true) == SG_OK ? v : NULL;
}

sg_status point_raise_order(point *lower, int order, uint64_t seed, point *p) {
  *p = (point){.context = lower->context, .function = gradient_function, .user = lower, .lower = lower};
  p->poll = lower->poll;
  p->poll_user = lower->poll_user;
  p->output_limit = MAX_OUTPUTS;
  p->random = lower->random;
  p->input_count = lower->input_count + lower->output_count;
  const size_t count = (size_t)lower->input_count;
  memcpy(p->inputs, lower->inputs, count * sizeof *p->inputs);
  memcpy(p->checked, lower->checked, count * sizeof *p->checked);
  memcpy(p->skip, lower->skip, count * sizeof *p->skip);
  memcpy(p->kinks, lower->kinks, count * sizeof *p->kinks);
  p->order = order;
  uint64_t random = seed ^ (uint64_t)(order - 1) * 0x5851f42d4c957f2du;
  for (int i = 0; i < lower->output_count; i++) {
    if (lower->output_dtype[i] != SG_F64)
      return sg_error(p->context, SG_INVALID_ARGUMENT, "gradcheck: output %d has dtype %s, order %d needs f64",
                      i + sg_index_base(p->context), sg_dtype_name(lower->output_dtype[i]), order);
    p->inputs[lower->input_count + i] = random_cotangent(p->context, &lower->output_shape[i], &random);
    p->checked[lower->input_count + i] = true;
  }
  return sg_error_status(p->context);
}
