// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every elementwise op, its first derivatives, fused and recorded, and its second ones, over the whole range of f32
// and f64: every exponent, both signs, subnormal numbers, zeros, infinities and NaN, against long double.
//
// An op counts as elementwise when its results have the shape of its inputs and each depends on the elements in its
// own place, as every other does on those in its place: what drops elements at random is none. It then needs a line
// in a table of tests/support/reference_tables.h.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/elementwise_reference.h"
#include "tests/support/registry.h"

enum { PROBE = 9, PAIR_SIDE = 84, TRIPLE_SIDE = 17, OPERANDS = REFERENCE_INPUTS };

// ---- Which ops are elementwise ----------------------------------------------------------------------

// Floating inputs that must be given; 0 when there are indices or more than three.
static int operands_of(const sg_op *op) {
  int count = 0;
  for (int i = 0; i < sg_op_input_ports(op); i++) {
    if (sg_op_inputs(op)[i].flags & SG_OPTIONAL) continue;
    if (sg_op_inputs(op)[i].flags & (SG_INDEX | SG_VARIADIC | SG_HIDDEN) || ++count > OPERANDS) return 0;
    if (sg_op_inputs(op)[i].flags & SG_ANY_DTYPE && !(sg_op_inputs(op)[i].flags & SG_NUMERIC) && i > 0) return 0;
  }
  // What writes in place has the row of the op that does not.
  const unsigned others = SG_INDEX | SG_WRITTEN | SG_VARIADIC;
  return sg_op_output_ports(op) == 1 && !(sg_op_outputs(op)[0].flags & others) ? count : 0;
}

// The op at operands of the shape [count]; NULL where it refuses.
static sg_tensor *apply_to(const test_case *test, sg_context *context, int operands, sg_tensor **inputs) {
  sg_tensor *all[SG_MAX_PORTS] = {NULL};
  for (int i = 0; i < operands; i++) all[i] = inputs[i];
  reset_random(context);
  sg_tensor *y = sg_apply_one(context, test->op, sg_op_input_ports(test->op), all, test->sample->options);
  if (!y) sg_error_clear(context);
  return y;
}

static sg_tensor *vector(sg_context *context, sg_dtype dtype, int64_t count, const double *values) {
  return sg_tensor_to(context, sg_tensor_from(context, SG_F64, &(sg_shape){1, {count}}, values), dtype);
}

// Of the floating dtype of the inputs, or answers to questions.
static bool has_values(const sg_op *op, const sg_tensor *y, sg_dtype dtype) {
  const bool step = sg_op_outputs(op)[0].flags & SG_STEP;
  return sg_tensor_dtype(y) == (step && sg_tensor_dtype(y) == SG_BOOL ? SG_BOOL : dtype);
}

// Whether equal elements have equal results, wherever they are.
static bool is_same_everywhere(const test_case *test, int operands) {
  sg_tensor *inputs[OPERANDS];
  for (int i = 0; i < operands; i++) {
    double values[PROBE];
    for (int k = 0; k < PROBE; k++) values[k] = 0.3 + 0.05 * i;
    inputs[i] = vector(test->context, SG_F64, PROBE, values);
  }
  const sg_tensor *y = apply_to(test, test->context, operands, inputs);
  for (int k = 1; y && k < PROBE; k++)
    if (sg_tensor_value(y, k) != sg_tensor_value(y, 0)) return false;
  return true;
}

// Changes one element after the other: no other result may change.
static bool is_elementwise(const test_case *test, int operands) {
  sg_context *context = test->context;
  sg_tensor *inputs[OPERANDS], *y[2];
  for (int changed = 0; changed < PROBE; changed++) {
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < operands; i++) {
        double values[PROBE];
        for (int k = 0; k < PROBE; k++) values[k] = 0.3 + 0.11 * k + 0.05 * i;
        if (pass) values[changed] += 5;
        inputs[i] = vector(context, SG_F64, PROBE, values);
      }
      y[pass] = apply_to(test, context, operands, inputs);
      if (!y[pass] || !sg_shape_equal(sg_tensor_shape(y[pass]), sg_tensor_shape(inputs[0]))) return false;
      if (!has_values(test->op, y[pass], SG_F64)) return false;
    }
    for (int k = 0; k < PROBE; k++) {
      const double before = sg_tensor_value(y[0], k), after = sg_tensor_value(y[1], k);
      if (k != changed && before != after && !(isnan(before) && isnan(after))) return false;
    }
  }
  return is_same_everywhere(test, operands);
}

