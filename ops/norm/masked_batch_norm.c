// SPDX-License-Identifier: GPL-3.0-or-later
//
// Batch normalization over the positions that a mask leaves. They are put together to rows, (M, C), of which
// batch_norm knows everything; what it gives goes back to where they were. So nothing that is masked is ever read,
// nothing flows there, and the derivatives of every order are those of batch_norm.
#include "ops/norm/batch_norm_shape.h"
#include "ops/norm/normalization.h"
#include "ops/ops.h"

enum { X, MASK, GAMMA, BETA };

// ---- prepare, check -----------------------------------------------------------------------------------

static sg_shape shape_of_mask(const sg_shape *x) {
  sg_shape mask = {.rank = x->rank - 1, .size = {x->size[0]}};
  for (int d = 2; d < x->rank; d++) mask.size[d - 1] = x->size[d];
  return mask;
}

static sg_status prepare(sg_plan *plan) {
  if (sg_batch_norm_check_input(plan)) return sg_error_status(plan->context);
  const sg_shape *x = sg_plan_shape(plan, X), *mask = sg_plan_shape(plan, MASK), positions = shape_of_mask(x);
  const sg_shape channels = SG_DIMS(x->size[1]), samples = SG_DIMS(x->size[0]);
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[MASK]);
  if (dtype == SG_BOOL && !sg_shape_equal(mask, &positions))
    return sg_reject(plan, "mask has shape %s, expected %s (x %s without its channels)", sg_shape_text(mask).text,
                     sg_shape_text(&positions).text, sg_shape_text(x).text);
  if (dtype == SG_I64 && (x->rank < 3 || !sg_shape_equal(mask, &samples)))
    return sg_reject(plan, "mask has shape %s, expected lengths %s for x %s, (N,C,L) or more",
                     sg_shape_text(mask).text, sg_shape_text(&samples).text, sg_shape_text(x).text);
  if (dtype != SG_BOOL && dtype != SG_I64)
    return sg_reject(plan, "mask has dtype %s, expected bool, or i64 for lengths", sg_dtype_name(dtype));
  for (int i = GAMMA; i <= BETA; i++)
    if (sg_norm_check_parameters(plan, i, &channels, "channels")) return sg_error_status(plan->context);
  return SG_OK;
}

// The positions that are left of every sample's, where they are lengths along the last dimension, or of all.
static sg_status count_left(const sg_call *call, int64_t *count) {
  const sg_shape *x = sg_tensor_shape(call->inputs[X]);
  const sg_tensor *mask = call->inputs[MASK];
  const int64_t longest = x->size[x->rank - 1], base = sg_index_base(call->context);
  *count = 0;
  for (int64_t i = 0; i < sg_tensor_elements(mask); i++) {
    const int64_t left = sg_tensor_integer(mask, i);
    if (left < 0 || left > longest)
      return sg_refuse(call, "mask holds the length %lld (element %lld), expected 0..%lld", (long long)left,
                       (long long)(i + base), (long long)longest);
    *count += left;
  }
  for (int d = 2; d < x->rank - 1; d++) *count *= x->size[d];
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const sg_tensor *mask = call->inputs[MASK];
  int64_t count = 0;
  if (sg_tensor_dtype(mask) == SG_I64) {
    if (count_left(call, &count)) return sg_error_status(call->context);
  } else {
    const uint8_t *values = sg_tensor_data(mask);
    for (int64_t i = 0; i < sg_tensor_elements(mask); i++) count += values[i] != 0;
  }
  if (count > 1) return SG_OK;
  return sg_refuse(call, "mask leaves %s value per channel, expected more than one to normalize by",
                   count == 1 ? "one" : "no");
}

// ---- compose --------------------------------------------------------------------------------------------

// The mask of lengths, in the shape of one.
static sg_tensor *mask_of_lengths(const sg_call *call, const sg_shape *positions) {
  sg_context *c = call->context;
  const int64_t longest = positions->size[positions->rank - 1];
  sg_shape samples = *positions;
  for (int d = 1; d < samples.rank; d++) samples.size[d] = 1;
  sg_tensor *place = sg_arange(c, SG_I64, sg_whole(0), sg_whole(longest), sg_whole(1));
  return sg_expand(c, sg_lt(c, place, sg_reshape(c, call->inputs[MASK], &samples)), positions);
}

// Where, in rows of (N P, C), the positions are that are left.
static sg_tensor *places_of(const sg_call *call, const sg_shape *positions, int64_t rows) {
  sg_context *c = call->context;
  const int64_t base = sg_index_base(c);
  sg_tensor *mask = call->inputs[MASK];
  if (sg_tensor_dtype(mask) == SG_I64) mask = mask_of_lengths(call, positions);
  sg_tensor *all = sg_arange(c, SG_I64, sg_whole(base), sg_whole(base + rows), sg_whole(1));
  return sg_masked_select(c, all, sg_reshape(c, mask, &(sg_shape)SG_DIMS(rows)));
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_shape *x = sg_tensor_shape(call->inputs[X]), positions = shape_of_mask(x);
  const int64_t samples = x->size[0], channels = x->size[1], pixels = sg_norm_pixels(x);
  const sg_shape planes = SG_DIMS(samples, channels, pixels), lines = SG_DIMS(samples, pixels, channels);
  const sg_shape rows = SG_DIMS(samples * pixels, channels);
  sg_tensor *places = places_of(call, &positions, samples * pixels);
  sg_tensor *wide = sg_reshape(c, sg_transpose(c, sg_reshape(c, call->inputs[X], &planes), 1, 2), &rows);
  sg_tensor *y = sg_batch_norm(c, sg_index_select(c, wide, places, 0), call->inputs[GAMMA], call->inputs[BETA],
                               call->options, &outputs[1], &outputs[2]);
  sg_tensor *back = sg_index_add(c, sg_tensor_full(c, call->dtype, &rows, 0), places, y, 0);
  outputs[0] = sg_reshape(c, sg_transpose(c, sg_reshape(c, back, &lines), 1, 2), x);
}

