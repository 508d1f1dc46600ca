// SPDX-License-Identifier: GPL-3.0-or-later
//
// softmax(scale q k' + mask) v for every head, scale being 1 / sqrt(E) by itself. A query that may look at nothing,
// by a mask of bools, gets zeros, and so do its gradients.
//
// Scores are differences of large numbers where the keys have a large mean, and their gradients where the values
// have one. So what is not of ordinary size is computed in f64.
#include "ops/ops.h"
#include "ops/wide.h"

#include <math.h>

static const sg_attention_options defaults = {0, false, 0, false};

enum { QUERY, KEY, VALUE, MASK, INPUTS };

// ---- Shapes -----------------------------------------------------------------------------------------

static int64_t size_from_end(const sg_shape *shape, int d) { return shape->size[shape->rank - d]; }

static sg_status refuse_shapes(const sg_plan *plan, const char *expected) {
  return sg_reject(plan, "query has shape %s, key %s, value %s, expected %s",
                   sg_shape_text(sg_plan_shape(plan, QUERY)).text, sg_shape_text(sg_plan_shape(plan, KEY)).text,
                   sg_shape_text(sg_plan_shape(plan, VALUE)).text, expected);
}

// The shape without its last two dimensions, of a key or value with the heads of the query.
static sg_shape leading(const sg_shape *shape, const sg_shape *query, bool grouped) {
  sg_shape result = *shape;
  result.rank -= 2;
  if (grouped) result.size[result.rank - 1] = size_from_end(query, 3);
  return result;
}

// Groups of heads of the query share a head of key and value, of which there are as many.
static sg_status check_groups(const sg_plan *plan) {
  const sg_shape *query = sg_plan_shape(plan, QUERY), *key = sg_plan_shape(plan, KEY);
  const sg_shape *value = sg_plan_shape(plan, VALUE);
  if (query->rank < 3 || key->rank < 3 || value->rank < 3 || query->rank >= SG_MAX_RANK ||
      key->rank >= SG_MAX_RANK || value->rank >= SG_MAX_RANK || size_from_end(value, 3) != size_from_end(key, 3))
    return refuse_shapes(plan, "heads for enable_gqa, (..., H, L, E), as many of value as of key");
  const int64_t heads = size_from_end(key, 3);
  if (heads > 0 && size_from_end(query, 3) % heads == 0) return SG_OK;
  return sg_reject(plan, "the heads of query %s are no multiple of those of key %s", sg_shape_text(query).text,
                   sg_shape_text(key).text);
}

static sg_status check_mask(const sg_plan *plan, const sg_shape *scores) {
  if (!plan->inputs[MASK]) return SG_OK;
  if (((const sg_attention_options *)plan->options)->is_causal)
    return sg_reject(plan, "is_causal stands for a mask, and attn_mask is given as well");
  const sg_shape *mask = sg_plan_shape(plan, MASK);
  sg_shape both;
  if (sg_shape_broadcast(mask, scores, &both) && sg_shape_equal(&both, scores)) return SG_OK;
  return sg_reject(plan, "attn_mask has shape %s, which does not broadcast to %s (scores of all queries and keys)",
                   sg_shape_text(mask).text, sg_shape_text(scores).text);
}

static sg_status prepare(sg_plan *plan) {
  const bool grouped = ((const sg_attention_options *)plan->options)->enable_gqa;
  const sg_shape *query = sg_plan_shape(plan, QUERY), *key = sg_plan_shape(plan, KEY);
  const sg_shape *value = sg_plan_shape(plan, VALUE);
  if (query->rank < 2 || key->rank < 2 || value->rank < 2 || size_from_end(query, 1) != size_from_end(key, 1) ||
      size_from_end(key, 2) != size_from_end(value, 2))
    return refuse_shapes(plan, "(..., L, E), (..., S, E), (..., S, V)");
  if (grouped && check_groups(plan)) return sg_error_status(plan->context);
  const sg_shape of_query = leading(query, query, grouped), of_key = leading(key, query, grouped),
                 of_value = leading(value, query, grouped);
  sg_shape scores, all;
  if (!sg_shape_broadcast(&of_query, &of_key, &scores) || !sg_shape_broadcast(&scores, &of_value, &all))
    return refuse_shapes(plan, "leading dimensions that broadcast");
  scores.size[scores.rank++] = size_from_end(query, 2);
  scores.size[scores.rank++] = size_from_end(key, 2);
  return check_mask(plan, &scores);
}

