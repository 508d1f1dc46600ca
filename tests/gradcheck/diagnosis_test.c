// SPDX-License-Identifier: GPL-3.0-or-later
//
// Derivatives that are wrong in one way each, and the words that must, or must not, be said about them.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/gradcheck/fixture.h"

// ---- y = sin(x) b, where b is broadcast along the leading dimensions, and its derivative spoiled ------------

typedef struct spoiled spoiled;
typedef void spoil(const spoiled *s, const sg_call *call, double *dx, double *db);

struct spoiled {
  spoil *mistake;
  double number;
  int64_t place;
};

static int64_t elements(const sg_tensor *t) { return sg_tensor_elements(t); }
static const double *data(const sg_tensor *t) { return sg_tensor_data(t); }

static sg_status shape_of_first(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  double *y = sg_output_data(call->outputs[0]);
  const int64_t c = elements(call->inputs[1]);
  for (int64_t i = 0; i < elements(call->outputs[0]); i++)
    y[i] = sin(data(call->inputs[0])[i]) * data(call->inputs[1])[i % c];
}

static void backward(const sg_call *call) {
  const spoiled *s = call->options;
  const double *x = data(call->inputs[0]), *b = data(call->inputs[1]), *w = data(call->d_outputs[0]);
  const int64_t n = elements(call->inputs[0]), c = elements(call->inputs[1]);
  double spare[4096];
  assert_true(2 * n <= 4096);
  double *dx = call->d_inputs[0] ? sg_output_data(call->d_inputs[0]) : spare;
  double *db = call->d_inputs[1] ? sg_output_data(call->d_inputs[1]) : spare + n;
  memset(db, 0, (size_t)c * sizeof *db);
  for (int64_t i = 0; i < n; i++) {
    dx[i] = w[i] * b[i % c] * cos(x[i]);
    db[i % c] += w[i] * sin(x[i]);
  }
  if (s->mistake) s->mistake(s, call, dx, db);
}

static const sg_op op_spoiled = {
    .name = "spoiled",
    .inputs = SG_PORTS({.name = "x"}, {.name = "b"}),
    .outputs = SG_PORTS({.name = "y"}),
    .options_bytes = sizeof(spoiled),
    .defaults = &(const spoiled){0},
    .save_inputs = 3,
    .prepare = shape_of_first,
    .forward = forward,
    .backward = backward,
};

// ---- Mistakes -------------------------------------------------------------------------------------------------

static void scale(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  for (int64_t i = 0; i < elements(call->inputs[0]); i++) dx[i] *= s->number;
}

static void scale_b(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)dx;
  for (int64_t i = 0; i < elements(call->inputs[1]); i++) db[i] *= s->number;
}

static void set_one(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db, (void)call;
  dx[s->place] = s->number;
}

static void scale_one(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db, (void)call;
  dx[s->place] *= s->number;
}

// Along the last dimension; the row along the first.
static void scale_column(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  const int64_t c = elements(call->inputs[1]);
  for (int64_t i = s->place; i < elements(call->inputs[0]); i += c) dx[i] *= s->number;
}

static void scale_row(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  const int64_t c = elements(call->inputs[1]);
  for (int64_t i = 0; i < c; i++) dx[s->place * c + i] *= s->number;
}

static void scale_border(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  const sg_shape *shape = sg_tensor_shape(call->inputs[0]);
  const int64_t h = shape->size[shape->rank - 2], w = shape->size[shape->rank - 1];
  for (int64_t i = 0; i < elements(call->inputs[0]); i++) {
    const int64_t row = i / w % h, column = i % w;
    if (row == 0 || row == h - 1 || column == 0 || column == w - 1) dx[i] *= s->number;
  }
}

static void mask(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  for (int64_t i = 0; i < elements(call->inputs[0]); i++)
    if (i * i % 11 < s->place) dx[i] *= s->number;
}

static void all_nan(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  for (int64_t i = 0; i < elements(call->inputs[0]); i++) dx[i] = s->number;
}

