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
// The loss is linear in w: with the class losses A[c] = - sum over rows of g q[c] log p[c], dw = A, and for the
// mean Y = (sum over c of w[c] A[c]) / W, W = sum over c of w[c] N[c], where N[c] rows have the class c: dw = (A -
// Y N) / W. A row that is ignored has no part in anything, whatever it holds.
//
// Targets that are distributions themselves have loops of their own (soft_cross_entropy.c).
//
// Reference: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, section 7.
#include "ops/kernels/cross_entropy.h"
#include "ops/loss/class_rows.h"
#include "ops/loss/reduction.h"
#include "ops/loss/row_losses.h"
#include "ops/loss/soft_cross_entropy.h"
#include "ops/nn/softmax_family.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

#include <math.h>
#include <stdlib.h>

enum { X = SG_CLASS_X, TARGET = SG_CLASS_TARGET, WEIGHT = SG_CLASS_WEIGHT };
enum { Y = SG_CROSS_ENTROPY_Y, MAXIMUM = SG_CROSS_ENTROPY_MAXIMUM, REST = SG_CROSS_ENTROPY_REST };

static const sg_cross_entropy_options defaults = {SG_REDUCTION_MEAN, 0, -100};

// ---- prepare ----------------------------------------------------------------------------------------

static sg_status check(const sg_call *call) {
  if (sg_is_soft_target(call->inputs[TARGET])) return sg_soft_cross_entropy_check(call);
  return sg_check_targets(call, &((const sg_cross_entropy_options *)call->options)->ignore_index);
}

static sg_status prepare(sg_plan *plan) {
  const sg_cross_entropy_options *options = plan->options;
  sg_shape rows;
  const bool soft = sg_is_soft_target(plan->inputs[TARGET]);
  if (soft ? sg_soft_cross_entropy_plan(plan, &rows) : sg_plan_class_rows(plan, &rows))
    return sg_error_status(plan->context);
  plan->output_shape[Y] = options->reduction == SG_REDUCTION_NONE ? rows : (sg_shape)SG_SCALAR;
  plan->output_shape[MAXIMUM] = plan->output_shape[REST] = rows;
  plan->scratch_bytes = (size_t)sg_shape_elements(&rows) * sizeof(double);
  if (plan->inputs[WEIGHT] && sg_tensor_requires_grad(plan->inputs[WEIGHT]))
    plan->backward_scratch_bytes =
        (size_t)sg_plan_shape(plan, WEIGHT)->size[0] * CROSS_ENTROPY_SHARES * sizeof(double);
  return SG_OK;
}

// ---- forward and backward -----------------------------------------------------------------------------

