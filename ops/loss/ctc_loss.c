// SPDX-License-Identifier: GPL-3.0-or-later
//
// -log of the probability of a sequence of labels, summed over all ways to spread it over the steps with blanks
// between: with the labels l of length 2 S + 1, blanks at even places, a[0] = x[0, l] at the first two places and
//
//   a[t, s] = x[t, l[s]] + log(exp(a[t-1, s]) + exp(a[t-1, s-1]) + [l[s] is no blank, nor l[s-2]] exp(a[t-1, s-2]))
//
// loss = -log(exp(a[T-1, 2 S]) + exp(a[T-1, 2 S - 1])). The derivative by x is that of this function. PyTorch's has
// exp(x) added, which the derivative of log_softmax takes away.
#include "ops/loss/composed_loss.h"

#include <math.h>

static const sg_ctc_loss_options defaults = {SG_REDUCTION_MEAN, 0, false};

enum { X, TARGETS, INPUT_LENGTHS, TARGET_LENGTHS };

// ---- Shapes and labels ------------------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) {
  const sg_ctc_loss_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, X), *targets = sg_plan_shape(plan, TARGETS);
  if (x->rank != 2 && x->rank != 3)
    return sg_reject(plan, "log_probs has shape %s, expected (T, N, C) or (T, C)", sg_shape_text(x).text);
  const int64_t classes = x->size[x->rank - 1], base = sg_index_base(plan->context);
  if (options->blank < 0 || options->blank >= classes)
    return sg_reject(plan, "blank %lld is outside %lld..%lld (classes of log_probs %s)",
                     (long long)sg_plan_named_dimension(plan, options->blank), (long long)base,
                     (long long)(classes - 1 + base), sg_shape_text(x).text);
  if (x->rank == 3 ? targets->rank != 1 && (targets->rank != 2 || targets->size[0] != x->size[1])
                   : targets->rank != 1)
    return sg_reject(plan, "targets has shape %s, expected %s for log_probs %s", sg_shape_text(targets).text,
                     x->rank == 3 ? "(N, S), or (S) for all N behind each other," : "(S)", sg_shape_text(x).text);
  const sg_shape lengths = {x->rank - 2, {x->rank == 3 ? x->size[1] : 0}};
  for (int i = INPUT_LENGTHS; i <= TARGET_LENGTHS; i++) {
    const char *name = sg_op_inputs(plan->op)[i].name;
    if (!sg_shape_equal(sg_plan_shape(plan, i), &lengths))
      return sg_reject(plan, "%s has shape %s, expected %s (a length for each of the batch)", name,
                       sg_shape_text(sg_plan_shape(plan, i)).text, sg_shape_text(&lengths).text);
    if (sg_dtype_is_floating(sg_tensor_dtype(plan->inputs[i])))
      return sg_reject(plan, "%s has dtype %s, expected i64", name,
                       sg_dtype_name(sg_tensor_dtype(plan->inputs[i])));
  }
  return SG_OK;
}

static int64_t length_of(const sg_call *call, int input, int64_t n) {
  return sg_tensor_integer(call->inputs[input], n);
}

static sg_status check_lengths(const sg_call *call, int input, int64_t least, int64_t most) {
  for (int64_t n = 0; n < sg_tensor_elements(call->inputs[input]); n++) {
    const int64_t length = length_of(call, input, n);
    if (length < least || length > most)
      return sg_refuse(call, "%s holds %lld (element %lld), expected %lld..%lld",
                       sg_op_inputs(call->op)[input].name, (long long)length,
                       (long long)(n + sg_index_base(call->context)), (long long)least, (long long)most);
  }
  return SG_OK;
}

// Where the labels of a sequence begin, `before` those of others being in front in a concatenation.
static int64_t first_label(const sg_call *call, int64_t n, int64_t before) {
  const sg_shape *targets = sg_tensor_shape(call->inputs[TARGETS]);
  return targets->rank == 2 ? n * targets->size[1] : before;
}

