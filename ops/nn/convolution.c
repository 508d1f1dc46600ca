// SPDX-License-Identifier: GPL-3.0-or-later
//
// The ops of the convolution family: their checks, geometry and hooks. Reference: Dumoulin and Visin, "A guide to
// convolution arithmetic for deep learning", 2016.
#include "ops/nn/convolution.h"
#include "ops/kernels/bias.h"
#include "ops/linalg/gemm.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

enum { BIAS = 2 };

// Which tensors the first two inputs of the op are that yields a given one, and all the ops.
static const sg_convolution_tensor operands[3][2] = {
    [CONVOLUTION_X] = {CONVOLUTION_Y, CONVOLUTION_WEIGHT},
    [CONVOLUTION_WEIGHT] = {CONVOLUTION_X, CONVOLUTION_Y},
    [CONVOLUTION_Y] = {CONVOLUTION_X, CONVOLUTION_WEIGHT},
};
#define OP(name) extern const sg_op op_##name;
#include "ops/op_list.h"
#undef OP
static const sg_op *const ops[SPATIAL][3] = {
    {&op_conv_transpose1d, &op_conv_weight_grad, &op_conv1d},
    {&op_conv_transpose2d, &op_conv_weight_grad, &op_conv2d},
    {&op_conv_transpose3d, &op_conv_weight_grad, &op_conv3d},
};

static sg_convolution_tensor result_of(const sg_op *op) {
  return ((const sg_convolution_member *)op->member)->result;
}

// ---- Checks -----------------------------------------------------------------------------------------

// What prepare looks at: the shapes of the operands by the tensor they are, NULL for the result's.
typedef struct request {
  sg_plan *plan;
  const sg_convolution_options *options;
  sg_convolution_tensor result;
  const sg_shape *x, *weight, *y;
  const sg_port *x_port, *weight_port, *y_port;
} request;

static request request_of(sg_plan *plan) {
  request r = {.plan = plan, .options = plan->options, .result = result_of(plan->op)};
  const sg_shape **shapes[] = {&r.x, &r.weight, &r.y};
  const sg_port **ports[] = {&r.x_port, &r.weight_port, &r.y_port};
  for (int i = 0; i < 2; i++) {
    *shapes[operands[r.result][i]] = sg_plan_shape(plan, i);
    *ports[operands[r.result][i]] = &sg_op_inputs(plan->op)[i];
  }
  return r;
}

// That of x, where the op takes any; 1 of an x without any, which check_shape then rejects.
static int spatial_of(const sg_plan *plan) {
  int spatial = ((const sg_convolution_member *)plan->op->member)->spatial, x = sg_plan_shape(plan, 0)->rank - 2;
  if (spatial > 0) return spatial;
  return x < 1 ? 1 : x > SPATIAL ? SPATIAL : x;
}

static bool check_shape(const request *r, const sg_port *port, const sg_shape *shape, int spatial) {
  if (!shape) return true;
  if (shape->rank != 2 + spatial)
    return sg_reject(r->plan, "%s has shape %s, expected %s", port->name, sg_shape_text(shape).text, port->doc),
           false;
  for (int i = 0; i < shape->rank; i++)
    if (shape->size[i] > SG_GEMM_MAXIMUM)
      return sg_reject(r->plan, "%s has shape %s: extents are limited to %lld", port->name,
                       sg_shape_text(shape).text, (long long)SG_GEMM_MAXIMUM),
             false;
  return true;
}