static void reorder(const sg_call *call, double *dx, int64_t (*to)(const sg_shape *, int64_t)) {
  double before[4096];
  const int64_t n = elements(call->inputs[0]);
  memcpy(before, dx, (size_t)n * sizeof *dx);
  for (int64_t i = 0; i < n; i++) dx[to(sg_tensor_shape(call->inputs[0]), i)] = before[i];
}

static int64_t transposed(const sg_shape *shape, int64_t i) {
  const int64_t columns = shape->size[1];
  return i % columns * shape->size[0] + i / columns;
}

static int64_t swapped_outer(const sg_shape *shape, int64_t i) {
  const int64_t b = shape->size[1], c = shape->size[2];
  return i % c / 1 * b * c + i / c % b * c + i / (b * c);
}

static int64_t flipped(const sg_shape *shape, int64_t i) {
  const int64_t columns = shape->size[1];
  return i / columns * columns + columns - 1 - i % columns;
}

static int64_t rotated(const sg_shape *shape, int64_t i) { return sg_shape_elements(shape) - 1 - i; }

static int64_t rolled(const sg_shape *shape, int64_t i) {
  const int64_t columns = shape->size[1];
  return i / columns * columns + (i + 1) % columns;
}

static int64_t rolled_back_twice(const sg_shape *shape, int64_t i) {
  const int64_t rows = shape->size[0], columns = shape->size[1];
  return (i / columns + rows - 2) % rows * columns + i % columns;
}

static int64_t flat(const sg_shape *shape, int64_t i) { return (i + 1) % sg_shape_elements(shape); }

static int64_t two_channels(const sg_shape *shape, int64_t i) {
  const int64_t columns = shape->size[1], c = i % columns;
  return i - c + (c == 0 ? 2 : c == 2 ? 0 : c);
}

static void transpose(const spoiled *s, const sg_call *call, double *dx, double *db) {
  static int64_t (*const orders[])(const sg_shape *, int64_t) = {
      transposed, flipped, rotated, rolled, rolled_back_twice, flat, two_channels, swapped_outer,
  };
  (void)db;
  reorder(call, dx, orders[s->place]);
}

static void add_constant(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  for (int64_t i = 0; i < elements(call->inputs[0]); i++) dx[i] += s->number;
}

static void add_decay(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  for (int64_t i = 0; i < elements(call->inputs[0]); i++) dx[i] += s->number * data(call->inputs[0])[i];
}

static void without_b(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db, (void)s;
  for (int64_t i = 0; i < elements(call->inputs[0]); i++)
    dx[i] = data(call->d_outputs[0])[i] * cos(data(call->inputs[0])[i]);
}

static void b_twice(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db, (void)s;
  for (int64_t i = 0; i < elements(call->inputs[0]); i++)
    dx[i] *= data(call->inputs[1])[i % elements(call->inputs[1])];
}

static void by_channel(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db, (void)s;
  for (int64_t i = 0; i < elements(call->inputs[0]); i++)
    dx[i] *= 1.5 + 0.5 * sin((double)(i % elements(call->inputs[1])));
}

static double altered(double w, int64_t how) {
  switch (how) {
  case 0:
    return 1;
  case 1:
    return fabs(w);
  case 2:
    return w * w;
  case 3:
    return w > 0 ? 1 : -1;
  case 4:
    return fmax(-1, fmin(1, w));
  case 5:
    return w * w * w;
  default:
    return w + 0.1 * w * w * w;
  }
}

static void pass_on(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)s, (void)db;
  memcpy(dx, data(call->d_outputs[0]), (size_t)elements(call->inputs[0]) * sizeof *dx);
}

static void other_cotangent(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  const double *x = data(call->inputs[0]), *b = data(call->inputs[1]), *w = data(call->d_outputs[0]);
  for (int64_t i = 0; i < elements(call->inputs[0]); i++)
    dx[i] = altered(w[i], s->place) * b[i % elements(call->inputs[1])] * cos(x[i]);
}