static sg_status check_labels(const sg_call *call, int64_t first, int64_t count, int64_t classes) {
  const int64_t *targets = sg_input_data(call, TARGETS), base = sg_index_base(call->context);
  const int64_t blank = ((const sg_ctc_loss_options *)call->options)->blank;
  for (int64_t i = first; i < first + count; i++) {
    if (targets[i] >= base && targets[i] - base < classes && targets[i] - base != blank) continue;
    return sg_refuse(call, "targets holds %lld (element %lld), expected classes %lld..%lld without the blank %lld",
                     (long long)targets[i], (long long)(i + base), (long long)base, (long long)(classes - 1 + base),
                     (long long)(blank + base));
  }
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const sg_shape *x = sg_tensor_shape(call->inputs[X]), *targets = sg_tensor_shape(call->inputs[TARGETS]);
  const int64_t most = targets->size[targets->rank - 1];
  if (check_lengths(call, INPUT_LENGTHS, 1, x->size[0]) || check_lengths(call, TARGET_LENGTHS, 0, most))
    return sg_error_status(call->context);
  int64_t before = 0;
  for (int64_t n = 0; n < sg_tensor_elements(call->inputs[TARGET_LENGTHS]); n++) {
    const int64_t count = length_of(call, TARGET_LENGTHS, n);
    if (targets->rank == 1 && count > most - before)
      return sg_refuse(call, "target_lengths adds up to more than the %lld targets", (long long)most);
    if (check_labels(call, first_label(call, n, before), count, x->size[x->rank - 1]))
      return sg_error_status(call->context);
    before += count;
  }
  if (targets->rank == 2 || x->rank == 2 || before == most) return SG_OK;
  return sg_refuse(call, "target_lengths adds up to %lld, expected %lld (targets)", (long long)before,
                   (long long)most);
}

// ---- Constants of the recursion -------------------------------------------------------------------------

typedef struct lattice {
  int64_t steps, rows, places; // T, N, 2 S + 1 with the longest S
  sg_tensor *label;            // (N, places), i64: classes, blanks behind the end
  sg_tensor *from;             // (N, places, 3): 0 for a way from s - 2, s - 1 and s, -infinity where there is none
  sg_tensor *first, *last;     // (N, places): 0 where a sequence may begin or end, else -infinity
} lattice;

static void fill_row(const sg_call *call, const lattice *l, int64_t n, int64_t before) {
  const int64_t blank = ((const sg_ctc_loss_options *)call->options)->blank + sg_index_base(call->context);
  const int64_t count = length_of(call, TARGET_LENGTHS, n), *targets = sg_input_data(call, TARGETS);
  int64_t *label = (int64_t *)sg_output_data(l->label) + n * l->places;
  double *from = (double *)sg_output_data(l->from) + n * l->places * 3;
  double *first = (double *)sg_output_data(l->first) + n * l->places;
  double *last = (double *)sg_output_data(l->last) + n * l->places;
  targets += first_label(call, n, before);
  for (int64_t s = 0; s < l->places; s++) {
    label[s] = s % 2 && s / 2 < count ? targets[s / 2] : blank;
    const bool skips = s >= 2 && s % 2 && label[s] != label[s - 2];
    from[3 * s] = skips ? 0 : -HUGE_VAL;
    from[3 * s + 1] = s >= 1 ? 0 : -HUGE_VAL;
    from[3 * s + 2] = 0;
    first[s] = s < 2 && s <= 2 * count ? 0 : -HUGE_VAL;
    last[s] = s == 2 * count || s == 2 * count - 1 ? 0 : -HUGE_VAL;
  }
}

static lattice lattice_of(const sg_call *call, const sg_shape *x) {
  sg_context *c = call->context;
  lattice l = {.steps = x->size[0], .rows = x->size[1], .places = 1};
  for (int64_t n = 0; n < l.rows; n++)
    if (2 * length_of(call, TARGET_LENGTHS, n) + 1 > l.places)
      l.places = 2 * length_of(call, TARGET_LENGTHS, n) + 1;
  const sg_shape shape = SG_DIMS(l.rows, l.places), of_ways = SG_DIMS(l.rows, l.places, 3);
  l.label = sg_tensor_new(c, SG_I64, &shape);
  l.from = sg_tensor_new(c, SG_F64, &of_ways);
  l.first = sg_tensor_new(c, SG_F64, &shape);
  l.last = sg_tensor_new(c, SG_F64, &shape);
  int64_t before = 0;
  for (int64_t n = 0; n < l.rows && !sg_error_status(c); n++) {
    fill_row(call, &l, n, before);
    before += length_of(call, TARGET_LENGTHS, n);
  }
  return l;
}

// ---- The recursion ------------------------------------------------------------------------------------

// The sums over the ways into every place: a with two places in front that no way comes from, in windows of three.
static sg_tensor *arrivals(sg_context *c, const lattice *l, sg_tensor *a) {
  sg_tensor *wider = sg_pad(c, a, 2, (const int64_t[]){2, 0}, "constant", sg_real(-HUGE_VAL));
  sg_tensor *ways = sg_add(c, sg_unfold(c, wider, -1, 3, 1), l->from);
  return sg_logsumexp(c, ways, &(sg_reduce_options){.dim = {1, {-1}}});
}

