// SPDX-License-Identifier: GPL-3.0-or-later
//
// The order of a backward pass: newest first whatever the graph looks like, found without looking at nodes of other
// graphs, in a time that grows with the graph and not with its square. The bounds on time are a hundred times what
// is needed, and a tenth or less of what a pass would take that walks all nodes or compares all with all.
#include <time.h>

#include "tests/support/fixture.h"

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint64_t next_random(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 33;
}

enum { NODES = 400, GRAPHS = 50 };

// y[k] = y[i] + y[j] for random earlier i and j: d y[last] / d y[i] is the number of paths between them, here
// modulo nothing as few graphs have more than 2^53. A node visited before all that uses it would lose some.
static void random_graph(sg_context *context, uint64_t *random) {
  sg_scope scope = sg_scope_open(context);
  sg_tensor *y[NODES] = {LEAF(context, 1)}, *found[NODES];
  int left[NODES], right[NODES];
  double paths[NODES] = {0};
  for (int k = 1; k < NODES; k++) {
    int reach = next_random(random) % 2 ? k : k < 9 ? k : 9; // near and far ones
    left[k] = k - 1 - (int)(next_random(random) % (uint64_t)reach);
    right[k] = (int)(next_random(random) % (uint64_t)k);
    y[k] = sg_add(context, y[left[k]], y[right[k]]);
  }
  paths[NODES - 1] = 1;
  for (int k = NODES - 1; k > 0; k--) {
    paths[left[k]] += paths[k];
    paths[right[k]] += paths[k];
  }
  const sg_backward_options options = {.retain_graph = true, .allow_unused = true};
  sg_grad(context, 1, &y[NODES - 1], NULL, NODES, y, &options, found);
  expect_ok(context);
  for (int k = 0; k < NODES; k++) {
    if (!found[k])
      assert_true(paths[k] == 0);
    else if (paths[k] < 0x1p53)
      EXPECT(found[k], paths[k]);
  }
  sg_scope_close(context, scope);
}

static void random_graphs(void **state) {
  uint64_t random = 1;
  for (int i = 0; i < GRAPHS; i++) random_graph(*state, &random);
}

// The inputs of one node, in no order.
static void shuffled_inputs(void **state) {
  sg_context *context = *state;
  enum { WIDTH = 50000 };
  sg_tensor *x = LEAF(context, 3), **parts = test_calloc(WIDTH, sizeof *parts);
  uint64_t random = 2;
  for (int i = 0; i < WIDTH; i++) parts[i] = sg_mul_scalar(context, x, i);
  for (int i = WIDTH - 1; i > 0; i--) {
    int k = (int)(next_random(&random) % (uint64_t)(i + 1));
    sg_tensor *other = parts[k];
    parts[k] = parts[i];
    parts[i] = other;
  }
  sg_backward(context, total(context, sg_cat(context, WIDTH, parts, 0)), NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(x), (double)WIDTH * (WIDTH - 1) / 2);
  test_free(parts);
}

// A small graph whose oldest node is older than 300,000 others.
static void many_other_nodes(void **state) {
  sg_context *context = *state;
  enum { OTHERS = 300000, PASSES = 300 };
  sg_tensor *x = LEAF(context, 3), *square = sg_square(context, x), *other = LEAF(context, 1);
  for (int i = 0; i < OTHERS; i++) {
    sg_scope scope = sg_scope_open(context);
    other = sg_scope_return(context, scope, sg_neg(context, other));
  }
  sg_tensor *y = sg_mul(context, square, x);
  double start = seconds();
  for (int i = 0; i < PASSES; i++) {
    sg_backward(context, y, NULL, &(sg_backward_options){.retain_graph = true});
    sg_tensor *found;
    sg_grad(context, 1, &y, NULL, 1, &x, &(sg_backward_options){.retain_graph = true}, &found);
    EXPECT(found, 27);
  }
  assert_true(seconds() - start < 0.5);
  EXPECT(sg_tensor_grad(x), 27 * PASSES);
}

static void many_inner_results(void **state) {
  sg_context *context = *state;
  enum { LENGTH = 60000 };
  sg_tensor **y = test_calloc(LENGTH, sizeof *y), **found = test_calloc(LENGTH, sizeof *found);
  y[0] = LEAF(context, 3);
  for (int i = 1; i < LENGTH; i++) y[i] = sg_neg(context, y[i - 1]);
  double start = seconds();
  sg_grad(context, 1, &y[LENGTH - 1], NULL, LENGTH, y, NULL, found);
  expect_ok(context);
  assert_true(seconds() - start < 1);
  for (int i = 0; i < LENGTH; i++) EXPECT(found[i], (LENGTH - 1 - i) % 2 ? -1 : 1);
  test_free(found);
  test_free(y);
}

// Every second pass adds to a .grad that is there.
static void many_leaves(void **state) {
  sg_context *context = *state;
  enum { LEAVES = 60000 };
  sg_tensor **x = test_calloc(LEAVES, sizeof *x);
  for (int i = 0; i < LEAVES; i++) x[i] = LEAF(context, i);
  sg_tensor *y = total(context, sg_cat(context, LEAVES, x, 0));
  sg_backward(context, y, NULL, &(sg_backward_options){.retain_graph = true});
  double start = seconds();
  sg_backward(context, y, NULL, NULL);
  expect_ok(context);
  assert_true(seconds() - start < 1);
  for (int i = 0; i < LEAVES; i++) EXPECT(sg_tensor_grad(x[i]), 2);
  test_free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(random_graphs),      TEST_OF(shuffled_inputs), TEST_OF(many_other_nodes),
      TEST_OF(many_inner_results), TEST_OF(many_leaves),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