// ---- Parts ------------------------------------------------------------------------------------------

static sg_tensor *positions(sg_context *c, int64_t count) {
  return sg_arange(c, SG_I64, sg_whole(0), sg_whole(count), sg_whole(1));
}

// Query i may look at what is not after it.
static sg_tensor *causal_mask(sg_context *c, const sg_shape *scores) {
  sg_tensor *rows = positions(c, size_from_end(scores, 2)), *columns = positions(c, size_from_end(scores, 1));
  return sg_ge(c, sg_unsqueeze(c, rows, 1), columns);
}

static sg_tensor *weights(const sg_call *call, sg_tensor *scores, sg_tensor *mask) {
  sg_context *c = call->context;
  const sg_attention_options *options = call->options;
  if (options->is_causal) mask = causal_mask(c, sg_tensor_shape(scores));
  if (!mask) return sg_softmax(c, scores, NULL);
  if (sg_tensor_dtype(mask) != SG_BOOL) return sg_softmax(c, sg_add(c, scores, mask), NULL);
  sg_tensor *chosen = sg_where(c, mask, scores, sg_scalar_like(c, scores, -HUGE_VAL));
  if (options->is_causal) return sg_softmax(c, chosen, NULL); // the first key is there for all
  sg_tensor *zero = sg_scalar_like(c, scores, 0);
  sg_tensor *some = sg_any(c, mask, &(sg_reduce_options){.dim = {1, {-1}}, .keepdim = true});
  return sg_where(c, some, sg_softmax(c, sg_where(c, some, chosen, zero), NULL), zero);
}

static sg_tensor *attention(const sg_call *call, sg_tensor *query, sg_tensor *key, sg_tensor *value,
                            sg_tensor *mask) {
  sg_context *c = call->context;
  const sg_attention_options *options = call->options;
  const double width = (double)size_from_end(sg_tensor_shape(query), 1);
  const double scale = options->scale != 0 ? options->scale : 1 / sqrt(width);
  sg_tensor *scores = sg_matmul(c, sg_mul_scalar(c, query, scale), sg_transpose(c, key, -2, -1));
  if (sg_error_status(c)) return NULL;
  sg_tensor *share = weights(call, scores, mask);
  if (options->dropout_p > 0) share = sg_dropout(c, share, &(sg_dropout_options){options->dropout_p});
  return sg_matmul(c, share, value);
}

// (..., H, S, E) as (..., H, 1, S, E), and a query (..., G H, L, E) as (..., H, G, L, E).
static sg_tensor *by_group(sg_context *c, sg_tensor *x, int64_t heads) {
  if (!x || sg_tensor_shape(x)->rank < 3) return x;
  sg_shape shape = *sg_tensor_shape(x);
  const int64_t rows = size_from_end(&shape, 2), columns = size_from_end(&shape, 1), all = size_from_end(&shape, 3);
  if (all == 1) heads = 1;
  shape.size[shape.rank - 3] = heads;
  shape.size[shape.rank - 2] = all / heads;
  shape.size[shape.rank - 1] = rows;
  shape.size[shape.rank++] = columns;
  return sg_reshape(c, x, &shape);
}

