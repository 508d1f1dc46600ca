// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a x b along a dimension of extent 3. It is bilinear, and <g, a x b> = <b x g, a> = <g x a, b>: for a
// cotangent g
//
//   d_a = b x g    d_b = g x a
#include "ops/ops.h"

typedef struct cross_options {
  int64_t dim;
} cross_options;

static const cross_options defaults = {.dim = -1};

// The plan: y is outer x 3 x inner. The operands too, or with the dimensions of y and these distances, 0 where they
// broadcast.
typedef struct product {
  int dim;
  int64_t inner;
  bool broadcast;
  sg_shape y;
  int64_t distance[2][SG_MAX_RANK];
} product;

static void find_distances(const sg_shape *operand, int64_t *distance) {
  int64_t step = 1;
  for (int i = operand->rank - 1; i >= 0; i--) {
    distance[i] = operand->size[i] == 1 ? 0 : step;
    step *= operand->size[i];
  }
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *a = sg_plan_shape(plan, 0), *b = sg_plan_shape(plan, 1);
  const sg_text text_a = sg_shape_text(a), text_b = sg_shape_text(b);
  product *p = plan->own;
  if (a->rank != b->rank || a->rank == 0)
    return sg_reject(plan, "a %s and b %s must have the same number of dimensions, one at least", text_a.text,
                     text_b.text);
  if (sg_plan_dimension(plan, 0, ((const cross_options *)plan->options)->dim, &p->dim))
    return sg_error_status(plan->context);
  if (a->size[p->dim] != 3 || b->size[p->dim] != 3)
    return sg_reject(plan, "a %s and b %s must have extent 3 in dimension %lld", text_a.text, text_b.text,
                     (long long)sg_plan_named_dimension(plan, p->dim));
  if (!sg_shape_broadcast(a, b, &p->y))
    return sg_reject(plan, "the other dimensions of a %s and b %s do not broadcast", text_a.text, text_b.text);
  plan->output_shape[0] = p->y;
  p->broadcast = !sg_shape_equal(a, b);
  int64_t elements;
  if (!sg_shape_count(&p->y, &elements) || elements == 0) return SG_OK; // nothing to compute, or too much
  p->inner = 1;
  for (int i = p->dim + 1; i < a->rank; i++) p->inner *= p->y.size[i];
  if (p->broadcast) find_distances(a, p->distance[0]), find_distances(b, p->distance[1]);
  return SG_OK;
}

typedef struct vectors {
  const product *p;
  sg_dtype dtype;
  const void *a, *b;
  void *y;
} vectors;

// Where vector number i of an operand begins.
static int64_t locate(const product *p, int operand, int64_t i) {
  if (!p->broadcast) return i / p->inner * 3 * p->inner + i % p->inner;
  int64_t at = 0;
  for (int d = p->y.rank - 1; d >= 0; d--) {
    if (d == p->dim) continue;
    at += i % p->y.size[d] * p->distance[operand][d];
    i /= p->y.size[d];
  }
  return at;
}

// In double: products of f32 are exact then, and a difference of two rounded ones keeps its digits.
static void multiply_f32(const float *a, int64_t step_a, const float *b, int64_t step_b, float *y, int64_t step) {
  const double a1 = (double)a[0], a2 = (double)a[step_a], a3 = (double)a[2 * step_a];
  const double b1 = (double)b[0], b2 = (double)b[step_b], b3 = (double)b[2 * step_b];
  y[0] = (float)(a2 * b3 - a3 * b2);
  y[step] = (float)(a3 * b1 - a1 * b3);
  y[2 * step] = (float)(a1 * b2 - a2 * b1);
}

static void multiply_f64(const double *a, int64_t step_a, const double *b, int64_t step_b, double *y,
                         int64_t step) {
  const double a1 = a[0], a2 = a[step_a], a3 = a[2 * step_a], b1 = b[0], b2 = b[step_b], b3 = b[2 * step_b];
  y[0] = a2 * b3 - a3 * b2;
  y[step] = a3 * b1 - a1 * b3;
  y[2 * step] = a1 * b2 - a2 * b1;
}