static bool read_channels(const request *r, sg_convolution *v) {
  int64_t groups = r->options->convolution.groups;
  int64_t filters = r->y ? r->y->size[1] : r->weight->size[0];
  v->batch = r->x ? r->x->size[0] : r->y->size[0];
  if (r->weight && r->weight->size[0] != filters)
    return sg_reject(r->plan, "weight has shape %s, expected %s for %s %s", sg_shape_text(r->weight).text,
                     r->weight_port->doc, r->y_port->name, sg_shape_text(r->y).text),
           false;
  if (filters % groups != 0)
    return sg_reject(r->plan, "%s has shape %s: its %lld %s do not divide into %lld groups",
                     r->weight ? "weight" : r->y_port->name, sg_shape_text(r->weight ? r->weight : r->y).text,
                     (long long)filters, r->result == CONVOLUTION_X ? "channels" : "filters", (long long)groups),
           false;
  if (r->x && (r->x->size[1] % groups != 0 || (r->weight && r->weight->size[1] != r->x->size[1] / groups)))
    return sg_reject(r->plan, "%s has shape %s, x has shape %s: %lld channels in %lld groups need %s",
                     r->weight ? "weight" : r->y_port->name, sg_shape_text(r->weight ? r->weight : r->y).text,
                     sg_shape_text(r->x).text, (long long)r->x->size[1], (long long)groups,
                     r->weight ? r->weight_port->doc : "a multiple of groups"),
           false;
  if (r->x && r->y && r->x->size[0] != r->y->size[0])
    return sg_reject(r->plan, "%s has shape %s, x has shape %s: expected as many images", r->y_port->name,
                     sg_shape_text(r->y).text, sg_shape_text(r->x).text),
           false;
  v->groups = groups;
  v->filters = filters / groups;
  v->channels = r->x ? r->x->size[1] / groups : r->weight->size[1];
  return true;
}

// ---- Geometry ---------------------------------------------------------------------------------------

// From the first pixel that the first of `out` windows sees to the last one of the last, without the padding.
static int64_t covered(const windows *w, int d) {
  return (w->out[d] - 1) * w->stride[d] - 2 * w->padding[d] + w->dilation[d] * (w->kernel[d] - 1) + 1;
}

// Whether x may have so many pixels more: the rest of a stride, or, as PyTorch has it, of a dilation.
static bool is_surplus(const windows *w, int d, int64_t more) {
  return more >= 0 && (more < w->stride[d] || more < w->dilation[d]);
}

static bool read_kernel(const request *r, sg_convolution *v) {
  windows *w = &v->windows;
  if (!r->weight) return sg_windows_list(r->plan, "kernel_size", &r->options->extents, v->spatial, 1, w->kernel);
  sg_windows_extents(r->weight, w->kernel);
  for (int d = 0; d < SPATIAL; d++)
    if (w->kernel[d] < 1)
      return sg_reject(r->plan, "weight has shape %s: its kernel is empty", sg_shape_text(r->weight).text), false;
  return true;
}

// Padding "same": the half of what the last tap is away from the first.
static bool pad_same(const request *r, sg_convolution *v) {
  windows *w = &v->windows;
  v->same = true;
  for (int d = 0; d < SPATIAL; d++) {
    if (w->stride[d] != 1)
      return sg_reject(r->plan, "padding is \"same\" and stride %s, expected a stride of 1",
                       sg_windows_text(w->stride, v->spatial).text),
             false;
    w->padding[d] = w->dilation[d] * (w->kernel[d] - 1) / 2;
  }
  return true;
}

static bool read_lists(const request *r, sg_convolution *v) {
  const sg_conv_options *o = &r->options->convolution;
  windows *w = &v->windows;
  const int word = sg_ints_word(&o->padding);
  if (!sg_windows_list(r->plan, "stride", &o->stride, v->spatial, 1, w->stride) ||
      !sg_windows_list(r->plan, "dilation", &o->dilation, v->spatial, 1, w->dilation) || !read_kernel(r, v))
    return false;
  if (word == SG_PADDING_SAME) return pad_same(r, v);
  return word >= 0 || sg_windows_list(r->plan, "padding", &o->padding, v->spatial, 0, w->padding);
}