// The sequences that still go on at step t: (N, 1); NULL: all.
static sg_tensor *going_on(const sg_call *call, const lattice *l, int64_t t) {
  bool all = true;
  for (int64_t n = 0; n < l->rows; n++) all = all && t < length_of(call, INPUT_LENGTHS, n);
  if (all) return NULL;
  sg_context *c = call->context;
  sg_tensor *lengths = sg_reshape(c, call->inputs[INPUT_LENGTHS], &(sg_shape)SG_DIMS(l->rows, 1));
  return sg_gt(c, lengths, sg_tensor_full_integer(c, SG_I64, &(sg_shape)SG_SCALAR, t));
}

static sg_tensor *losses(const sg_call *call) {
  sg_context *c = call->context;
  const sg_ctc_loss_options *options = call->options;
  const bool batched = sg_tensor_shape(call->inputs[X])->rank == 3;
  sg_tensor *x = batched ? call->inputs[X] : sg_unsqueeze(c, call->inputs[X], 1);
  if (sg_error_status(c)) return NULL;
  const lattice l = lattice_of(call, sg_tensor_shape(x));
  const sg_shape everywhere = SG_DIMS(l.steps, l.rows, l.places);
  sg_tensor *of_places = sg_gather(c, x, sg_expand(c, sg_unsqueeze(c, l.label, 0), &everywhere), 2);
  sg_tensor *a = sg_add(c, sg_select(c, of_places, 0, 0), l.first);
  for (int64_t t = 1; t < l.steps && !sg_error_status(c); t++) {
    sg_tensor *next = sg_add(c, arrivals(c, &l, a), sg_select(c, of_places, 0, t)), *on = going_on(call, &l, t);
    a = on ? sg_where(c, on, next, a) : next;
  }
  sg_tensor *loss = sg_neg(c, sg_logsumexp(c, sg_add(c, a, l.last), &(sg_reduce_options){.dim = {1, {-1}}}));
  if (options->zero_infinity) {
    sg_tensor *infinite = sg_eq(c, loss, sg_scalar_like(c, loss, HUGE_VAL));
    loss = sg_where(c, infinite, sg_scalar_like(c, loss, 0), loss);
  }
  if (options->reduction == SG_REDUCTION_MEAN) {
    sg_tensor *counts = sg_to(c, sg_flatten(c, call->inputs[TARGET_LENGTHS], 0, -1), SG_F64);
    loss = sg_div(c, loss, sg_clamp(c, counts, 1, HUGE_VAL));
  }
  return batched ? loss : sg_select(c, loss, 0, 0);
}

#define COUNTS(...) SG_VALUES_OF(SG_I64, SG_NUMBERS(__VA_ARGS__), {1, {SG_COUNT_NUMBERS(__VA_ARGS__)}})
#define LABELS(...) SG_VALUES_OF(SG_I64, SG_NUMBERS(__VA_ARGS__), SG_DIMS(2, 2))
#define ONE(count) SG_VALUES_OF(SG_I64, SG_NUMBERS(count), SG_SCALAR)
#define STEPS SG_UNIFORM(-3, -0.5, SG_DIMS(4, 2, 3))