static void multiply(const void *arguments, int64_t begin, int64_t end) {
  const vectors *v = arguments;
  const product *p = v->p;
  const int64_t step_a = p->broadcast ? p->distance[0][p->dim] : p->inner;
  const int64_t step_b = p->broadcast ? p->distance[1][p->dim] : p->inner;
  for (int64_t i = begin; i < end; i++) {
    const int64_t a = locate(p, 0, i), b = locate(p, 1, i), y = i / p->inner * 3 * p->inner + i % p->inner;
    if (v->dtype == SG_F32)
      multiply_f32((const float *)v->a + a, step_a, (const float *)v->b + b, step_b, (float *)v->y + y, p->inner);
    else
      multiply_f64((const double *)v->a + a, step_a, (const double *)v->b + b, step_b, (double *)v->y + y,
                   p->inner);
  }
}

static void forward(const sg_call *call) {
  const vectors v = {call->plan, call->dtype, sg_input_data(call, 0), sg_input_data(call, 1),
                     sg_output_data(call->outputs[0])};
  sg_parallel(call->context, sg_tensor_elements(call->outputs[0]) / 3, sg_grain(3), multiply, &v);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const product *p = call->plan;
  sg_tensor *a = call->inputs[0], *b = call->inputs[1], *g = call->d_outputs[0];
  if (call->needs[0]) call->d_inputs[0] = sg_sum_to(c, sg_cross(c, b, g, p->dim), &call->input_shapes[0]);
  if (call->needs[1]) call->d_inputs[1] = sg_sum_to(c, sg_cross(c, g, a, p->dim), &call->input_shapes[1]);
}

#define WITH(dim) SG_WITH(cross_options, dim)

const sg_op op_cross = {
    SG_COMPUTED(cross, prepare, forward, vjp),
    SG_WORDS("The cross products of vectors of three elements; the other dimensions broadcast.",
             "y[1] = a[2] b[3] - a[3] b[2], and so on in turn; d_a = b x d_y, d_b = d_y x a", "Elementary"),
    .inputs = SG_PORTS({"a", 0, "(..., 3, ...)"}, {"b", 0, "(..., 3, ...)"}),
    .outputs = SG_PORTS({"y", 0, "their shape"}),
    SG_OPTIONS(cross_options, &defaults, SG_OPTION(cross_options, dim, DIM, "the dimension of the vectors")),
    .save_inputs = 1 << 0 | 1 << 1,
    .plan_bytes = sizeof(product),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2, 3), SG_VECTOR(4, 5, 7)), SG_GIVES(-1, 5, -3)},
                          {"rows", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 3))},
                          {"columns", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4)), WITH(0)},
                          {"in between", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 3, 4)), WITH(1)},
                          {"broadcast", SG_ON(SG_RANDN(2, 3, 1), SG_RANDN(1, 3, 4)), WITH(-2)},
                          {"one for all", SG_ON(SG_RANDN(5, 3), SG_RANDN(1, 3))},
                          {"none", SG_ON(SG_RANDN(0, 3), SG_RANDN(0, 3))}),
    .bad_samples = SG_SAMPLES(
        {"ranks", SG_ON(SG_RANDN(3), SG_RANDN(2, 3)), .error = "the same number of dimensions"},
        {"extent", SG_ON(SG_RANDN(2), SG_RANDN(2)), .error = "must have extent 3"},
        {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR)), .error = "one at least"},
        {"others", SG_ON(SG_RANDN(2, 3), SG_RANDN(4, 3)), .error = "do not broadcast"}),
};

sg_tensor *sg_cross(sg_context *context, sg_tensor *a, sg_tensor *b, int64_t dim) {
  return sg_apply_one(context, &op_cross, 2, (sg_tensor *[]){a, b}, &(cross_options){dim});
}