// The windows that x has room for, or those of y, when these are as many.
static bool fit_windows(const request *r, sg_convolution *v) {
  windows *w = &v->windows;
  bool agree = true;
  sg_windows_extents(r->x, w->in);
  for (int d = 0; d < SPATIAL; d++) {
    w->out[d] = v->same ? w->in[d]
                        : sg_windows_fitting(w->in[d], w->kernel[d], w->stride[d], w->padding[d], w->dilation[d]);
    if (w->out[d] > 0) continue;
    return sg_reject(r->plan, "a kernel of %s with dilation %s does not fit into x %s with padding %s",
                     sg_windows_text(w->kernel, v->spatial).text, sg_windows_text(w->dilation, v->spatial).text,
                     sg_shape_text(r->x).text, sg_windows_text(w->padding, v->spatial).text),
           false;
  }
  if (!r->y) return true;
  sg_shape expected = sg_windows_shape(v->batch, r->y->size[1], v->spatial, w->out);
  sg_windows_extents(r->y, w->out);
  for (int d = 0; d < SPATIAL; d++)
    agree &= w->out[d] > 0 && (v->same ? w->out[d] == w->in[d] : is_surplus(w, d, w->in[d] - covered(w, d)));
  if (agree) return true;
  return sg_reject(r->plan, "%s has shape %s, expected %s (of a convolution of x %s)", r->y_port->name,
                   sg_shape_text(r->y).text, sg_shape_text(&expected).text, sg_shape_text(r->x).text),
         false;
}

// The pixels that the windows of y cover, and output_padding more.
static bool cover_pixels(const request *r, sg_convolution *v) {
  windows *w = &v->windows;
  int64_t more[SPATIAL];
  if (!sg_windows_list(r->plan, "output_padding", &r->options->extents, v->spatial, 0, more)) return false;
  sg_windows_extents(r->y, w->out);
  for (int d = 0; d < SPATIAL; d++) {
    if (w->out[d] < 1)
      return sg_reject(r->plan, "%s has shape %s: it has no pixels", r->y_port->name, sg_shape_text(r->y).text),
             false;
    if (!is_surplus(w, d, more[d]))
      return sg_reject(r->plan, "output_padding %s must be smaller than stride %s or dilation %s",
                       sg_windows_text(more, v->spatial).text, sg_windows_text(w->stride, v->spatial).text,
                       sg_windows_text(w->dilation, v->spatial).text),
             false;
    if (v->same && more[d] > 0)
      return sg_reject(r->plan, "padding is \"same\" and output_padding %s, expected 0",
                       sg_windows_text(more, v->spatial).text),
             false;
    w->in[d] = v->same ? w->out[d] : covered(w, d) + more[d];
  }
  for (int d = 0; d < SPATIAL; d++)
    if (w->in[d] < 0 || w->in[d] > SG_GEMM_MAXIMUM)
      return sg_reject(r->plan, "the result would have the extents %s", sg_windows_text(w->in, v->spatial).text),
             false;
  return true;
}

sg_shape sg_convolution_shape(const sg_convolution *v, sg_convolution_tensor tensor) {
  int64_t channels = v->groups * v->channels, filters = v->groups * v->filters;
  if (tensor == CONVOLUTION_X) return sg_windows_shape(v->batch, channels, v->spatial, v->windows.in);
  if (tensor == CONVOLUTION_Y) return sg_windows_shape(v->batch, filters, v->spatial, v->windows.out);
  return sg_windows_shape(filters, v->channels, v->spatial, v->windows.kernel);
}

// ---- Hooks ------------------------------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) {
  request r = request_of(plan);
  sg_convolution *v = plan->own;
  v->spatial = spatial_of(plan);
  if (!check_shape(&r, r.x_port, r.x, v->spatial) || !check_shape(&r, r.weight_port, r.weight, v->spatial) ||
      !check_shape(&r, r.y_port, r.y, v->spatial) || !read_lists(&r, v) || !read_channels(&r, v) ||
      !(r.x ? fit_windows(&r, v) : cover_pixels(&r, v)))
    return sg_error_status(plan->context);
  if (!sg_convolution_plan_tiles(v))
    return sg_reject(plan, "%s %s and %s %s are too large", sg_op_inputs(plan->op)[0].name,
                     sg_shape_text(sg_plan_shape(plan, 0)).text, sg_op_inputs(plan->op)[1].name,
                     sg_shape_text(sg_plan_shape(plan, 1)).text);
  plan->output_shape[0] = sg_convolution_shape(v, r.result);
  const sg_shape *bias = plan->input_count > BIAS && plan->inputs[BIAS] ? sg_plan_shape(plan, BIAS) : NULL;
  if (bias && (bias->rank != 1 || bias->size[0] != plan->output_shape[0].size[1]))
    return sg_reject(plan, "bias has shape %s, expected [%lld] (weight %s)", sg_shape_text(bias).text,
                     (long long)plan->output_shape[0].size[1], sg_shape_text(r.weight).text);
  sg_dtype dtype = plan->output_dtype[0];
  plan->scratch_bytes = sg_convolution_scratch(v, r.result, dtype);
  for (int i = 0; i < 2; i++) {
    size_t bytes = sg_convolution_scratch(v, operands[r.result][i], dtype);
    if (bytes > plan->backward_scratch_bytes) plan->backward_scratch_bytes = bytes;
  }
  sg_gemm_plan(plan);
  return SG_OK;
}

