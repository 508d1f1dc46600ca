// SPDX-License-Identifier: GPL-3.0-or-later
//
// For a row x of one value per class, with the target class t and p = softmax(x),
//
//   loss = - sum over c of w[c] q[c] log p[c],   q[c] = (1 - s) [c = t] + s / C
//
// with class weights w and label smoothing s. The mean divides by the sum of w[t] over the rows that count.
// Since d log p[c] / d x[k] = [c = k] - p[k], a cotangent g of the loss gives
//
//   dx[k] = g (p[k] sum over c of w[c] q[c] - w[k] q[k])
//
// Reference: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, section 7.
#include "ops/kernels/cross_entropy.h"
#include "ops/loss/reduction.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

#include <math.h>

enum { X, TARGET, WEIGHT };
enum { Y, MAXIMUM, SUM };

static const sg_cross_entropy_options defaults = {SG_REDUCTION_MEAN, 0, -100};

// ---- prepare ----------------------------------------------------------------------------------------

static int class_dimension(const sg_shape *x) { return x->rank > 1 ? 1 : 0; }

// The shape of x without its classes.
static sg_shape shape_of_rows(const sg_shape *x) {
  sg_shape rows = {0};
  for (int i = 0; i < x->rank; i++)
    if (i != class_dimension(x)) rows.size[rows.rank++] = x->size[i];
  return rows;
}

// The indices of element `position`, in the user's counting: "5" or "5, 2".
static sg_text index_text(const sg_shape *shape, int64_t position, int64_t base) {
  sg_shape index = *shape;
  for (int i = shape->rank - 1; i >= 0; i--) {
    index.size[i] = position % shape->size[i] + base;
    position /= shape->size[i];
  }
  return sg_shape_text(&index);
}

static sg_status check_targets(const sg_plan *plan, int64_t classes) {
  const sg_cross_entropy_options *options = plan->options;
  const int64_t *target = sg_tensor_data(plan->inputs[TARGET]);
  const sg_shape *shape = sg_plan_shape(plan, TARGET);
  int64_t base = sg_index_base(plan->context), rows = sg_shape_elements(shape);
  for (int64_t i = 0; i < rows; i++) {
    if (target[i] == options->ignore_index || (target[i] >= base && target[i] - base < classes)) continue;
    return sg_reject(plan, "target%s = %lld is outside %lld..%lld",
                     shape->rank > 0 ? index_text(shape, i, base).text : "", (long long)target[i], (long long)base,
                     (long long)(classes - 1 + base));
  }
  return SG_OK;
}

static sg_status prepare(sg_plan *plan) {
  const sg_cross_entropy_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, X), *target = sg_plan_shape(plan, TARGET);
  if (x->rank == 0) return sg_reject(plan, "x has shape [], expected (C), (N, C) or (N, C, d1, ...)");
  int64_t classes = x->size[class_dimension(x)];
  sg_shape rows = shape_of_rows(x);
  if (classes == 0) return sg_reject(plan, "x has shape %s: there are no classes", sg_shape_text(x).text);
  if (!sg_shape_equal(target, &rows))
    return sg_reject(plan, "target has shape %s, expected %s (x %s without its %lld classes)",
                     sg_shape_text(target).text, sg_shape_text(&rows).text, sg_shape_text(x).text,
                     (long long)classes);
  if (plan->inputs[WEIGHT]) {
    const sg_shape *weight = sg_plan_shape(plan, WEIGHT);
    if (weight->rank != 1 || weight->size[0] != classes)
      return sg_reject(plan, "weight has shape %s, expected [%lld] (classes of x %s)", sg_shape_text(weight).text,
                       (long long)classes, sg_shape_text(x).text);
  }
  plan->output_shape[Y] = options->reduction == SG_REDUCTION_NONE ? rows : (sg_shape)SG_SCALAR;
  plan->output_shape[MAXIMUM] = plan->output_shape[SUM] = rows;
  plan->scratch_bytes = (size_t)sg_shape_elements(&rows) * sizeof(double);
  return check_targets(plan, classes);
}

// ---- forward and backward -----------------------------------------------------------------------------

static cross_entropy_arguments arguments_of(const sg_call *call, const sg_shape *x) {
  const sg_cross_entropy_options *options = call->options;
  int dimension = class_dimension(x);
  cross_entropy_arguments a = {.outer = dimension == 1 ? x->size[0] : 1,
                               .classes = x->size[dimension],
                               .inner = 1,
                               .index_base = sg_index_base(call->context),
                               .ignore_index = options->ignore_index,
                               .smoothing = options->label_smoothing,
                               .x = sg_tensor_data(call->inputs[X]),
                               .target = sg_tensor_data(call->inputs[TARGET])};
  for (int i = 2; i < x->rank; i++) a.inner *= x->size[i];
  if (call->inputs[WEIGHT]) a.weight = sg_tensor_data(call->inputs[WEIGHT]);
  return a;
}