static reference_point parameters_of(const test_case *test) {
  reference_point p = {0};
  const char *options = test->sample->options ? test->sample->options : sg_op_defaults(test->op);
  const sg_attribute *attribute = sg_op_attributes(test->op);
  for (int k = 0; k < 3 && attribute[k].name; k++) {
    if (attribute[k].type == SG_ATTRIBUTE_FLOAT)
      p.parameter[k] = (long double)*(const double *)(options + attribute[k].offset);
    if (attribute[k].type == SG_ATTRIBUTE_CHOICE) p.parameter[k] = *(const int *)(options + attribute[k].offset);
    if (attribute[k].type == SG_ATTRIBUTE_BOOL) p.parameter[k] = *(const bool *)(options + attribute[k].offset);
    if (attribute[k].type == SG_ATTRIBUTE_INT) p.parameter[k] = *(const int64_t *)(options + attribute[k].offset);
  }
  return p;
}

// ---- The points -------------------------------------------------------------------------------------

// Zeros, infinities, NaN, and numbers of every exponent and both signs; `values` has room for what is returned.
static int64_t whole_range(sg_dtype dtype, double **values) {
  static const double mantissas[] = {1, 1.05, 1.27837, 1.6, 1.99};
  const double special[] = {0.0, -0.0, HUGE_VAL, -HUGE_VAL, (double)NAN, 1.8, -1.8};
  int lowest = dtype == SG_F32 ? -149 : -1074, highest = dtype == SG_F32 ? 127 : 1023;
  size_t count = 0, room = (size_t)(highest - lowest + 1) * 10 + 3000;
  double *x = malloc(room * sizeof *x);
  for (size_t k = 0; k < sizeof special / sizeof *special; k++) x[count++] = special[k];
  for (int exponent = lowest; exponent <= highest; exponent++)
    for (int k = 0; k < 10; k++) x[count++] = ldexp(k % 2 ? -mantissas[k / 2] : mantissas[k / 2], exponent);
  // Where exponentials decay, one exponent says too little.
  double step = dtype == SG_F32 ? 0.1001 : 0.7501;
  for (int k = -1400; k <= 1400; k++) x[count++] = k * step;
  *values = x;
  return (int64_t)count;
}

// Numbers of a few exponents, to be paired.
static void sides(sg_dtype dtype, double *x) {
  static const int exponents[] = {-149, -148, -140, -127, -100, -64, -20, -3, -1, 0, 1, 3, 20, 63, 64, 100, 127};
  static const double mantissas[] = {1, 1.37},
                      special[] = {0.0, -0.0, HUGE_VAL, -HUGE_VAL, (double)NAN, 1,    0.25, 0.5,
                                   2,   3,    3,        -1,        -2,          1e-3, 7.5,  -3};
  int count = 0;
  for (size_t k = 0; k < sizeof special / sizeof *special; k++) x[count++] = special[k];
  for (size_t e = 0; e < sizeof exponents / sizeof *exponents; e++) {
    int exponent = exponents[e];
    if (dtype == SG_F64)
      exponent = exponent <= -127 ? exponent - 925 : exponent >= 63 ? exponent * 8 + 7 : exponent * 5;
    for (int k = 0; k < 4; k++) x[count++] = ldexp(k % 2 ? -mantissas[k / 2] : mantissas[k / 2], exponent);
  }
  assert_int_equal(count, PAIR_SIDE);
}

typedef struct grid {
  int operands;
  int64_t count;
  double *x[OPERANDS];
} grid;