static void one_row(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)dx;
  const double *x = data(call->inputs[0]), *w = data(call->d_outputs[0]);
  const int64_t c = elements(call->inputs[1]), rows = elements(call->inputs[0]) / c;
  const int64_t row = s->place < 0 ? rows - 1 : s->place;
  for (int64_t i = 0; i < c; i++) db[i] = w[row * c + i] * sin(x[row * c + i]);
}

static void exchange(const spoiled *s, const sg_call *call, double *dx, double *db) {
  for (int64_t i = 0; i < elements(call->inputs[0]); i++) {
    const double before = dx[i];
    dx[i] = db[i];
    if (s->place == 0) db[i] = before;
  }
}

// Wrong in no way that has a name.
static void scramble(const spoiled *s, const sg_call *call, double *dx, double *db) {
  (void)db;
  for (int64_t i = 0; i < elements(call->inputs[0]); i++)
    dx[i] *= 1 + s->number * (1 + sin((double)(i * i + 3 * i)));
}

// ---- The table ------------------------------------------------------------------------------------------------

typedef struct expectation {
  const char *what;
  spoiled s;
  sg_shape x, b;
  int input; // 0: x, 1: b
  const char *words, *words_too, *never;
} expectation;

#define SQUARE                                                                                                     \
  {2, {5, 5}}, {                                                                                                   \
    1, { 5 }                                                                                                       \
  }
#define WIDE                                                                                                       \
  {2, {6, 4}}, {                                                                                                   \
    1, { 4 }                                                                                                       \
  }
#define CUBE                                                                                                       \
  {3, {3, 2, 3}}, {                                                                                                \
    1, { 3 }                                                                                                       \
  }
#define IMAGE                                                                                                      \
  {4, {2, 2, 5, 6}}, {                                                                                             \
    1, { 6 }                                                                                                       \
  }
#define SAME                                                                                                       \
  {2, {4, 3}}, {                                                                                                   \
    2, { 4, 3 }                                                                                                    \
  }
#define SCALAR                                                                                                     \
  {0, {0}}, {                                                                                                      \
    0, { 0 }                                                                                                       \
  }
#define LAST                                                                                                       \
  {1, {2}}, {                                                                                                      \
    1, { 2 }                                                                                                       \
  }