static sg_tensor *of_groups(const sg_call *call, sg_tensor *const *inputs) {
  sg_context *c = call->context;
  const int64_t heads = size_from_end(sg_tensor_shape(inputs[KEY]), 3);
  sg_tensor *split[INPUTS];
  for (int i = 0; i < INPUTS; i++) split[i] = by_group(c, inputs[i], heads);
  if (sg_error_status(c)) return NULL;
  sg_tensor *y = attention(call, split[QUERY], split[KEY], split[VALUE], split[MASK]);
  if (sg_error_status(c)) return NULL;
  const sg_shape *parts = sg_tensor_shape(y); // (..., H, G, L, V)
  return sg_flatten(c, y, parts->rank - 4, parts->rank - 3);
}

// ---- In which dtype ---------------------------------------------------------------------------------

enum { ORDINARY = 256 };

// A mask of -infinity is as good as one of bools.
static sg_tensor *finite_part(sg_context *c, sg_tensor *mask) {
  if (!mask || sg_tensor_dtype(mask) == SG_BOOL) return NULL;
  sg_tensor *values = sg_tensor_detach(c, mask), *zero = sg_scalar_like(c, values, 0);
  return sg_where(c, sg_eq(c, values, sg_scalar_like(c, values, -HUGE_VAL)), zero, values);
}

