// SPDX-License-Identifier: GPL-3.0-or-later
//
// The same bits from any number of threads, on shapes so large that every loop is split into several blocks:
// outputs and gradients for 2, 3 and 4 threads against one, and one against its repeat, for every instruction set.
#include <stdio.h>
#include <string.h>

#include "tests/support/fixture.h"

enum { most_results = 8 };

// Computes from inputs made of `context` alone; fills `results` and returns their number.
typedef struct program {
  const char *name;
  int (*run)(sg_context *context, sg_dtype dtype, sg_tensor **results);
} program;

static sg_tensor *numbers(sg_context *c, sg_dtype dtype, sg_shape shape) {
  sg_tensor *x = sg_random_normal(c, dtype, &shape, 0.5, 1);
  expect_ok(c);
  sg_tensor_set_requires_grad(x, true);
  return x;
}

// The output, and the gradients of its product with random numbers.
static int differentiate(sg_context *c, sg_tensor *y, int count, sg_tensor *const *inputs, sg_tensor **results) {
  expect_ok(c);
  results[0] = y;
  sg_tensor *cotangent = sg_random_normal(c, sg_tensor_dtype(y), sg_tensor_shape(y), 0, 1);
  sg_grad(c, 1, &y, &cotangent, count, inputs, NULL, results + 1);
  expect_ok(c);
  return count + 1;
}

#define GRADIENTS(y, ...)                                                                                          \
  differentiate(c, y, sizeof((sg_tensor *[]){__VA_ARGS__}) / sizeof(sg_tensor *), (sg_tensor *[]){__VA_ARGS__}, r)

// ---- One program for each family of loops -----------------------------------------------------------------

static int unary(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {331, 401}});
  return GRADIENTS(sg_tanh(c, sg_gelu(c, sg_square(c, x), false)), x);
}

static int binary(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *a = numbers(c, dtype, (sg_shape){2, {331, 401}}), *b = numbers(c, dtype, (sg_shape){1, {401}});
  sg_tensor *s = numbers(c, dtype, (sg_shape){2, {331, 1}});
  return GRADIENTS(sg_add(c, sg_maximum(c, sg_mul(c, a, b), s), sg_sub(c, a, s)), a, b, s);
}

static int reduction_all(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {331, 401}});
  return GRADIENTS(sg_mul(c, sg_sum(c, x, NULL), sg_add(c, sg_mean(c, x, NULL), sg_var(c, x, NULL))), x);
}

static int reduction(sg_context *c, sg_dtype dtype, int64_t dim, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){3, {70, 47, 41}}), *indices;
  sg_reduce_options options = {.dim = {1, {dim}}};
  sg_var_options spread = {.dim = {1, {dim}}, .correction = 1};
  sg_tensor *y = sg_add(c, sg_mean(c, x, &options), sg_amax(c, x, &options));
  y = sg_mul(c, sg_add(c, y, sg_var(c, x, &spread)), sg_max(c, x, &options, &indices));
  int count = GRADIENTS(y, x);
  r[count] = indices;
  return count + 1;
}

static int reduction_outer(sg_context *c, sg_dtype dtype, sg_tensor **r) { return reduction(c, dtype, 0, r); }
static int reduction_middle(sg_context *c, sg_dtype dtype, sg_tensor **r) { return reduction(c, dtype, 1, r); }
static int reduction_inner(sg_context *c, sg_dtype dtype, sg_tensor **r) { return reduction(c, dtype, 2, r); }

// Bools and integers, of one row and of columns: split over threads as sums are.
static int counts(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  const sg_reduce_options columns = {.dim = {1, {0}}};
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {70001, 5}}), *mask = sg_gt(c, x, sg_scalar_like(c, x, 0.5));
  sg_tensor *integers = sg_random_integers(c, &(sg_shape){2, {40001, 7}}, -1000, 1000);
  r[0] = sg_sum(c, mask, NULL);
  r[1] = sg_sum(c, mask, &columns);
  r[2] = sg_sum(c, integers, NULL);
  r[3] = sg_amax(c, integers, &columns);
  r[4] = sg_amin(c, integers, NULL);
  r[5] = sg_count_nonzero(c, x, NULL);
  r[6] = sg_all(c, integers, &columns);
  r[7] = sg_index(c, sg_reshape(c, x, &(sg_shape){2, {70001, 5}}), 1, &mask, 0);
  return 8;
}