// ---- The op ---------------------------------------------------------------------------------------------

#define LENGTHS(...) SG_VALUES_OF(SG_I64, SG_NUMBERS(__VA_ARGS__), {1, {SG_COUNT_NUMBERS(__VA_ARGS__)}})
#define MARKS(...) SG_VALUES_OF(SG_BOOL, SG_NUMBERS(__VA_ARGS__), {1, {SG_COUNT_NUMBERS(__VA_ARGS__)}})
#define SCALES SG_UNIFORM(0.5, 1.5, SG_DIMS(3))

const sg_op op_masked_batch_norm = {
    SG_COMPOSED(masked_batch_norm, prepare, compose),
    SG_WORDS(
        "batch_norm over the positions that a mask leaves; y is 0 at the others, whatever x holds there.",
        "y = gamma (x - mean) / sqrt(var + eps) + beta where mask, else 0; mean and var over all dimensions but "
        "the second, where mask",
        "Ioffe and Szegedy 2015, Batch Normalization, ICML, algorithm 1"),
    .inputs = SG_PORTS({"x", 0, "(N,C), (N,C,L), (N,C,H,W) or (N,C,D,H,W)"},
                       {"mask", SG_ANY_DTYPE | SG_STEP,
                        "bool, the shape of x without its channels: what counts; or i64, (N): of every sample so "
                        "many positions along the last dimension"},
                       {"gamma", SG_OPTIONAL, "scale of each channel, (C); 1 when absent"},
                       {"beta", SG_OPTIONAL, "shift of each channel, (C); 0 when absent"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}, {"mean", 0, "mean of each channel, (C)"},
                        {"var", 0, "biased variance of each channel, (C)"}),
    SG_OPTIONS(sg_batch_norm_options, SG_CONSTANT(sg_batch_norm_options, .eps = 1e-5),
               SG_NORM_EPS(sg_batch_norm_options)),
    .check = check,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 9, 4, 7), SG_DIMS(4, 1)), MARKS(1, 0, 1, 1)),
         SG_WITH(sg_batch_norm_options, .eps = 0), SG_GIVES(-1.22474487139158904910, 0, 0, 1.22474487139158904910)},
        {"rows", SG_ON(SG_RANDN(6, 3), MARKS(1, 1, 0, 1, 0, 1), SCALES, SG_RANDN(3))},
        {"lines", SG_ON(SG_RANDN(2, 3, 8), SG_MASK(SG_DIMS(2, 8)), SCALES, SG_RANDN(3))},
        {"lengths", SG_ON(SG_RANDN(3, 2, 4), LENGTHS(4, 0, 3))},
        {"images", SG_ON(SG_NORMAL(-1, 2, SG_DIMS(2, 3, 3, 4)), SG_MASK(SG_DIMS(2, 3, 4)), SCALES),
         SG_WITH(sg_batch_norm_options, .eps = 1e-3)},
        {"lengths of images", SG_ON(SG_RANDN(2, 3, 2, 3), LENGTHS(2, 3), {0}, SG_RANDN(3))},
        {"volumes", SG_ON(SG_RANDN(2, 2, 2, 3, 2), SG_MASK(SG_DIMS(2, 2, 3, 2)))},
        {"no channels", SG_ON(SG_RANDN(4, 0), MARKS(1, 1, 0, 1))}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4), MARKS(1, 1, 1, 1)), .error = "x has shape [4], expected (N,C)"},
        {"mask", SG_ON(SG_RANDN(2, 3, 4), MARKS(1, 1)), .error = "mask has shape [2], expected [2, 4]"},
        {"lengths", SG_ON(SG_RANDN(2, 3, 4), LENGTHS(1, 2, 3)), .error = "expected lengths [2]"},
        {"lengths of rows", SG_ON(SG_RANDN(2, 3), LENGTHS(1, 2)), .error = "(N,C,L) or more"},
        {"numbers", SG_ON(SG_RANDN(2, 3), SG_OF_DTYPE(SG_F64, SG_DIMS(2))), .error = "mask has dtype f64"},
        {"too long", SG_ON(SG_RANDN(2, 3, 4), LENGTHS(1, 5)), .error = "mask holds the length 5 (element"},
        {"gamma", SG_ON(SG_RANDN(3, 3), MARKS(1, 1, 1), SG_RANDN(2)), .error = "gamma has shape [2], expected [3]"},
        {"one left", SG_ON(SG_RANDN(3, 2), MARKS(0, 1, 0)), .error = "mask leaves one value per channel"},
        {"none left", SG_ON(SG_RANDN(2, 2, 3), LENGTHS(0, 0)), .error = "mask leaves no value per channel"}),
};

sg_tensor *sg_masked_batch_norm(sg_context *context, sg_tensor *x, sg_tensor *mask, sg_tensor *gamma,
                                sg_tensor *beta, const sg_batch_norm_options *options, sg_tensor **mean,
                                sg_tensor **var) {
  sg_tensor *outputs[3] = {NULL};
  sg_apply(context, &op_masked_batch_norm, 4, (sg_tensor *[]){x, mask, gamma, beta}, options, outputs);
  if (mean) *mean = outputs[1];
  if (var) *var = outputs[2];
  return outputs[0];
}