static bool wants_f64(const sg_call *call) {
  sg_context *c = call->context;
  if (call->dtype == SG_F64) return false;
  for (int i = 0; i < MASK; i++)
    if (!sg_is_within(c, call->inputs[i], ORDINARY)) return true;
  return !sg_is_within(c, finite_part(c, call->inputs[MASK]), ORDINARY);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const bool wide = wants_f64(call), grouped = ((const sg_attention_options *)call->options)->enable_gqa;
  sg_tensor *widened[SG_MAX_PORTS], *const *in = call->inputs;
  if (wide) {
    sg_widened(call, widened);
    in = widened;
  }
  if (sg_error_status(c)) return;
  sg_tensor *y = grouped ? of_groups(call, in) : attention(call, in[QUERY], in[KEY], in[VALUE], in[MASK]);
  outputs[0] = wide ? sg_to(c, y, SG_F32) : y;
}
const sg_op op_scaled_dot_product_attention = {
    SG_COMPOSED(scaled_dot_product_attention, prepare, compose),
    SG_WORDS("Every query's mean of the values, weighted by how well it fits their keys.",
             "y = softmax(scale query key' + attn_mask) value", "Vaswani et al., Attention Is All You Need, 2017"),
    .cost = "4 L S E operations and L S weights for each head",
    .inputs = SG_PORTS({"query", 0, "(..., L, E)"}, {"key", 0, "(..., S, E)"}, {"value", 0, "(..., S, V)"},
                       {"attn_mask", SG_OPTIONAL | SG_BOOL_TOO,
                        "broadcasts to (..., L, S): bools, true where a query may look, or numbers to be added"}),
    .outputs = SG_PORTS({"y", 0, "(..., L, V)"}),
    SG_OPTIONS(
        sg_attention_options, &defaults,
        SG_OPTION(sg_attention_options, dropout_p, FLOAT, "the probability that a weight is dropped; default 0",
                  SG_AT_LEAST | SG_BELOW, 0, 1),
        SG_OPTION(sg_attention_options, is_causal, BOOL, "no query looks at what is after it; default false"),
        SG_OPTION(sg_attention_options, scale, FLOAT, "factor of the products; default 0: 1 / sqrt(E)", SG_AT_LEAST,
                  0),
        SG_OPTION(sg_attention_options, enable_gqa, BOOL,
                  "groups of heads of the query share a head of key and value; default false")),
    .samples = SG_SAMPLES(
        {"heads", SG_ON(SG_RANDN(2, 2, 3, 4), SG_RANDN(2, 2, 5, 4), SG_RANDN(2, 2, 5, 3))},
        {"causal", SG_ON(SG_RANDN(2, 4, 3), SG_RANDN(2, 4, 3), SG_RANDN(2, 4, 3)),
         SG_WITH(sg_attention_options, .is_causal = true)},
        {"mask", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 3, 4), SG_RANDN(2, 3, 2),
                       SG_VALUES_OF(SG_BOOL, SG_NUMBERS(1, 0, 1, 1, 1, 0, 0, 0, 1), SG_DIMS(3, 3)))},
        {"one key for all queries", SG_ON(SG_RANDN(2, 3, 2), SG_RANDN(1, 4, 2), SG_RANDN(4, 3))},
        {"no queries", SG_ON(SG_RANDN(2, 0, 2), SG_RANDN(2, 4, 2), SG_RANDN(2, 4, 3))},
        {"large values", SG_ON(SG_RANDN(3, 2), SG_NORMAL(0, 1, SG_DIMS(4, 2)), SG_NORMAL(300, 1, SG_DIMS(4, 2)))},
        {"numbers as mask", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 5, 4), SG_RANDN(2, 5, 2), SG_RANDN(3, 5))},
        {"scale", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4), SG_RANDN(3, 2)), SG_WITH(sg_attention_options, .scale = 2)},
        {"groups", SG_ON(SG_RANDN(2, 4, 3, 2), SG_RANDN(2, 2, 5, 2), SG_RANDN(2, 2, 5, 3)),
         SG_WITH(sg_attention_options, .enable_gqa = true)},
        {"groups and masks",
         SG_ON(SG_RANDN(1, 4, 2, 2), SG_RANDN(1, 2, 3, 2), SG_RANDN(1, 2, 3, 2), SG_RANDN(4, 2, 3)),
         SG_WITH(sg_attention_options, .enable_gqa = true)},
        {"a query that sees nothing",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2), SG_DIMS(2, 1)), SG_VALUES(SG_NUMBERS(1, 1), SG_DIMS(2, 1)),
               SG_VALUES(SG_NUMBERS(3, 5), SG_DIMS(2, 1)), SG_VALUES_OF(SG_BOOL, SG_NUMBERS(0, 1), SG_DIMS(2, 1))),
         SG_GIVES(0, 4)}),
    .bad_samples = SG_SAMPLES(
        {"widths", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 5), SG_RANDN(3, 2)),
         .error = "query has shape [3, 4], key [3, 5], value [3, 2], expected (..., L, E)"},
        {"mask", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4), SG_RANDN(3, 2), SG_RANDINT(0, 2, SG_DIMS(3, 3))),
         .error = "attn_mask has dtype i64, expected f32, f64 or bool"},
        {"two masks", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4), SG_RANDN(3, 2), SG_MASK(SG_DIMS(3, 3))),
         SG_WITH(sg_attention_options, .is_causal = true), .error = "attn_mask is given as well"},
        {"shape of the mask", SG_ON(SG_RANDN(3, 4), SG_RANDN(5, 4), SG_RANDN(5, 2), SG_RANDN(5, 3)),
         .error = "attn_mask has shape [5, 3], which does not broadcast to [3, 5]"},
        {"batches", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(3, 3, 4), SG_RANDN(3, 3, 2)),
         .error = "expected leading dimensions that broadcast"},
        {"no heads", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4), SG_RANDN(3, 2)),
         SG_WITH(sg_attention_options, .enable_gqa = true), .error = "expected heads for enable_gqa"},
        {"heads", SG_ON(SG_RANDN(3, 3, 4), SG_RANDN(2, 3, 4), SG_RANDN(2, 3, 2)),
         SG_WITH(sg_attention_options, .enable_gqa = true), .error = "are no multiple of those of key [2, 3, 4]"}),
};

sg_tensor *sg_scaled_dot_product_attention(sg_context *context, sg_tensor *query, sg_tensor *key, sg_tensor *value,
                                           sg_tensor *attn_mask, const sg_attention_options *options) {
  return sg_apply_one(context, &op_scaled_dot_product_attention, 4, (sg_tensor *[]){query, key, value, attn_mask},
                      options);
}