static int shape(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){3, {70, 47, 41}}), *y = sg_transpose(c, x, 0, 2);
  y = sg_cat(c, 2, (sg_tensor *[]){y, sg_permute(c, x, &(sg_ints){3, {2, 1, 0}})}, 1);
  return GRADIENTS(sg_narrow(c, y, 1, 20, 50), x);
}

static sg_tensor *positions(sg_context *c, sg_shape size, int64_t bound) {
  return sg_random_integers(c, &size, 0, bound);
}

static int index_rows(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {331, 401}});
  return GRADIENTS(sg_index_select(c, x, positions(c, (sg_shape){1, {500}}, 331), 0), x);
}

static int index_columns(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {331, 401}});
  return GRADIENTS(sg_index_select(c, x, positions(c, (sg_shape){1, {500}}, 401), 1), x);
}

static int gathering(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {331, 401}}), *y = numbers(c, dtype, (sg_shape){2, {331, 401}});
  sg_tensor *rows = positions(c, (sg_shape){2, {331, 401}}, 331),
            *columns = positions(c, (sg_shape){2, {331, 401}}, 401);
  sg_tensor *z = sg_add(c, sg_gather(c, x, rows, 0), sg_scatter_add(c, x, columns, y, 1));
  return GRADIENTS(z, x, y);
}

// More terms for a position than are added in f32: rows, lines with and without crowds, a long sum of products.
static int crowds(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {3, 700}}), *y = numbers(c, dtype, (sg_shape){2, {40, 3000}});
  sg_tensor *rows = sg_index_select(c, x, positions(c, (sg_shape){1, {2000}}, 2), 0);
  sg_tensor *lines = sg_gather(c, y, positions(c, (sg_shape){2, {40, 1000}}, 3), 1);
  return GRADIENTS(sg_mul(c, sg_sum(c, rows, NULL), sg_sum(c, sg_square(c, lines), NULL)), x, y);
}

static int long_products(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *a = numbers(c, dtype, (sg_shape){2, {70, 5000}}), *b = numbers(c, dtype, (sg_shape){2, {5000, 110}});
  return GRADIENTS(sg_matmul(c, a, b), a, b);
}

static int products(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {700, 130}}), *w = numbers(c, dtype, (sg_shape){2, {170, 130}});
  sg_tensor *b = numbers(c, dtype, (sg_shape){1, {170}}), *m = numbers(c, dtype, (sg_shape){2, {170, 190}});
  return GRADIENTS(sg_matmul(c, sg_linear(c, x, w, b), m), x, w, b, m);
}

static int batched_products(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *a = numbers(c, dtype, (sg_shape){3, {11, 90, 70}}), *b = numbers(c, dtype, (sg_shape){2, {70, 110}});
  return GRADIENTS(sg_matmul(c, a, b), a, b);
}

static int few_filters(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){5, {3, 2, 9, 20, 37}}), *b = numbers(c, dtype, (sg_shape){1, {5}});
  sg_tensor *w = numbers(c, dtype, (sg_shape){5, {5, 2, 3, 3, 3}});
  const sg_conv_options options = {{1, {1}}, {1, {1}}, {1, {1}}, 1};
  return GRADIENTS(sg_conv3d(c, x, w, b, &options), x, w, b);
}

// Matrices of a batch, several to a block, and large ones alone.
static int matrices(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){3, {90, 17, 17}}), *turned = sg_transpose(c, x, -2, -1);
  sg_tensor *positive = sg_add(c, sg_matmul(c, x, turned), sg_eye(c, dtype, 17, 17)), *s, *vh, *vectors;
  sg_tensor *u = sg_svd(c, x, true, &s, &vh), *values = sg_eigh(c, positive, &vectors);
  sg_tensor *y = sg_add(c, sg_solve(c, positive, x, true), sg_cholesky(c, positive, false));
  sg_tensor *weights = sg_add(c, sg_det(c, x), sg_logdet(c, positive));
  y = sg_add(c, y,
             sg_mul(c, sg_matmul(c, vectors, sg_unsqueeze(c, sg_add(c, values, s), -1)),
                    sg_unsqueeze(c, sg_unsqueeze(c, weights, -1), -1)));
  return GRADIENTS(sg_add(c, y, sg_matmul(c, u, vh)), x);
}