static void run(const sg_call *call, sg_kernel *kernel, const cross_entropy_arguments *a) {
  int64_t strips = (a->inner + CROSS_ENTROPY_STRIP - 1) / CROSS_ENTROPY_STRIP;
  int64_t width = a->inner < CROSS_ENTROPY_STRIP ? a->inner : CROSS_ENTROPY_STRIP;
  sg_parallel(call->context, a->outer * strips, sg_grain(4 * a->classes * width), kernel, a);
}

// 1 / the sum of the weights of the rows' classes for the mean (infinite when no row counts), else 1.
static double scale_of(const sg_call *call, const cross_entropy_arguments *a) {
  const sg_cross_entropy_options *options = call->options;
  if (options->reduction != SG_REDUCTION_MEAN) return 1;
  double sum = 0;
  for (int64_t row = 0; row < a->outer * a->inner; row++)
    if (a->target[row] != a->ignore_index)
      sum += a->weight ? sg_tensor_value(call->inputs[WEIGHT], a->target[row] - a->index_base) : 1;
  return 1 / sum;
}

static void store(sg_dtype dtype, void *y, int64_t position, double value) {
  if (dtype == SG_F32)
    ((float *)y)[position] = (float)value;
  else
    ((double *)y)[position] = value;
}

static void forward(const sg_call *call) {
  const sg_cross_entropy_options *options = call->options;
  cross_entropy_arguments a = arguments_of(call, sg_tensor_shape(call->inputs[X]));
  a.maximum = sg_output_data(call->outputs[MAXIMUM]);
  a.sum = sg_output_data(call->outputs[SUM]);
  a.losses = call->scratch;
  run(call, sg_kernels_for(call->context, call->dtype)->cross_entropy->forward, &a);
  int64_t rows = a.outer * a.inner;
  void *y = sg_output_data(call->outputs[Y]);
  double sum = 0;
  for (int64_t row = 0; row < rows; row++) {
    if (options->reduction == SG_REDUCTION_NONE) store(call->dtype, y, row, a.losses[row]);
    sum += a.losses[row];
  }
  if (options->reduction != SG_REDUCTION_NONE) store(call->dtype, y, 0, sum * scale_of(call, &a));
}

static void backward(const sg_call *call) {
  const sg_cross_entropy_options *options = call->options;
  cross_entropy_arguments a = arguments_of(call, &call->input_shapes[X]);
  a.maximum = (void *)sg_tensor_data(call->outputs[MAXIMUM]);
  a.sum = (void *)sg_tensor_data(call->outputs[SUM]);
  a.scale = scale_of(call, &a);
  a.d_y = sg_tensor_data(call->d_outputs[Y]);
  a.d_y_stride = options->reduction == SG_REDUCTION_NONE ? 1 : 0;
  a.d_x = sg_output_data(call->d_inputs[X]);
  run(call, sg_kernels_for(call->context, call->dtype)->cross_entropy->backward, &a);
}

// ---- vjp ----------------------------------------------------------------------------------------------

static void vjp(const sg_call *call) {
  if (!call->needs[X]) return;
  sg_context *c = call->context;
  const sg_cross_entropy_options *options = call->options;
  const sg_shape *x = &call->input_shapes[X];
  int dimension = class_dimension(x);
  sg_shape per_row = *x;
  per_row.size[dimension] = 1;
  // q (with the weights and the scale of the reduction in it) and its sum over the classes are constants.
  sg_tensor *q = sg_tensor_new(c, call->dtype, x), *total = sg_tensor_new(c, call->dtype, &per_row);
  if (!q || !total) return;
  cross_entropy_arguments a = arguments_of(call, x);
  a.scale = scale_of(call, &a);
  a.q = sg_output_data(q);
  a.total = sg_output_data(total);
  run(call, sg_kernels_for(c, call->dtype)->cross_entropy->targets, &a);

  sg_tensor *g = call->d_outputs[Y];
  if (options->reduction == SG_REDUCTION_NONE) g = sg_reshape(c, g, &per_row);
  sg_tensor *p = sg_softmax(c, call->inputs[X], &(sg_softmax_options){dimension});
  call->d_inputs[X] = sg_mul(c, g, sg_sub(c, sg_mul(c, p, total), q));
}

// ---- samples --------------------------------------------------------------------------------------

static const sg_cross_entropy_options sum = {SG_REDUCTION_SUM, 0, -100}, none = {SG_REDUCTION_NONE, 0, -100},
                                      smooth = {SG_REDUCTION_MEAN, 0.1, -100},
                                      smooth_none = {SG_REDUCTION_NONE, 0.3, -100},
                                      ignoring = {SG_REDUCTION_MEAN, 0.2, 1},
                                      too_smooth = {SG_REDUCTION_MEAN, 1.5, -100};
static const double even[] = {0, 0, 0, 0}, ln_2[] = {M_LN2};
static const double beyond[] = {1, 12};

