// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of the products of elements that an index puts at the same places. The factors of a place are
// multiplied in pairs, these products in pairs, and so on, in as many rounds as doubling takes to the most factors;
// back through the rounds every factor of a pair gets what arrives times the other one. So a derivative by one
// factor is the product of all others, made without a division, and every step is an op, differentiable again. In
// f64: what products on the way need not stay within is the range of f32.
#include "ops/ops.h"
#include "ops/shape/merging.h"

enum { X = SG_MERGE_X, INDEX = SG_MERGE_INDEX, SOURCE = SG_MERGE_SOURCE };
enum { ROUNDS_AT_MOST = 64 };

// Of `nodes` values, those at positions first[i] and second[i] make one; second[i] is the position behind all
// values, where a 1 is, for one without a partner. came_from[j] is where value j is found in what arrives at all
// first ones and then at all second ones.
typedef struct round_of_pairs {
  sg_tensor *first, *second, *came_from;
} round_of_pairs;

typedef struct tree {
  sg_tensor *places; // that the index names, each once, as positions
  sg_tensor *roots;  // the place of every product, as positions
  round_of_pairs round[ROUNDS_AT_MOST];
  int rounds;
} tree;

static sg_tensor *integers(sg_context *c, int64_t count) {
  return sg_tensor_new(c, SG_I64, &(const sg_shape){1, {count}});
}

// The places in the order in which they come, numbered; place[] becomes those numbers. Returns how many there are.
static int64_t number_places(int64_t *place, int64_t count, int64_t *number, int64_t extent, int64_t *places) {
  int64_t found = 0;
  for (int64_t p = 0; p < extent; p++) number[p] = -1;
  for (int64_t i = 0; i < count; i++) {
    int64_t *n = &number[place[i]];
    if (*n < 0) {
      places[found] = place[i];
      *n = found++;
    }
    place[i] = *n;
  }
  return found;
}

// Pairs values of the same group; group[] becomes those of the pairs. Returns how many there are.
static int64_t pair(int64_t *group, int64_t nodes, int64_t *alone, int64_t groups, int64_t base, int64_t *first,
                    int64_t *second, int64_t *came_from) {
  int64_t pairs = 0;
  for (int64_t g = 0; g < groups; g++) alone[g] = -1;
  for (int64_t j = 0; j < nodes; j++) {
    int64_t *waiting = &alone[group[j]];
    if (*waiting < 0) {
      *waiting = pairs;
      first[pairs] = j + base;
      second[pairs] = nodes + base;
      came_from[j] = pairs;
      group[pairs++] = group[j];
    } else {
      second[*waiting] = j + base;
      came_from[j] = -1 - *waiting;
      *waiting = -1;
    }
  }
  for (int64_t j = 0; j < nodes; j++)
    came_from[j] = base + (came_from[j] < 0 ? pairs - 1 - came_from[j] : came_from[j]);
  return pairs;
}

static bool build_round(sg_context *c, int64_t *group, int64_t *nodes, int64_t *alone, int64_t groups,
                        round_of_pairs *round) {
  sg_tensor *first = integers(c, *nodes), *second = integers(c, *nodes);
  round->came_from = integers(c, *nodes);
  if (!first || !second || !round->came_from) return false;
  const int64_t pairs = pair(group, *nodes, alone, groups, sg_index_base(c), sg_output_data(first),
                             sg_output_data(second), sg_output_data(round->came_from));
  round->first = sg_narrow(c, first, 0, 0, pairs);
  round->second = sg_narrow(c, second, 0, 0, pairs);
  *nodes = pairs;
  return round->first && round->second;
}

// The factors are the elements of the source and, behind them, those of x at the places, where they count.
static bool build(const sg_call *call, const sg_merging *own, tree *t) {
  sg_context *c = call->context;
  const int64_t count = sg_shape_elements(&call->input_shapes[INDEX]);
  const int64_t extent = sg_shape_elements(&call->input_shapes[X]), base = sg_index_base(c);
  sg_tensor *groups = integers(c, 2 * count), *numbers = integers(c, extent), *places = integers(c, count);
  if (!groups || !numbers || !places) return false;
  int64_t *group = sg_output_data(groups), *alone = sg_output_data(numbers), *place = sg_output_data(places);
  sg_merging_places(call, own, group);
  const int64_t found = number_places(group, count, alone, extent, place);
  int64_t nodes = count;
  for (int64_t g = 0; own->with_x && g < found; g++) group[nodes++] = g;
  while (nodes > found) {
    if (!build_round(c, group, &nodes, alone, found, &t->round[t->rounds++])) return false;
  }
  sg_tensor *roots = integers(c, found);
  if (!roots) return false;
  int64_t *root = sg_output_data(roots);
  for (int64_t g = 0; g < found; g++) root[g] = place[group[g]] + base;
  for (int64_t g = 0; g < found; g++) place[g] += base;
  t->roots = roots;
  t->places = sg_narrow(c, places, 0, 0, found);
  return t->places != NULL;
}

static sg_tensor *flat(sg_context *c, sg_tensor *t) {
  return sg_to(c, sg_reshape(c, t, &(const sg_shape){1, {-1}}), SG_F64);
}

static sg_tensor *joined(sg_context *c, sg_tensor *a, sg_tensor *b) {
  return sg_cat(c, 2, (sg_tensor *[]){a, b}, 0);
}

// What arrives at every factor: up through the rounds, and back.
static sg_tensor *products_of_others(sg_context *c, const tree *t, sg_tensor *factors, sg_tensor *arriving) {
  sg_tensor *one = sg_tensor_full(c, SG_F64, &(const sg_shape){1, {1}}, 1), *values = factors;
  sg_tensor *first[ROUNDS_AT_MOST], *second[ROUNDS_AT_MOST];
  for (int r = 0; r < t->rounds; r++) {
    first[r] = sg_index_select(c, values, t->round[r].first, 0);
    second[r] = sg_index_select(c, joined(c, values, one), t->round[r].second, 0);
    values = sg_mul(c, first[r], second[r]);
  }
  for (int r = t->rounds - 1; r >= 0; r--) {
    sg_tensor *both = joined(c, sg_mul(c, arriving, second[r]), sg_mul(c, arriving, first[r]));
    arriving = sg_index_select(c, both, t->round[r].came_from, 0);
  }
  return arriving;
}

void sg_merging_product_vjp(const sg_call *call, const sg_merging *own, sg_tensor *source) {
  sg_context *c = call->context;
  tree t = {0};
  if (!source || sg_error_status(c) || !build(call, own, &t)) return;
  const int64_t count = sg_tensor_elements(source);
  sg_tensor *factors = flat(c, source), *d_y = flat(c, call->d_outputs[0]);
  if (own->with_x) factors = joined(c, factors, sg_index_select(c, flat(c, call->inputs[X]), t.places, 0));
  sg_tensor *arriving = products_of_others(c, &t, factors, sg_index_select(c, d_y, t.roots, 0));
  if (call->needs[SOURCE])
    call->d_inputs[SOURCE] =
        sg_to(c, sg_reshape(c, sg_narrow(c, arriving, 0, 0, count), &call->input_shapes[INDEX]), call->dtype);
  if (!call->needs[X]) return;
  sg_tensor *at_x =
      own->with_x ? sg_narrow(c, arriving, 0, count, sg_tensor_elements(t.places)) : sg_scalar_like(c, d_y, 0);
  sg_tensor *d_x = sg_index_put(c, d_y, at_x, 1, &t.places, false);
  call->d_inputs[X] = sg_to(c, sg_reshape(c, d_x, &call->input_shapes[X]), call->dtype);
}