static void forward(const sg_call *call) {
  sg_convolution_tensor result = result_of(call->op);
  void *tensors[3];
  sg_gemm_decide(call->context, call->dtype, call->scratch);
  for (int i = 0; i < 2; i++) tensors[operands[result][i]] = (void *)sg_input_data(call, i);
  tensors[result] = sg_output_data(call->outputs[0]);
  sg_convolution_run(call->context, call->plan, call->dtype, result, tensors,
                     call->input_count > BIAS ? sg_input_data(call, BIAS) : NULL, call->scratch);
}

static void sum_bias(const sg_call *call) {
  const sg_shape *y = &call->output_shapes[0];
  bias_arguments a = {.outer = y->size[0],
                      .channels = y->size[1],
                      .inner = 1,
                      .data = (void *)sg_tensor_data(call->d_outputs[0]),
                      .values = sg_output_data(call->d_inputs[BIAS])};
  for (int d = 2; d < y->rank; d++) a.inner *= y->size[d];
  int64_t grain = a.inner == 1 ? BIAS_SUM_GRAIN : sg_grain(a.outer * a.inner);
  sg_parallel(call->context, a.channels, grain, sg_kernels_for(call->context, call->dtype)->bias->sum, &a);
}

static void backward(const sg_call *call) {
  sg_convolution_tensor result = result_of(call->op);
  void *tensors[3];
  for (int i = 0; i < 2; i++) {
    if (!call->d_inputs[i]) continue;
    tensors[result] = (void *)sg_tensor_data(call->d_outputs[0]);
    tensors[operands[result][1 - i]] = (void *)sg_input_data(call, 1 - i);
    tensors[operands[result][i]] = sg_output_data(call->d_inputs[i]);
    sg_convolution_run(call->context, call->plan, call->dtype, operands[result][i], tensors, NULL, call->scratch);
  }
  if (call->input_count > BIAS && call->d_inputs[BIAS]) sum_bias(call);
}

// The options that give `result` this geometry.
static sg_convolution_options options_for(const sg_convolution *v, sg_convolution_tensor result) {
  const windows *w = &v->windows;
  sg_ints list = {.count = v->spatial};
  sg_convolution_options o = {{list, list, list, v->groups}, list};
  for (int i = 0; i < v->spatial; i++) {
    int d = SPATIAL - v->spatial + i;
    o.convolution.stride.value[i] = w->stride[d];
    o.convolution.padding.value[i] = w->padding[d];
    o.convolution.dilation.value[i] = w->dilation[d];
    o.extents.value[i] = result != CONVOLUTION_X ? w->kernel[d] : v->same ? 0 : w->in[d] - covered(w, d);
  }
  if (v->same) o.convolution.padding = (sg_ints)SG_WORD(SG_PADDING_SAME);
  return o;
}