static grid grid_of(int operands, sg_dtype dtype) {
  grid g = {.operands = operands};
  if (operands == 1) {
    g.count = whole_range(dtype, &g.x[0]);
    return g;
  }
  double pair[PAIR_SIDE], triple[TRIPLE_SIDE];
  sides(dtype, pair);
  for (int k = 0; k < TRIPLE_SIDE; k++) triple[k] = pair[k * 5]; // special numbers and ordinary ones of both signs
  const double *side = operands == 2 ? pair : triple;
  const int64_t length = operands == 2 ? PAIR_SIDE : TRIPLE_SIDE;
  g.count = operands == 2 ? length * length : length * length * length;
  for (int i = 0; i < operands; i++) g.x[i] = malloc((size_t)g.count * sizeof(double));
  for (int64_t k = 0; k < g.count; k++) {
    int64_t rest = k;
    for (int i = operands - 1; i >= 0; i--, rest /= length) g.x[i][k] = side[rest % length];
  }
  return g;
}

// ---- Judging ----------------------------------------------------------------------------------------

// The result may be the exact one of inputs that differ from the given ones by a few roundings, and may be rounded
// a few times itself: the composition of a second derivative is some ten operations of at most one unit in the last
// place each. Where the function has a large condition number, the first of the two is the larger, and no formula
// could do better; elsewhere it says nothing but "few roundings".
enum { ROUNDINGS = 24 };

static long double roundings(sg_dtype dtype) { return ROUNDINGS * (dtype == SG_F32 ? 0x1p-24L : 0x1p-53L); }

static long double error_bound(const reference *r, const reference_point *p, int n, int m, sg_dtype dtype,
                               long double want) {
  const long double delta = roundings(dtype);
  const long double smallest = dtype == SG_F32 ? 0x1p-149L : 0x1p-1074L;
  long double bound = delta * fabsl(want);
  for (int i = 0; i < OPERANDS; i++) {
    if (p->x[i] == 0) continue; // or it is no operand
    for (int side = -1; side <= 1; side += 2) {
      reference_point q = *p;
      q.x[i] *= 1 + side * delta;
      long double moved = fabsl(reference_value(r, &q, n, m) - want);
      if (moved > bound) bound = moved;
    }
  }
  // Below the smallest normal number digits are lost, half of 2^-149 (f32) or 2^-1074 (f64) each time, and then
  // multiplied by the formulas' constants.
  return bound + 8 * smallest * (r->underflow ? fmaxl(1, r->underflow(p, n, m)) : 1);
}

static bool right(const reference *r, const reference_point *p, int n, int m, sg_dtype dtype, double got,
                  long double *want) {
  *want = reference_value(r, p, n, m);
  if (isnan(*want)) return isnan(got);
  bool minus_zero = signbit(p->x[0]) && p->x[0] == 0; // an infinity there may have either sign
  if (isinf(*want)) return got == (double)*want || (minus_zero && isinf(got));
  if (fabsl((long double)got - *want) <= roundings(dtype) * fabsl(*want)) return true; // the bound is no less
  long double bound = error_bound(r, p, n, m, dtype, *want);
  if (isinf(bound)) return true;
  if (isinf(got)) return fabsl(*want) + bound > p->largest && (got > 0) == (*want > 0);
  return fabsl((long double)got - *want) <= bound; // false for NaN
}

// Outside of the domain, where the value is NaN of numbers that are none, nothing is said of derivatives.
static bool outside(const reference *r, const reference_point *p) {
  reference_point q = *p;
  q.order_2 = 0;
  bool number = true;
  for (int i = 0; i < OPERANDS; i++) number = number && !isnan(p->x[i]);
  return number && isnan(reference_value(r, &q, 0, 0));
}

// order[i]: times by operand i.
static void judge(const test_case *test, const reference *r, const grid *g, const char *what, const int *order,
                  const sg_tensor *got) {
  reference_point p = parameters_of(test);
  const sg_dtype dtype = sg_tensor_dtype(got);
  const int n = order[0], m = order[1];
  p.order_2 = order[2];
  p.largest = dtype == SG_F32 ? (long double)FLT_MAX : (long double)DBL_MAX;
  int wrong = 0;
  for (int64_t k = 0; k < g->count; k++) {
    for (int i = 0; i < g->operands; i++) p.x[i] = (long double)g->x[i][k];
    if (n + m + p.order_2 > 0 && outside(r, &p)) continue;
    long double want;
    double value = sg_tensor_value(got, k);
    if (right(r, &p, n, m, dtype, value, &want)) continue;
    if (wrong++ < 12)
      print_error(
          "%s %s of order (%d, %d, %d) in %s at (%.9Lg, %.9Lg, %.9Lg): %.17g, expected %.17Lg within %.3Lg\n",
          test->op->name, what, n, m, order[2], sg_dtype_name(dtype), p.x[0], p.x[1], p.x[2], value, want,
          error_bound(r, &p, n, m, dtype, want));
  }
  if (wrong)
    fail_case(test, "%s of order (%d, %d, %d) in %s: %d of %lld wrong", what, n, m, order[2], sg_dtype_name(dtype),
              wrong, (long long)g->count);
}