static int large_matrices(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){3, {2, 150, 150}}), *s, *vh, *vectors;
  sg_tensor *u = sg_svd(c, x, true, &s, &vh), *values = sg_eigh(c, x, &vectors);
  sg_tensor *y = sg_matmul(c, sg_mul(c, u, sg_unsqueeze(c, values, -2)), sg_add(c, vh, vectors));
  return GRADIENTS(sg_add(c, y, sg_inverse(c, x)), x);
}

static int convolution(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  const sg_max_pool_options pool = {
      .kernel_size = {1, {3}}, .stride = {1, {2}}, .padding = {1, {1}}, .dilation = {1, {1}}};
  sg_tensor *x = numbers(c, dtype, (sg_shape){4, {9, 6, 28, 28}}),
            *w = numbers(c, dtype, (sg_shape){4, {8, 6, 3, 3}});
  sg_tensor *b = numbers(c, dtype, (sg_shape){1, {8}});
  return GRADIENTS(sg_max_pool2d(c, sg_conv2d(c, x, w, b, NULL), &pool), x, w, b);
}

static int normalization(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){4, {9, 11, 37, 41}}), *mean, *var;
  sg_tensor *gamma = numbers(c, dtype, (sg_shape){1, {11}}), *beta = numbers(c, dtype, (sg_shape){1, {11}});
  int count = GRADIENTS(sg_batch_norm(c, x, gamma, beta, NULL, &mean, &var), x, gamma, beta);
  r[count] = mean;
  r[count + 1] = var;
  return count + 2;
}

static int normalization_of_rows(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {1501, 97}}), *mean, *var;
  sg_tensor *gamma = numbers(c, dtype, (sg_shape){1, {97}}), *beta = numbers(c, dtype, (sg_shape){1, {97}});
  return GRADIENTS(sg_batch_norm(c, x, gamma, beta, NULL, &mean, &var), x, gamma, beta);
}

static int normalization_of_layers(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {331, 501}}), *mean, *var;
  sg_tensor *gamma = numbers(c, dtype, (sg_shape){1, {501}}), *beta = numbers(c, dtype, (sg_shape){1, {501}});
  const sg_layer_norm_options options = {{1, {501}}, 1e-5};
  return GRADIENTS(sg_layer_norm(c, x, gamma, beta, &options, &mean, &var), x, gamma, beta);
}

static int normalization_of_long_layers(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {3, 50001}});
  sg_tensor *gamma = numbers(c, dtype, (sg_shape){1, {50001}});
  const sg_rms_norm_options options = {{1, {50001}}, 1e-5};
  return GRADIENTS(sg_rms_norm(c, x, gamma, &options, NULL), x, gamma);
}

static int normalization_of_groups(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){4, {2, 6, 111, 131}});
  sg_tensor *gamma = numbers(c, dtype, (sg_shape){1, {6}}), *beta = numbers(c, dtype, (sg_shape){1, {6}});
  const sg_group_norm_options options = {2, 1e-5};
  return GRADIENTS(sg_group_norm(c, x, gamma, beta, &options, NULL, NULL), x, gamma, beta);
}

static int normalization_of_instances(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){4, {9, 11, 37, 41}});
  sg_tensor *gamma = numbers(c, dtype, (sg_shape){1, {11}}), *beta = numbers(c, dtype, (sg_shape){1, {11}});
  return GRADIENTS(sg_instance_norm(c, x, gamma, beta, NULL, NULL, NULL), x, gamma, beta);
}

static int softmaxes(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){3, {70, 47, 41}});
  sg_softmax_options inner = {.dim = -1}, middle = {.dim = 1};
  return GRADIENTS(sg_mul(c, sg_softmax(c, x, &middle), sg_log_softmax(c, x, &inner)), x);
}

static int losses(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {3001, 47}}),
            *target = numbers(c, dtype, (sg_shape){2, {3001, 47}});
  sg_tensor *labels = positions(c, (sg_shape){1, {3001}}, 47);
  sg_tensor *y = sg_cross_entropy(c, x, labels, NULL, NULL);
  return GRADIENTS(sg_add(c, y, sg_mse_loss(c, x, target, NULL)), x, target);
}

