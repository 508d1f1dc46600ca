// SPDX-License-Identifier: GPL-3.0-or-later
//
// softmax, log_softmax and cross_entropy where one class has all but the whole probability: the loss, and
// derivatives of first and second order, fused and recorded, in f32 and f64, keep the digits of what is left to the
// others.
//
// With one logit d and n - 1 zeros, everything is a function of z = d - log(n - 1): with the sigmoid s, the large
// probability is s(z), its complement s(-z), and derivatives by d are those by z.
#include <math.h>
#include <stdlib.h>

#include "ops/ops.h"
#include "tests/support/fixture.h"

static const sg_backward_options keep = {.retain_graph = true};
static const sg_backward_options recorded = {.create_graph = true};

static long double sigmoid(long double z) { return 1 / (1 + expl(-z)); }
static long double slope(long double z) { return sigmoid(z) * sigmoid(-z); }
static long double bend(long double z) { return -slope(z) * tanhl(z / 2); }

typedef struct setting {
  sg_context *context;
  sg_dtype dtype;
  int64_t count, stride; // classes, and the distance from one to the next
  int64_t columns;
  long double d, z;
} setting;

// The exponential of d has a condition number of d, and there are some ten other roundings. Terms are added up one
// after the other, with as many roundings, in f32 in stretches of at most 128; below the smallest normal number
// digits are lost.
static void assert_near(double got, long double want, const setting *s, const char *what) {
  const sg_dtype dtype = s->dtype;
  long double unit = dtype == SG_F32 ? 0x1p-24L : 0x1p-53L, smallest = dtype == SG_F32 ? 0x1p-149L : 0x1p-1074L;
  long double bound =
      (24 + 2 * s->d + (dtype == SG_F64 || s->count < 128 ? s->count : 128)) * unit * fabsl(want) + 3000 * smallest;
  if (!(fabsl((long double)got - want) <= bound))
    fail_msg("%s in %s at %.6Lg: %.17g, expected %.17Lg", what, sg_dtype_name(dtype), s->d, got, want);
}

// Rows or columns of `count` classes of which the one in the middle is d.
static sg_tensor *logits(const setting *s, sg_shape *shape) {
  *shape = s->stride == 1 ? (sg_shape){2, {s->columns, s->count}} : (sg_shape){2, {s->count, s->columns}};
  int64_t total = s->count * s->columns;
  double *values = calloc((size_t)total, sizeof *values);
  for (int64_t i = 0; i < s->columns; i++)
    values[s->stride == 1 ? i * s->count + s->count / 2 : s->count / 2 * s->columns + i] = (double)s->d;
  sg_tensor *x = sg_tensor_to(s->context, sg_tensor_from(s->context, SG_F64, shape, values), s->dtype);
  free(values);
  sg_tensor_set_requires_grad(x, true);
  return x;
}

static int64_t middle(const setting *s) { return s->stride == 1 ? s->count / 2 : s->count / 2 * s->columns; }

static sg_tensor *gradient(const setting *s, sg_tensor *y, sg_tensor *cotangent, sg_tensor *x,
                           const sg_backward_options *options) {
  sg_tensor *d_x = NULL;
  sg_grad(s->context, 1, &y, &cotangent, 1, &x, options, &d_x);
  assert_string_equal(sg_error_message(s->context), "");
  return d_x;
}

// Derivatives of the value at the large class by its own logit: want[0] is the value, then first and second.
static void check(const setting *s, const char *name, sg_tensor *x, sg_tensor *y, sg_tensor *cotangent,
                  sg_tensor *pick, const long double want[3]) {
  int64_t at = sg_tensor_elements(y) == 1 ? 0 : sg_tensor_elements(y) == s->columns ? 0 : middle(s);
  assert_near(sg_tensor_value(y, at), want[0], s, name);
  sg_tensor *first = gradient(s, y, cotangent, x, &recorded);
  assert_near(sg_tensor_value(gradient(s, y, cotangent, x, &keep), middle(s)), want[1], s, name);
  assert_near(sg_tensor_value(first, middle(s)), want[1], s, name);
  assert_near(sg_tensor_value(gradient(s, first, pick, x, &keep), middle(s)), want[2], s, name);
  assert_near(sg_tensor_value(gradient(s, first, pick, x, &recorded), middle(s)), want[2], s, name);
}

static void check_all(const setting *s) {
  sg_context *c = s->context;
  sg_scope scope = sg_scope_open(c);
  sg_shape shape;
  sg_tensor *x = logits(s, &shape), *pick = sg_tensor_full(c, SG_F64, &shape, 0);
  double *chosen = sg_tensor_write(pick, "test");
  chosen[middle(s)] = 1;
  pick = sg_tensor_to(c, pick, s->dtype);
  const sg_softmax_options along = {s->stride == 1 ? 1 : 0};
  const long double z = s->z, p[] = {sigmoid(z), slope(z), bend(z)},
                    log_p[] = {-log1pl(expl(-z)), sigmoid(-z), -slope(z)},
                    loss[] = {log1pl(expl(-z)), -sigmoid(-z), slope(z)};
  check(s, "softmax", x, sg_softmax(c, x, &along), pick, pick, p);
  check(s, "log_softmax", x, sg_log_softmax(c, x, &along), pick, pick, log_p);
  if (s->stride == 1) {
    sg_tensor *target =
        sg_tensor_full(c, SG_I64, &(sg_shape){1, {s->columns}}, (double)(s->count / 2 + sg_index_base(c)));
    const sg_cross_entropy_options none = {SG_REDUCTION_NONE, 0, -100};
    sg_tensor *ones = sg_tensor_full(c, s->dtype, &(sg_shape){1, {s->columns}}, 1);
    check(s, "cross_entropy", x, sg_cross_entropy(c, x, target, NULL, &none), ones, pick, loss);
  }
  sg_scope_close(c, scope);
}

static void keep_the_digits_of_the_rest(void **state) {
  (void)state;
  static const int64_t counts[] = {2, 11, 1500};
  sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1});
  for (int kind = 0; kind < 12; kind++) {
    setting s = {
        .context = c, .dtype = kind % 2 ? SG_F32 : SG_F64, .stride = kind / 2 % 2, .count = counts[kind / 4]};
    s.columns = 3;
    for (int step = 1; step <= 24; step++) {
      s.d = (s.dtype == SG_F32 ? 4 : 30) * step;
      s.z = s.d - logl((long double)(s.count - 1));
      check_all(&s);
    }
  }
  sg_close(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(keep_the_digits_of_the_rest)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