// ---- The scan ---------------------------------------------------------------------------------------

static const sg_backward_options keep = {.retain_graph = true, .allow_unused = true};
static const sg_backward_options recorded = {.create_graph = true, .allow_unused = true};

// The gradient of the sum of y; zeros where y does not depend on x.
static sg_tensor *gradient(const test_case *test, sg_tensor *y, sg_tensor *x, const sg_backward_options *options) {
  sg_context *context = test->context;
  sg_tensor *ones = sg_tensor_full(context, sg_tensor_dtype(y), sg_tensor_shape(y), 1), *d_x = NULL;
  if (sg_tensor_requires_grad(y)) sg_grad(context, 1, &y, &ones, 1, &x, options, &d_x);
  require_ok(test, context, "taking the gradient");
  return d_x ? d_x : sg_tensor_full(context, sg_tensor_dtype(x), sg_tensor_shape(x), 0);
}

static void scan(const test_case *test, const reference *r, int operands, sg_dtype dtype) {
  sg_context *context = test->context;
  grid g = grid_of(operands, dtype);
  for (int i = 0; i < operands; i++)
    for (int64_t k = 0; r->refuses_negative >> i & 1 && k < g.count; k++) g.x[i][k] = fabs(g.x[i][k]);
  sg_tensor *x[OPERANDS] = {NULL};
  bool derivable[OPERANDS] = {false};
  for (int i = 0; i < operands; i++) {
    x[i] = vector(context, dtype, g.count, g.x[i]);
    for (int64_t k = 0; k < g.count; k++) g.x[i][k] = sg_tensor_value(x[i], k); // as rounded to the dtype
    derivable[i] = sg_op_is_differentiable(test->op) && sg_op_input_is_differentiable(test->op, i, x[i]);
    sg_tensor_set_requires_grad(x[i], derivable[i]);
  }
  sg_tensor *y = apply_to(test, context, operands, x);
  if (!y) fail_case(test, "refuses special values");
  bool converted = !has_values(test->op, y, dtype),
       cut = !sg_shape_equal(sg_tensor_shape(y), sg_tensor_shape(x[0]));
  if (converted || cut) goto done;
  int order[OPERANDS] = {0};
  judge(test, r, &g, "value", order, y);
  for (int i = 0; i < operands; i++) {
    if (!derivable[i]) continue;
    order[i]++;
    judge(test, r, &g, "derivative", order, gradient(test, y, x[i], &keep));
    sg_tensor *first = gradient(test, y, x[i], &recorded);
    judge(test, r, &g, "recorded derivative", order, first);
    for (int j = 0; j < operands; j++) {
      if (!derivable[j]) continue;
      order[j]++;
      judge(test, r, &g, "derivative", order, gradient(test, first, x[j], &keep));
      judge(test, r, &g, "recorded derivative", order, gradient(test, first, x[j], &recorded));
      order[j]--;
    }
    order[i]--;
  }
done:
  for (int i = 0; i < operands; i++) free(g.x[i]);
}

// The first sample of those with the same options.
static bool is_first(const test_case *test) {
  for (int i = 0; i < test->number; i++) {
    if (sg_op_sample(test->op, i)->options == test->sample->options) return false;
  }
  return true;
}

static void check_range(test_case *test) {
  int operands = operands_of(test->op);
  if (!is_first(test) || operands == 0 || !is_elementwise(test, operands)) return;
  const reference *r = elementwise_reference(test->op->name);
  if (!r) fail_case(test, "is elementwise and has no line in a table of tests/support/reference_tables.h");
  scan(test, r, operands, SG_F32);
  scan(test, r, operands, SG_F64);
}

static const property properties[] = {{"whole range", PROPERTY_OF_SAMPLE, check_range}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