static const expectation expectations[] = {
    {"sign", {scale, -1, 0}, WIDE, 0, "sign is flipped", NULL, "looks like"},
    {"sign of a scalar", {scale, -1, 0}, SCALAR, 0, "sign is flipped", NULL, NULL},
    {"twice", {scale, 2, 0}, SQUARE, 0, "times 2", "looks like 2.", NULL},
    {"half", {scale, 0.5, 0}, SQUARE, 0, "times 0.5", "looks like 1/2", NULL},
    {"minus twice", {scale, -2, 0}, SQUARE, 0, "times -2", "looks like minus 2", NULL},
    {"a mean", {scale, 1 / 6.0, 0}, WIDE, 0, "1/N for N = 6", "size of dimension 0 of the input", NULL},
    {"a mean of all", {scale, 1 / 24.0, 0}, WIDE, 0, "1/N for N = 24", "number of elements of the input", NULL},
    {"a product of dimensions", {scale, 1 / 30.0, 0}, IMAGE, 0, "N = 30", "product of dimensions 2, 3", NULL},
    {"unbiased", {scale, 6 / 5.0, 0}, WIDE, 0, "N/(N-1) for N = 6", NULL, NULL},
    {"a root", {scale, 0.40824829046386302, 0}, WIDE, 0, "1/sqrt(N) for N = 6", NULL, NULL},
    {"pi", {scale, M_PI, 0}, WIDE, 0, "looks like pi", NULL, NULL},
    {"ln 2", {scale, M_LN2, 0}, WIDE, 0, "looks like ln 2", NULL, NULL},
    {"eps", {scale, 1 / (1 + 1e-5), 0}, WIDE, 0, "eps = 1e-05", NULL, NULL},
    {"a nameless factor", {scale, 1.2345, 0}, WIDE, 0, "times 1.2345", NULL, "looks like"},
    {"a mean over the broadcast", {scale_b, 1 / 6.0, 0}, WIDE, 1, "1/N for N = 6", "a mean instead of a sum", NULL},
    {"zero", {scale, 0, 0}, WIDE, 0, "zero everywhere", NULL, NULL},
    {"NaN", {all_nan, (double)NAN, 0}, WIDE, 0, "not finite (NaN) in all", NULL, NULL},
    {"one infinite", {set_one, (double)INFINITY, 5}, WIDE, 0, "not finite in 1 of 24", "[1, 1] (infinite)", NULL},
    {"one doubled", {scale_one, 2, 7}, WIDE, 0, "Only one element of 24 is wrong: [1, 3]", "2 times", NULL},
    {"one zero", {scale_one, 0, 7}, WIDE, 0, "Only one element of 24", "is zero", NULL},
    {"a column", {scale_column, 0, 2}, WIDE, 0, "index 2 along dimension 1", "is zero", "depends on"},
    {"a row", {scale_row, -1, 5}, WIDE, 0, "index 5 along dimension 0", "sign is flipped", NULL},
    {"the border", {scale_border, 0.5, 0}, IMAGE, 0, "Only the border is wrong", "dimensions 2, 3", NULL},
    {"masked", {mask, 0, 4}, WIDE, 0, "zero in", "the others are right", NULL},
    {"part with another sign", {mask, -1, 4}, WIDE, 0, "sign is flipped; the others are right", NULL, NULL},
    {"transposed", {transpose, 0, 0}, SQUARE, 0, "transposed: dimensions 0 and 1 are exchanged.", NULL, NULL},
    {"transposed in memory", {transpose, 0, 0}, WIDE, 0, "transposed: dimensions 0 and 1", "in memory", NULL},
    {"transposed outer", {transpose, 0, 7}, CUBE, 0, "dimensions 0 and 2", NULL, NULL},
    {"flipped", {transpose, 0, 1}, WIDE, 0, "flipped along dimension 1.", NULL, NULL},
    {"rotated", {transpose, 0, 2}, WIDE, 0, "flipped along dimensions 0, 1.", NULL, NULL},
    {"rolled", {transpose, 0, 3}, WIDE, 0, "shifted by 1 along dimension 1", "i + 1 (off by one)", NULL},
    {"rolled by two", {transpose, 0, 4}, WIDE, 0, "shifted by 2 along dimension 0", "i - 2.", NULL},
    {"shifted in memory", {transpose, 0, 5}, WIDE, 0, "shifted by 1 in memory", "i + 1", NULL},
    {"channels",
     {transpose, 0, 6},
     WIDE,
     0,
     "slices along dimension 1 are in the wrong order (2 of 4)",
     NULL,
     NULL},
    {"an offset", {add_constant, 0.125, 0}, WIDE, 0, "plus a constant, 0.125", NULL, NULL},
    {"weight decay", {add_decay, 0.01, 0}, WIDE, 0, "plus a term", "0.01 times x", NULL},
    {"a missing factor", {without_b, 0, 0}, WIDE, 0, "divided by b: that factor is missing", NULL, NULL},
    {"a factor twice", {b_twice, 0, 0}, WIDE, 0, "times b.", NULL, NULL},
    {"a factor by channel", {by_channel, 0, 0}, WIDE, 0, "depends on the index along dimension 1 only", NULL, NULL},
    {"passed on", {pass_on, 0, 0}, WIDE, 0, "the cotangent itself, passed on unchanged", NULL, NULL},
    {"passed on, scalar", {pass_on, 0, 0}, SCALAR, 0, "the cotangent itself, passed on unchanged", NULL, NULL},
    {"the plain sum", {other_cotangent, 0, 0}, WIDE, 0, "cotangent is ignored", NULL, NULL},
    {"the plain sum, scalar", {other_cotangent, 0, 0}, SCALAR, 0, "cotangent is ignored", NULL, NULL},
    {"its size", {other_cotangent, 0, 1}, WIDE, 0, "absolute value of the cotangent", NULL, NULL},
    {"its square", {other_cotangent, 0, 2}, WIDE, 0, "enters squared", NULL, NULL},
    {"its sign", {other_cotangent, 0, 3}, WIDE, 0, "Only the sign of the cotangent", NULL, NULL},
    {"clipped", {other_cotangent, 0, 4}, WIDE, 0, "clipped to [-1, 1]", NULL, NULL},
    {"its cube", {other_cotangent, 0, 5}, WIDE, 0, "numeric one times the square of the cotangent", NULL, NULL},
    {"crooked", {other_cotangent, 0, 6}, WIDE, 0, "not linear in the cotangent", NULL, NULL},
    {"the first row only",
     {one_row, 0, 0},
     WIDE,
     1,
     "the sum over a broadcast dimension is missing",
     "Only the first slice along dimension 0",
     NULL},
    {"the last row only",
     {one_row, 0, -1},
     WIDE,
     1,
     "the sum over a broadcast dimension is missing",
     "Only the last slice along dimension 0",
     NULL},
    {"swapped", {exchange, 0, 0}, SAME, 0, "gradients of x and b are swapped", NULL, NULL},
    {"another's", {exchange, 0, 1}, SAME, 0, "gradient of another input, b", NULL, NULL},
    {"nothing that has a name",
     {scramble, 1e-4, 0},
     WIDE,
     0,
     "All 24 elements are wrong, by about 0.0001 relative",
     NULL,
     NULL},
};