static int random_masks(sg_context *c, sg_dtype dtype, sg_tensor **r) {
  sg_tensor *x = numbers(c, dtype, (sg_shape){2, {331, 401}});
  return GRADIENTS(sg_dropout(c, x, NULL), x);
}

static const program programs[] = {
    {"unary", unary},
    {"binary", binary},
    {"reduction of all", reduction_all},
    {"reduction, outer", reduction_outer},
    {"reduction, middle", reduction_middle},
    {"reduction, inner", reduction_inner},
    {"counts and sums of integers", counts},
    {"shape", shape},
    {"index_select, rows", index_rows},
    {"index_select, columns", index_columns},
    {"gather and scatter_add", gathering},
    {"crowded positions", crowds},
    {"matmul, long sums", long_products},
    {"matmul and linear", products},
    {"matmul, batched", batched_products},
    {"factorizations", matrices},
    {"factorizations of large matrices", large_matrices},
    {"conv2d and max_pool2d", convolution},
    {"conv3d with few filters", few_filters},
    {"batch_norm", normalization},
    {"batch_norm, rows", normalization_of_rows},
    {"layer_norm", normalization_of_layers},
    {"rms_norm, long rows", normalization_of_long_layers},
    {"group_norm", normalization_of_groups},
    {"instance_norm", normalization_of_instances},
    {"softmax", softmaxes},
    {"losses", losses},
    {"dropout", random_masks},
};

// ---- Comparing --------------------------------------------------------------------------------------------

static void require_same(const char *what, int result, const sg_tensor *got, const sg_tensor *want) {
  assert_true(sg_shape_equal(sg_tensor_shape(got), sg_tensor_shape(want)));
  assert_true(sg_tensor_elements(got) > 0);
  if (memcmp(sg_tensor_data(got), sg_tensor_data(want), sg_tensor_bytes(got)) == 0) return;
  for (int64_t i = 0; i < sg_tensor_elements(got); i++) {
    double a = sg_tensor_value(got, i), b = sg_tensor_value(want, i);
    if (a != b) fail_msg("%s: element %lld of result %d is %.17g, not %.17g", what, (long long)i, result, a, b);
  }
  fail_msg("%s: result %d has other bits", what, result);
}

// Runs on `threads` threads and compares with the results on one, given or not.
static void check_threads(const program *p, sg_dtype dtype, const char *isa, int threads, int count,
                          sg_tensor *const *want) {
  test_allocator allocator = {0};
  sg_context *context = open_context(&allocator, threads, isa);
  sg_tensor *results[most_results];
  char what[128];
  snprintf(what, sizeof what, "%s, %s, %s, %d threads", p->name, sg_dtype_name(dtype), sg_isa(context), threads);
  assert_int_equal(p->run(context, dtype, results), count);
  for (int i = 0; i < count; i++) require_same(what, i, results[i], want[i]);
  close_context(context, &allocator);
}

static void check_isa(const program *p, sg_dtype dtype, const char *isa) {
  test_allocator allocator = {0};
  sg_context *context = open_context(&allocator, 1, isa);
  if (strcmp(sg_isa(context), isa) == 0) { // else this machine does not have it
    sg_tensor *results[most_results];
    int count = p->run(context, dtype, results);
    for (int threads = 1; threads <= 4; threads++) check_threads(p, dtype, isa, threads, count, results);
  }
  close_context(context, &allocator);
}

static void check_program(void **state) {
  static const char *const isas[] = {"baseline", "x86-64-v3", "x86-64-v4"};
  for (int i = 0; i < 3; i++) {
    check_isa(*state, SG_F32, isas[i]);
    check_isa(*state, SG_F64, isas[i]);
  }
}

int main(int argc, char **argv) {
  enum { count = sizeof programs / sizeof *programs };
  struct CMUnitTest tests[count];
  for (int i = 0; i < count; i++) {
    tests[i] = (struct CMUnitTest){
        .name = programs[i].name, .test_func = check_program, .initial_state = (void *)&programs[i]};
  }
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  return _cmocka_run_group_tests("same bits from any number of threads", tests, count, NULL, NULL);
}