// Where x has pixels for more windows than y (output_padding beyond the stride), a convolution gives these too.
static sg_tensor *only_windows_of_y(sg_context *c, const sg_convolution *v, sg_tensor *y) {
  sg_shape shape = sg_convolution_shape(v, CONVOLUTION_Y);
  if (!y || sg_shape_equal(sg_tensor_shape(y), &shape)) return y;
  sg_slice_options kept = {.stop = {.count = shape.rank}};
  for (int d = 0; d < shape.rank; d++) kept.stop.value[d] = shape.size[d];
  return sg_slice(c, y, &kept);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_convolution *v = call->plan;
  sg_convolution_tensor result = result_of(call->op);
  sg_tensor *tensors[3], *g = call->d_outputs[0];
  for (int i = 0; i < 2; i++) tensors[operands[result][i]] = call->inputs[i];
  tensors[result] = g;
  for (int i = 0; i < 2; i++) {
    if (!call->needs[i]) continue;
    sg_convolution_tensor wanted = operands[result][i];
    const sg_op *op = ops[v->spatial - 1][wanted];
    sg_tensor *inputs[] = {tensors[operands[wanted][0]], tensors[operands[wanted][1]], NULL};
    sg_convolution_options options = options_for(v, wanted);
    call->d_inputs[i] = sg_apply_one(c, op, sg_op_input_ports(op), inputs, &options);
    if (wanted == CONVOLUTION_Y) call->d_inputs[i] = only_windows_of_y(c, v, call->d_inputs[i]);
  }
  if (call->input_count > BIAS && call->needs[BIAS]) {
    sg_shape channels = call->output_shapes[0];
    for (int d = 0; d < channels.rank; d++) channels.size[d] = d == 1 ? channels.size[d] : 1;
    call->d_inputs[BIAS] = sg_reshape(c, sg_sum_to(c, g, &channels), &call->input_shapes[BIAS]);
  }
}

// ---- Families ---------------------------------------------------------------------------------------

#define LIST(name, words, least)                                                                                   \
  SG_OPTION(sg_conv_options, name, INTS, words, SG_AT_LEAST | SG_AT_MOST, least, INT32_MAX)
#define STRIDE LIST(stride, "distance of neighbouring windows; default 1", 1)
#define PADDING                                                                                                    \
  LIST_OR_WORD("zeros on every side of x, or valid: none, or same: as many as keep the extents; default 0")
#define LIST_OR_WORD(words)                                                                                        \
  SG_INTS_OR_WORD(sg_conv_options, padding, padding_words, words, SG_AT_LEAST | SG_AT_MOST, 0, INT32_MAX)
#define DILATION LIST(dilation, "distance of the kernel's taps; default 1", 1)
#define GROUPS                                                                                                     \
  SG_OPTION(sg_conv_options, groups, INT, "independent groups of channels and filters; default 1",                 \
            SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX)
#define HOOKS                                                                                                      \
  .save_inputs = 1 << 0 | 1 << 1, .plan_bytes = sizeof(sg_convolution), .prepare = prepare, .forward = forward,    \
  .backward = backward, .vjp = vjp

static const char *const padding_words[] = {[SG_PADDING_VALID] = "valid", [SG_PADDING_SAME] = "same", NULL};
static const sg_convolution_options defaults = {{{1, {1}}, {1, {0}}, {1, {1}}, 1}, {1, {0}}};

const sg_op sg_convolution_family = {
    .cost = "2 operations for each element of y, each channel of its group and each place of the kernel",
    SG_OPTIONS(sg_conv_options, &defaults.convolution, STRIDE, PADDING, DILATION, GROUPS),
    HOOKS,
};

const sg_op sg_transposed_family = {
    .cost = "2 operations for each element of x, each channel of y in its group and each place of the kernel",
    SG_OPTIONS(
        sg_conv_transpose_options, &defaults, STRIDE,
        LIST_OR_WORD("pixels left out on every side of y, or valid: none, or same: y keeps the extents; default 0"),
        SG_OPTION(sg_conv_transpose_options, output_padding, INTS,
                  "pixels more behind y, fewer than stride or dilation; default 0", SG_AT_LEAST | SG_AT_MOST, 0,
                  INT32_MAX),
        GROUPS, DILATION),
    HOOKS,
};

const sg_op sg_weight_grad_family = {
    .cost = "2 operations for each element of d_y, each channel of its group and each place of the kernel",
    SG_OPTIONS(sg_conv_weight_grad_options, &defaults, STRIDE, PADDING, DILATION, GROUPS,
               SG_OPTION(sg_conv_weight_grad_options, kernel_size, INTS, "the extents of a kernel",
                         SG_REQUIRED | SG_AT_LEAST | SG_AT_MOST, 1, INT32_MAX)),
    HOOKS,
};