const sg_op op_ctc_loss = {
    SG_COMPOSED_LOSS(ctc_loss, losses, true),
    SG_WORDS(
        "The negative logarithm of the probability of a sequence of labels, of which is not known which steps they "
        "belong to.",
        "y = mean of -log(sum over the ways to spread targets, with blanks, over the steps of exp(sum of log_probs "
        "on the way)), divided for the mean by the number of targets",
        "Graves et al., Connectionist Temporal Classification, 2006; where there is no way, y is infinite and has "
        "gradient 0"),
    .cost = "each step of a sequence looks at twice its target and 1",
    .inputs = SG_PORTS({"log_probs", 0, "logarithms of probabilities, (T, N, C) or (T, C)"},
                       {"targets", SG_INDEX, "classes, (N, S), or (S) for all N behind each other"},
                       {"input_lengths", SG_ANY_DTYPE | SG_STEP, "integers up to T, (N) or ()"},
                       {"target_lengths", SG_ANY_DTYPE | SG_STEP, "integers up to S, (N) or ()"}),
    SG_OPTIONS(sg_ctc_loss_options, &defaults,
               SG_OPTION(sg_ctc_loss_options, blank, DIM, "the class that stands for none; default the first"),
               SG_REDUCTION_OPTION(sg_ctc_loss_options),
               SG_OPTION(sg_ctc_loss_options, zero_infinity, BOOL,
                         "0 in place of infinite losses, of targets too long for their steps; default false")),
    .prepare = prepare,
    .check = check,
    .samples = SG_SAMPLES({"mean", SG_ON(STEPS, LABELS(1, 2, 2, 2), COUNTS(4, 4), COUNTS(2, 2))},
                          {"sum, several lengths", SG_ON(STEPS, LABELS(1, 1, 2, 1), COUNTS(4, 3), COUNTS(2, 1)),
                           SG_WITH(sg_ctc_loss_options, SG_REDUCTION_SUM, 0, false)},
                          {"none, behind each other", SG_ON(STEPS, COUNTS(1, 0, 0), COUNTS(4, 4), COUNTS(2, 1)),
                           SG_WITH(sg_ctc_loss_options, SG_REDUCTION_NONE, 2, false)},
                          {"no label", SG_ON(STEPS, LABELS(1, 2, 2, 2), COUNTS(3, 4), COUNTS(0, 2))},
                          {"too long", SG_ON(STEPS, LABELS(1, 1, 2, 1), COUNTS(2, 3), COUNTS(2, 2)),
                           SG_WITH(sg_ctc_loss_options, SG_REDUCTION_SUM, 0, true)},
                          {"no batch", SG_ON(SG_UNIFORM(-3, -0.5, SG_DIMS(5, 4)), COUNTS(3, 1, 2), ONE(5), ONE(3))},
                          {"by hand",
                           SG_ON(SG_VALUES(SG_NUMBERS(-0.69314718055994530942, -0.69314718055994530942,
                                                      -0.69314718055994530942, -0.69314718055994530942),
                                           SG_DIMS(2, 2)),
                                 COUNTS(1), ONE(2), ONE(1)),
                           SG_GIVES(0.28768207245178092744)}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4), COUNTS(1), ONE(2), ONE(1)),
         .error = "log_probs has shape [4], expected (T, N, C)"},
        {"targets", SG_ON(STEPS, SG_INDICES(2, SG_DIMS(3, 2)), COUNTS(4, 4), COUNTS(2, 2)),
         .error = "targets has shape [3, 2], expected (N, S)"},
        {"lengths", SG_ON(STEPS, LABELS(1, 2, 2, 2), COUNTS(4, 4, 4), COUNTS(2, 2)),
         .error = "input_lengths has shape [3], expected [2]"},
        {"fractions", SG_ON(STEPS, LABELS(1, 2, 2, 2), COUNTS(4, 4), SG_OF_DTYPE(SG_F64, SG_DIMS(2))),
         .error = "target_lengths has dtype f64, expected i64"},
        {"steps", SG_ON(STEPS, LABELS(1, 2, 2, 2), COUNTS(4, 5), COUNTS(2, 2)),
         .error = "input_lengths holds 5 (element"},
        {"labels", SG_ON(STEPS, LABELS(1, 2, 2, 2), COUNTS(4, 4), COUNTS(2, 3)),
         .error = "target_lengths holds 3 (element"},
        {"class", SG_ON(STEPS, LABELS(1, 2, 3, 2), COUNTS(4, 4), COUNTS(2, 2)), .error = "without the blank"},
        {"blank among the labels", SG_ON(STEPS, LABELS(1, 2, 0, 2), COUNTS(4, 4), COUNTS(2, 2)),
         .error = "without the blank"},
        {"too few labels", SG_ON(STEPS, COUNTS(1, 2, 2), COUNTS(4, 4), COUNTS(2, 2)),
         .error = "adds up to more than the 3 targets"},
        {"labels left", SG_ON(STEPS, COUNTS(1, 2, 2), COUNTS(4, 4), COUNTS(1, 1)),
         .error = "target_lengths adds up to 2, expected 3"},
        {"blank", SG_ON(STEPS, LABELS(1, 2, 2, 2), COUNTS(4, 4), COUNTS(2, 2)),
         SG_WITH(sg_ctc_loss_options, SG_REDUCTION_SUM, 3, false), .error = " is outside "}),
};

sg_tensor *sg_ctc_loss(sg_context *context, sg_tensor *log_probs, sg_tensor *targets, sg_tensor *input_lengths,
                       sg_tensor *target_lengths, const sg_ctc_loss_options *options) {
  return sg_apply_one(context, &op_ctc_loss, 4, (sg_tensor *[]){log_probs, targets, input_lengths, target_lengths},
                      options);
}