static cross_entropy_arguments arguments_of(const sg_call *call, const sg_shape *x) {
  const sg_cross_entropy_options *options = call->options;
  int dimension = sg_class_dimension(x);
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

static int64_t counted_rows(const cross_entropy_arguments *a) {
  int64_t count = 0;
  for (int64_t row = 0; row < a->outer * a->inner; row++) count += a->target[row] != a->ignore_index;
  return count;
}

// The mean is the same for weights times any number: a power of two that brings them near to 1, where their
// products would leave the range of double.
static double unit_of_weights(const cross_entropy_arguments *a, const sg_tensor *weight) {
  double largest = 0;
  for (int64_t row = 0; row < a->outer * a->inner; row++) {
    if (a->target[row] == a->ignore_index) continue;
    double size = fabs(sg_tensor_value(weight, a->target[row] - a->index_base));
    if (size > largest && isfinite(size)) largest = size;
  }
  int exponent = 0;
  frexp(largest, &exponent);
  if (abs(exponent) < 500) return 1;
  return ldexp(1, exponent > 1000 ? -1000 : exponent < -1000 ? 1000 : -exponent);
}

// For the mean 1 / rows, the unit of the weights, and W / rows in that unit: W, the sum of the weights of the rows'
// classes, may overflow where they do not.
static void set_scale(const sg_call *call, cross_entropy_arguments *a) {
  const sg_cross_entropy_options *options = call->options;
  a->scale = a->total = a->unit = 1;
  if (options->reduction != SG_REDUCTION_MEAN) return;
  a->scale = 1 / (double)counted_rows(a);
  if (!a->weight) return;
  const sg_tensor *weight = call->inputs[WEIGHT];
  a->unit = unit_of_weights(a, weight);
  a->total = 0;
  for (int64_t row = 0; row < a->outer * a->inner; row++)
    if (a->target[row] != a->ignore_index)
      a->total += sg_tensor_value(weight, a->target[row] - a->index_base) * a->unit * a->scale;
}

static void store(sg_dtype dtype, void *y, int64_t position, double value) {
  if (dtype == SG_F32)
    ((float *)y)[position] = (float)value;
  else
    ((double *)y)[position] = value;
}

static void forward(const sg_call *call) {
  if (sg_is_soft_target(call->inputs[TARGET])) {
    sg_soft_cross_entropy_forward(call);
    return;
  }
  const sg_cross_entropy_options *options = call->options;
  cross_entropy_arguments a = arguments_of(call, sg_tensor_shape(call->inputs[X]));
  a.maximum = sg_output_data(call->outputs[MAXIMUM]);
  a.rest = sg_output_data(call->outputs[REST]);
  a.losses = call->scratch;
  set_scale(call, &a);
  run(call, sg_kernels_for(call->context, call->dtype)->cross_entropy->forward, &a);
  sg_row_losses_store(call, options->reduction, a.losses, a.outer * a.inner, a.scale, a.total);
}

static void count_rows(const cross_entropy_arguments *a, double *rows) {
  for (int64_t c = 0; c < a->classes; c++) rows[c] = 0;
  for (int64_t row = 0; row < a->outer * a->inner; row++)
    if (a->target[row] != a->ignore_index) rows[a->target[row] - a->index_base]++;
}

// dw from the class losses, which are added up in the first share; the second one then has room for the counts.
static void store_weight_gradient(const sg_call *call, const cross_entropy_arguments *a) {
  const sg_cross_entropy_options *options = call->options;
  double *losses = a->class_losses, *rows = losses + a->classes;
  for (int64_t c = 0; c < a->classes; c++)
    for (int64_t share = 1; share < CROSS_ENTROPY_SHARES; share++) losses[c] += losses[share * a->classes + c];
  if (options->reduction == SG_REDUCTION_MEAN) {
    double y = 0;
    count_rows(a, rows);
    for (int64_t c = 0; c < a->classes; c++)
      if (rows[c] > 0 || a->smoothing != 0)
        y += sg_tensor_value(call->inputs[WEIGHT], c) * a->unit / a->total * losses[c];
    for (int64_t c = 0; c < a->classes; c++)
      losses[c] = (losses[c] - y * (rows[c] * a->scale)) / a->total * a->unit;
  }
  void *d_weight = sg_output_data(call->d_inputs[WEIGHT]);
  double g = a->d_y_stride == 0 ? sg_tensor_value(call->d_outputs[Y], 0) : 1;
  for (int64_t c = 0; c < a->classes; c++)
    store(call->dtype, d_weight, c, (call->dtype == SG_F32 ? (double)(float)losses[c] : losses[c]) * g);
}

static void backward(const sg_call *call) {
  if (sg_is_soft_target(call->inputs[TARGET])) {
    sg_soft_cross_entropy_backward(call);
    return;
  }
  const sg_cross_entropy_options *options = call->options;
  const cross_entropy_kernels *kernels = sg_kernels_for(call->context, call->dtype)->cross_entropy;
  cross_entropy_arguments a = arguments_of(call, &call->input_shapes[X]);
  a.maximum = (void *)sg_tensor_data(call->outputs[MAXIMUM]);
  a.rest = (void *)sg_tensor_data(call->outputs[REST]);
  set_scale(call, &a);
  a.d_y = sg_tensor_data(call->d_outputs[Y]);
  a.d_y_stride = options->reduction == SG_REDUCTION_NONE ? 1 : 0;
  if (call->d_inputs[X]) {
    a.d_x = sg_output_data(call->d_inputs[X]);
    run(call, kernels->backward, &a);
  }
  if (call->d_inputs[WEIGHT]) {
    a.class_losses = call->scratch;
    sg_parallel(call->context, CROSS_ENTROPY_SHARES, 1, kernels->class_losses, &a);
    store_weight_gradient(call, &a);
  }
}

// ---- vjp ----------------------------------------------------------------------------------------------

// What the recorded derivatives are made of, all of shapes that broadcast to x's.
typedef struct terms {
  int dimension; // of the classes
  sg_tensor *q,
      *counted;         // constants: the target distributions, and 1 in rows that are not ignored; NULL: all count
  sg_tensor *log_p, *g; // g: the cotangent of each row's loss, or of the loss
  double scale;         // of the rows' losses in y
  sg_tensor *weight;    // over total for the mean; NULL: ones
  // Of the mean with weights, in f64, since W in f32 may overflow or lose its digits where the weights do not: the
  // share of each class in the rows, the weights times `unit`, and their mean W / rows.
  sg_tensor *share, *wide_weight, *total;
  double unit;
  bool smooth; // every row has a share of every class
} terms;

// t in rows that count, 0 in the others.
static sg_tensor *counted(sg_context *c, const terms *t, sg_tensor *tensor) {
  return t->counted ? sg_where(c, t->counted, tensor, sg_scalar_like(c, tensor, 0)) : tensor;
}

// A constant factor times a tensor, where 0 times infinity is 0.
static sg_tensor *times(sg_context *c, sg_tensor *factor, sg_tensor *tensor) {
  return sg_where(c, factor, sg_mul(c, factor, tensor), sg_scalar_like(c, factor, 0));
}

static sg_tensor *mask_of_rows(const sg_call *call, const cross_entropy_arguments *a, const sg_shape *per_row) {
  int64_t rows = a->outer * a->inner;
  sg_tensor *mask = counted_rows(a) == rows ? NULL : sg_tensor_new(call->context, SG_I64, per_row);
  if (!mask) return NULL;
  int64_t *values = sg_output_data(mask);
  for (int64_t row = 0; row < rows; row++) values[row] = a->target[row] != a->ignore_index;
  return mask;
}

static bool make_terms(const sg_call *call, terms *t) {
  sg_context *c = call->context;
  const sg_cross_entropy_options *options = call->options;
  const sg_shape *x = &call->input_shapes[X];
  *t = (terms){.dimension = sg_class_dimension(x), .scale = 1, .smooth = options->label_smoothing != 0};
  sg_shape per_row = *x, per_class = {.rank = x->rank};
  per_row.size[t->dimension] = 1;
  for (int i = 0; i < x->rank; i++) per_class.size[i] = i == t->dimension ? x->size[i] : 1;

  cross_entropy_arguments a = arguments_of(call, x);
  t->q = sg_tensor_new(c, call->dtype, x);
  if (!t->q) return false;
  a.q = sg_output_data(t->q);
  run(call, sg_kernels_for(c, call->dtype)->cross_entropy->targets, &a);
  t->counted = mask_of_rows(call, &a, &per_row);
  t->log_p = sg_log_softmax(c, counted(c, t, call->inputs[X]), &(sg_softmax_options){t->dimension});
  t->g = call->d_outputs[Y];
  if (options->reduction == SG_REDUCTION_NONE) t->g = counted(c, t, sg_reshape(c, t->g, &per_row));
  if (call->inputs[WEIGHT]) t->weight = sg_reshape(c, call->inputs[WEIGHT], &per_class);
  t->scale = options->reduction == SG_REDUCTION_MEAN ? 1 / (double)counted_rows(&a) : 1;
  if (options->reduction == SG_REDUCTION_MEAN && t->weight) {
    sg_tensor *share = sg_tensor_new(c, SG_F64, &per_class);
    if (!share) return false;
    double *shares = sg_output_data(share);
    count_rows(&a, shares);
    for (int64_t class = 0; class < a.classes; class ++) shares[class] *= t->scale;
    t->share = share;
    t->wide_weight = sg_to(c, t->weight, SG_F64);
    t->unit = unit_of_weights(&a, call->inputs[WEIGHT]);
    if (t->unit != 1) t->wide_weight = sg_mul_scalar(c, t->wide_weight, t->unit);
    t->total = sg_sum(c, times(c, share, t->wide_weight), NULL);
    t->weight = sg_to(c, sg_div(c, t->wide_weight, t->total), call->dtype);
  }
  return true;
}

static sg_tensor *x_gradient(sg_context *c, const terms *t) {
  sg_tensor *w_q = t->weight ? times(c, t->q, t->weight) : t->q;
  // Without smoothing all that arrives at log p is at the target; as in the fused form it is the class apart.
  sg_tensor *apart = t->smooth ? NULL : sg_softmax_largest(c, t->q, t->dimension);
  sg_tensor *slope = sg_log_softmax_gradient(c, t->log_p, sg_mul_scalar(c, w_q, -t->scale), apart, t->dimension);
  return counted(c, t, sg_mul(c, t->g, slope));
}

static sg_tensor *weight_gradient(sg_context *c, const terms *t) {
  // Reduction none has a cotangent for each row, the others one for their sum.
  bool each = sg_tensor_shape(t->g)->rank > 0;
  sg_tensor *losses = times(c, t->q, t->log_p);
  if (each) losses = sg_where(c, t->q, sg_mul(c, losses, t->g), sg_scalar_like(c, losses, 0));
  sg_tensor *a = sg_sum_to(c, sg_mul_scalar(c, losses, -t->scale), sg_tensor_shape(t->weight));
  if (each) return a;
  if (t->total) {
    sg_tensor *wide = sg_to(c, a, SG_F64);
    sg_tensor *part = sg_mul(c, sg_div(c, t->wide_weight, t->total), wide);
    // A class of no row has no part, whatever its weight.
    if (!t->smooth) part = sg_where(c, t->share, part, sg_scalar_like(c, part, 0));
    sg_tensor *y = sg_sum(c, part, NULL);
    wide = sg_div(c, sg_sub(c, wide, sg_mul(c, y, t->share)), t->total);
    if (t->unit != 1) wide = sg_mul_scalar(c, wide, t->unit);
    a = sg_to(c, wide, sg_tensor_dtype(t->g));
  }
  return sg_mul(c, a, t->g);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  if (sg_is_soft_target(call->inputs[TARGET])) {
    sg_soft_cross_entropy_vjp(call);
    return;
  }
  terms t;
  if (!make_terms(call, &t) || sg_error_status(c)) return;
  if (call->needs[X]) call->d_inputs[X] = x_gradient(c, &t);
  if (call->needs[WEIGHT])
    call->d_inputs[WEIGHT] = sg_reshape(c, weight_gradient(c, &t), &call->input_shapes[WEIGHT]);
}

// ---- samples --------------------------------------------------------------------------------------

static const sg_cross_entropy_options sum = {SG_REDUCTION_SUM, 0, -100}, none = {SG_REDUCTION_NONE, 0, -100},
                                      smooth = {SG_REDUCTION_MEAN, 0.1, -100},
                                      smooth_none = {SG_REDUCTION_NONE, 0.3, -100},
                                      ignoring = {SG_REDUCTION_MEAN, 0.2, 1},
                                      ignoring_none = {SG_REDUCTION_NONE, 0.2, 1};
static const double even[] = {0, 0, 0, 0}, ln_2[] = {M_LN2};
static const double beyond[] = {1, 12};

const sg_op op_cross_entropy = {
    SG_COMPUTED(cross_entropy, prepare, forward, vjp),
    SG_WORDS(
        "The negative logarithm of the softmax of x at the target class, or its mean over target probabilities.",
        "loss = - sum over c of weight[c] q[c] log softmax(x)[c], q[c] = (1 - label_smoothing) [c = target] + "
        "label_smoothing / C, with target[c] in the place of [c = target] where target holds probabilities; the "
        "mean "
        "divides by the sum of weight[target], of probabilities by the number of rows",
        "Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2016, section 7"),
    .inputs = SG_PORTS({"x", 0, "(N, C), (C) or (N, C, d1, ...)"},
                       {"target", SG_INDEX | SG_FLOATING_TOO,
                        "classes: the shape of x without C; or a probability for each class: the shape of x"},
                       {"weight", SG_OPTIONAL, "(C), the weight of each class; default ones"}),
    .outputs =
        SG_PORTS({"y", 0, "a scalar, or the shape of target for reduction none"},
                 {"maximum", SG_UNDIFFERENTIABLE | SG_HIDDEN, "the largest x of every row"},
                 {"rest", SG_UNDIFFERENTIABLE | SG_HIDDEN, "the sum of exp(x - maximum) of every row, less 1"}),
    SG_OPTIONS(sg_cross_entropy_options, &defaults, SG_REDUCTION_OPTION(sg_cross_entropy_options),
               SG_OPTION(sg_cross_entropy_options, ignore_index, INT,
                         "rows with this target count for nothing; default -100"),
               SG_OPTION(sg_cross_entropy_options, label_smoothing, FLOAT,
                         "the share of the target that is spread evenly over all classes; default 0",
                         SG_AT_LEAST | SG_AT_MOST, 0, 1)),
    .save_inputs = 1 << X | 1 << TARGET | 1 << WEIGHT,
    .save_outputs = 1 << MAXIMUM | 1 << REST,
    .check = check,
    .backward = backward,
    .samples = SG_SAMPLES(
        {"worked by hand", SG_ON(SG_VALUES(even, SG_DIMS(2, 2)), SG_INDICES(2, SG_DIMS(2))), .expected = ln_2},
        {"mean", SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 5)), SG_INDICES(5, SG_DIMS(4)))},
        {"sum", SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 5)), SG_INDICES(5, SG_DIMS(4))), .options = &sum},
        {"none", SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 5)), SG_INDICES(5, SG_DIMS(4))), .options = &none},
        {"weights",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(4)), SG_UNIFORM(0.5, 2, SG_DIMS(3)))},
        {"weights, sum",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(4)), SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         .options = &sum},
        {"weights, pixels",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 3, 2, 2)), SG_INDICES(3, SG_DIMS(2, 2, 2)),
               SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         .options = &smooth},
        {"weights, one row",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(4)), SG_INDICES(4, SG_SCALAR), SG_UNIFORM(0.5, 2, SG_DIMS(4))),
         .options = &smooth},
        {"smoothing", SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(4))), .options = &smooth},
        {"smoothing, weights",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 3)), SG_INDICES(3, SG_DIMS(4)), SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         .options = &smooth_none},
        {"one row", SG_ON(SG_NORMAL(0, 2, SG_DIMS(4)), SG_INDICES(4, SG_SCALAR))},
        {"pixels", SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 3, 2, 2)), SG_INDICES(3, SG_DIMS(2, 2, 2))),
         .options = &smooth},
        {"pixels, none", SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 3, 2)), SG_INDICES(3, SG_DIMS(2, 2))), .options = &none},
        {"some ignored",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(6, 3)), SG_INDICES(3, SG_DIMS(6)), SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         .options = &ignoring},
        {"some ignored, none",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(6, 3)), SG_INDICES(3, SG_DIMS(6)), SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         .options = &ignoring_none},
        {"large values", SG_ON(SG_NORMAL(1000, 2, SG_DIMS(2, 3)), SG_INDICES(3, SG_DIMS(2)))},
        {"no rows", SG_ON(SG_RANDN(0, 3), SG_INDICES(3, SG_DIMS(0))), .options = &sum},
        {"probabilities by hand",
         SG_ON(SG_VALUES(even, SG_DIMS(2, 2)), SG_VALUES(SG_NUMBERS(0.25, 0.75, 0.875, 0.125), SG_DIMS(2, 2))),
         .expected = ln_2},
        {"probabilities", SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 5)), SG_UNIFORM(0.2, 0.8, SG_DIMS(4, 5)))},
        {"probabilities, weights, smoothing",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 3)), SG_UNIFORM(0.2, 0.8, SG_DIMS(4, 3)), SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         .options = &smooth},
        {"probabilities, weights, none",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(4, 3)), SG_UNIFORM(0.2, 0.8, SG_DIMS(4, 3)), SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         .options = &smooth_none},
        {"probabilities, one row, sum", SG_ON(SG_NORMAL(0, 2, SG_DIMS(4)), SG_UNIFORM(0, 1, SG_DIMS(4))),
         .options = &sum},
        {"probabilities, pixels",
         SG_ON(SG_NORMAL(0, 2, SG_DIMS(2, 3, 2, 2)), SG_UNIFORM(0.2, 0.8, SG_DIMS(2, 3, 2, 2)),
               SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         .options = &smooth},
        {"probabilities, no rows", SG_ON(SG_RANDN(0, 3), SG_RANDN(0, 3)), .options = &sum}),
    .bad_samples = SG_SAMPLES(
        {"label", SG_ON(SG_RANDN(2, 3), {SG_SAMPLE_VALUES, SG_DIMS(2), 0, 0, beyond, SG_I64}),
         .error = "] = 12 is outside"},
        {"target", SG_ON(SG_RANDN(4, 3), SG_INDICES(3, SG_DIMS(3))),
         .error = "cross_entropy: target has shape [3], expected [4] (x [4, 3] without its 3 classes)"},
        {"weight", SG_ON(SG_RANDN(4, 3), SG_INDICES(3, SG_DIMS(4)), SG_UNIFORM(0, 1, SG_DIMS(4))),
         .error = "weight has shape [4], expected [3]"},
        {"probabilities", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 2)),
         .error = "target has shape [4, 2], expected that of x, [4, 3]: a probability for each class"},
        {"no probabilities", SG_ON(SG_RANDN(1, 2), SG_VALUES(SG_NUMBERS(1.5, 0), SG_DIMS(1, 2))),
         .error = "target holds 1.5 (element"},
        {"probabilities and ignored", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 3)), .options = &ignoring,
         .error = "ignore_index is 1, and target holds probabilities"},
        {"no classes", SG_ON(SG_RANDN(4, 0), SG_INDICES(1, SG_DIMS(4))), .error = "there are no classes"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_SCALAR)), .error = "x has shape []"}),
};

sg_tensor *sg_cross_entropy(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                            const sg_cross_entropy_options *options) {
  sg_tensor *outputs[3];
  sg_tensor *inputs[] = {x, target, weight};
  return sg_apply(context, &op_cross_entropy, 3, inputs, options, outputs) == SG_OK ? outputs[Y] : NULL;
}