static const sg_sample samples[] = {
    {"worked by hand", {SG_VALUES(even, SG_DIMS(2, 2)), SG_INDICES(2, SG_DIMS(2))}, .expected = ln_2},
    {"mean", {SG_NORMAL(0, 2, SG_DIMS(4, 5)), SG_INDICES(5, SG_DIMS(4))}, .options = NULL},
    {"sum", {SG_NORMAL(0, 2, SG_DIMS(4, 5)), SG_INDICES(5, SG_DIMS(4))}, .options = &sum},
    {"none", {SG_NORMAL(0, 2, SG_DIMS(4, 5)), SG_INDICES(5, SG_DIMS(4))}, .options = &none},
    {"weights",
     {SG_NORMAL(0, 2, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(4)), SG_UNIFORM(0.5, 2, SG_DIMS(3))},
     .options = NULL},
    {"smoothing", {SG_NORMAL(0, 2, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(4))}, .options = &smooth},
    {"smoothing, weights",
     {SG_NORMAL(0, 2, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(4)), SG_UNIFORM(0.5, 2, SG_DIMS(3))},
     .options = &smooth_none},
    {"one row", {SG_NORMAL(0, 2, SG_DIMS(4)), SG_INDICES(4, SG_SCALAR)}, .options = NULL},
    {"pixels", {SG_NORMAL(0, 2, SG_DIMS(2, 3, 2, 2)), SG_INDICES(3, SG_DIMS(2, 2, 2))}, .options = &smooth},
    {"pixels, none", {SG_NORMAL(0, 2, SG_DIMS(2, 3, 2)), SG_INDICES(3, SG_DIMS(2, 2))}, .options = &none},
    {"some ignored",
     {SG_NORMAL(0, 2, SG_DIMS(6, 3)), SG_INDICES(3, SG_DIMS(6)), SG_UNIFORM(0.5, 2, SG_DIMS(3))},
     .options = &ignoring},
    {"large values", {SG_NORMAL(1000, 2, SG_DIMS(2, 3)), SG_INDICES(3, SG_DIMS(2))}, .options = NULL},
    {"no rows", {SG_NORMAL(0, 1, SG_DIMS(0, 3)), SG_INDICES(3, SG_DIMS(0))}, .options = &sum},
    {0},
};

static const sg_sample bad_samples[] = {
    {"label",
     {SG_NORMAL(0, 1, SG_DIMS(2, 3)), {SG_SAMPLE_VALUES, SG_DIMS(2), 0, 0, beyond, SG_I64}},
     .error = "] = 12 is outside"},
    {"target",
     {SG_NORMAL(0, 1, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(3))},
     .error = "cross_entropy: target has shape [3], expected [4] (x [4, 3] without its 3 classes)"},
    {"weight",
     {SG_NORMAL(0, 1, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(4)), SG_UNIFORM(0, 1, SG_DIMS(4))},
     .error = "weight has shape [4], expected [3]"},
    {"no classes", {SG_NORMAL(0, 1, SG_DIMS(4, 0)), SG_INDICES(1, SG_DIMS(4))}, .error = "there are no classes"},
    {"scalar", {SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_SCALAR)}, .error = "x has shape []"},
    {"smoothing",
     {SG_NORMAL(0, 1, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(4))},
     .options = &too_smooth,
     .error = "label_smoothing"},
    {0},
};

// ---- descriptor -----------------------------------------------------------------------------------

const sg_op op_cross_entropy = {
    .name = "cross_entropy",
    .summary = "The negative logarithm of the softmax of x at the target class.",
    .formula =
        "loss = - sum over c of weight[c] q[c] log softmax(x)[c], q[c] = (1 - label_smoothing) [c = target] + "
        "label_smoothing / C; the mean divides by the sum of weight[target]",
    .reference = "Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2016, section 7",
    .inputs = {{"x", 0, "(N, C), (C) or (N, C, d1, ...)"},
               {"target", SG_INDEX, "classes: the shape of x without C"},
               {"weight", SG_OPTIONAL | SG_UNDIFFERENTIABLE, "(C), the weight of each class; default ones"}},
    .outputs = {{"y", 0, "a scalar, or the shape of target for reduction none"},
                {"maximum", SG_UNDIFFERENTIABLE | SG_HIDDEN, "the largest x of every row"},
                {"sum", SG_UNDIFFERENTIABLE | SG_HIDDEN, "the sum of exp(x - maximum) of every row"}},
    .attributes = {SG_REDUCTION_ATTRIBUTE(sg_cross_entropy_options),
                   {"label_smoothing", SG_ATTRIBUTE_FLOAT, offsetof(sg_cross_entropy_options, label_smoothing),
                    "the share of the target that is spread evenly over all classes; default 0",
                    SG_AT_LEAST | SG_AT_MOST, 0, 1, NULL},
                   {"ignore_index", SG_ATTRIBUTE_INT, offsetof(sg_cross_entropy_options, ignore_index),
                    "rows with this target count for nothing; default -100", 0, 0, 0, NULL}},
    .options_bytes = sizeof(sg_cross_entropy_options),
    .defaults = &defaults,
    .save_inputs = 1 << X | 1 << TARGET | 1 << WEIGHT,
    .save_outputs = 1 << MAXIMUM | 1 << SUM,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_cross_entropy(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                            const sg_cross_entropy_options *options) {
  sg_tensor *outputs[3];
  sg_tensor *inputs[] = {x, target, weight};
  return sg_apply(context, &op_cross_entropy, 3, inputs, options, outputs) == SG_OK ? outputs[Y] : NULL;
}