static void contains(const char *what, const char *text, const char *words) {
  if (words && !strstr(text, words)) fail_msg("%s: \"%s\" does not say \"%s\"", what, text, words);
}

static void test_mistakes(void **state) {
  sg_context *c = *state;
  for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
    const expectation *e = &expectations[i];
    const sg_scope scope = sg_scope_open(c);
    sg_tensor *inputs[] = {uniform(c, e->x, 0.3, 1.2), uniform(c, e->b, 0.3, 1.2)};
    subject s = {.op = &op_spoiled, .options = &e->s};
    const char *const names[] = {"x", "b"};
    const sg_gradcheck_options o = {.mode = SG_GRADCHECK_FULL, .names = names};
    sg_gradcheck_report *report;
    assert_int_equal(sg_gradcheck(c, apply_op, &s, 2, inputs, &o, &report), SG_OK);
    const sg_gradcheck_input *in = &report->inputs[e->input];
    assert_int_equal(in->verdict, SG_GRADCHECK_FAIL);
    contains(e->what, in->diagnosis, e->words);
    contains(e->what, in->diagnosis, e->words_too);
    if (e->never && strstr(in->diagnosis, e->never))
      fail_msg("%s: \"%s\" says \"%s\"", e->what, in->diagnosis, e->never);
    for (int j = 0; j < report->input_count; j++)
      if (report->inputs[j].verdict == SG_GRADCHECK_PASS) assert_string_equal(report->inputs[j].diagnosis, "");
    sg_gradcheck_report_free(report);
    sg_scope_close(c, scope);
  }
}

static void test_kink(void **state) {
  sg_context *c = *state;
  const double at[] = {-1, 0, 2};
  const map_options options = {MAP_STEP_BACK, 0, 1, 0};
  subject s = {.op = &op_map, .options = &options};
  sg_tensor *x = sg_tensor_from(c, SG_F64, &(sg_shape){1, {3}}, at);
  sg_tensor_set_requires_grad(x, true);
  sg_gradcheck_report *report;
  assert_int_equal(
      sg_gradcheck(c, apply_op, &s, 1, &x, &(sg_gradcheck_options){.mode = SG_GRADCHECK_FULL}, &report), SG_OK);
  contains("kink", report->inputs[0].diagnosis, "At a kink, at [1]");
  contains("kink", report->inputs[0].diagnosis, "outside of the one-sided derivatives");
  char text[4096];
  sg_gradcheck_report_text(report, 0, text, sizeof text);
  contains("report", text, "At a kink");
  for (const char *line = text; *line; line += strcspn(line, "\n") + 1) assert_true(strcspn(line, "\n") <= 80);
  sg_gradcheck_report_free(report);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_mistakes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_kink, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
