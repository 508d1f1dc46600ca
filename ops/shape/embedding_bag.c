// SPDX-License-Identifier: GPL-3.0-or-later
//
// Rows of a table by their numbers, put together in bags: the numbers of a bag are a row of the input, or a stretch
// of it from one offset to the next. A row for padding is in no bag.
#include <string.h>

#include "ops/ops.h"
#include "ops/shape/indices.h"

enum { INPUT, WEIGHT, OFFSETS, SHARES };
enum { SUM, MEAN, MAX };
static const char *const modes[] = {"sum", "mean", "max", NULL};

typedef struct embedding_bag_options {
  int mode;
  bool include_last_offset;
  sg_ints padding_idx; // one number or none
} embedding_bag_options;

// Where bag b begins, counted from 0.
typedef struct bags {
  int64_t count, entries; // bags; numbers in the input
  const int64_t *offset;  // NULL: all of them have `each`
  int64_t each, base;
  int64_t padding; // number of that row, counted from 0, or -1
} bags;

static sg_status plan_padding(const sg_plan *plan, const sg_ints *padding) {
  const sg_shape *weight = sg_plan_shape(plan, WEIGHT);
  const int64_t rows = weight->size[0];
  if (padding->count > 1) return sg_reject(plan, "padding_idx has %d values, expected one", padding->count);
  if (padding->count == 0 || (padding->value[0] >= -rows && padding->value[0] < rows)) return SG_OK;
  return sg_reject(plan, "padding_idx %lld is outside of the rows of weight %s",
                   (long long)sg_plan_named_dimension(plan, padding->value[0]), sg_shape_text(weight).text);
}

static sg_status plan_bags(const sg_plan *plan, const embedding_bag_options *options) {
  const sg_shape *input = sg_plan_shape(plan, INPUT);
  const bool cut = plan->inputs[OFFSETS];
  if (input->rank != (cut ? 1 : 2))
    return sg_reject(plan, "input has shape %s, expected a matrix, or a vector and offsets",
                     sg_shape_text(input).text);
  if (!cut && options->include_last_offset)
    return sg_reject(plan, "include_last_offset is true, and there are no offsets");
  if (!cut) return SG_OK;
  const sg_shape *offsets = sg_plan_shape(plan, OFFSETS);
  if (offsets->rank == 1 && offsets->size[0] >= options->include_last_offset) return SG_OK;
  return sg_reject(plan, "offsets has shape %s, expected a vector%s", sg_shape_text(offsets).text,
                   options->include_last_offset ? " with the end of the last bag" : "");
}

static sg_status prepare(sg_plan *plan) {
  const embedding_bag_options *options = plan->options;
  const sg_shape *weight = sg_plan_shape(plan, WEIGHT), *input = sg_plan_shape(plan, INPUT);
  if (weight->rank != 2)
    return sg_reject(plan, "weight has shape %s, expected (rows, width)", sg_shape_text(weight).text);
  if (plan_padding(plan, &options->padding_idx) || plan_bags(plan, options)) return sg_error_status(plan->context);
  if (!plan->inputs[SHARES]) return SG_OK;
  if (options->mode != SUM)
    return sg_reject(plan, "per_sample_weights are given, and mode is %s, expected sum", modes[options->mode]);
  if (sg_shape_equal(sg_plan_shape(plan, SHARES), input)) return SG_OK;
  return sg_reject(plan, "per_sample_weights has shape %s, expected that of input %s",
                   sg_shape_text(sg_plan_shape(plan, SHARES)).text, sg_shape_text(input).text);
}

static bags bags_of(const sg_call *call) {
  const embedding_bag_options *options = call->options;
  const sg_shape *input = sg_tensor_shape(call->inputs[INPUT]);
  const sg_ints *padding = &options->padding_idx;
  bags b = {.count = input->size[0], .entries = sg_shape_elements(input), .padding = -1};
  b.base = sg_index_base(call->context);
  if (padding->count > 0) {
    const int64_t row = padding->value[0];
    b.padding = row < 0 ? row + sg_tensor_shape(call->inputs[WEIGHT])->size[0] : row;
  }
  if (call->inputs[OFFSETS]) {
    b.offset = sg_input_data(call, OFFSETS);
    b.count = sg_tensor_elements(call->inputs[OFFSETS]) - options->include_last_offset;
  } else {
    b.each = input->size[1];
  }
  return b;
}

static int64_t beginning(const bags *b, int64_t bag) {
  return b->offset ? b->offset[bag] - b->base : bag * b->each;
}

static int64_t end(const bags *b, int64_t bag, bool last_is_given) {
  return bag + 1 < b->count || !b->offset || last_is_given ? beginning(b, bag + 1) : b->entries;
}

static sg_status check(const sg_call *call) {
  const bags b = bags_of(call);
  const bool last_is_given = ((const embedding_bag_options *)call->options)->include_last_offset;
  int64_t before = 0;
  if (sg_index_check(call, INPUT, WEIGHT, 0)) return sg_error_status(call->context);
  for (int64_t bag = 0; b.offset && bag < b.count + last_is_given; bag++) {
    const int64_t at = beginning(&b, bag);
    if (at < before || at > b.entries || (bag == 0 && at != 0))
      return sg_refuse(call, "offsets holds %lld (element %lld), expected %lld%s", (long long)(at + b.base),
                       (long long)(bag + b.base), (long long)(before + b.base),
                       bag == 0 ? ", where the input begins" : " or more, within the input");
    before = at;
  }
  return SG_OK;
}

// The entries that are in a bag, as positions of the input, and their bags; and how many each bag has, 1 of none.
typedef struct contents {
  sg_tensor *entry, *bag, *number;
} contents;

static contents contents_of(const sg_call *call, const bags *b) {
  sg_context *c = call->context;
  const bool last_is_given = ((const embedding_bag_options *)call->options)->include_last_offset;
  const sg_shape line = {1, {b->entries}};
  sg_tensor *entries = sg_tensor_new(c, SG_I64, &line), *of = sg_tensor_new(c, SG_I64, &line);
  sg_tensor *numbers = sg_tensor_new(c, SG_I64, &(const sg_shape){2, {b->count, 1}});
  if (!entries || !of || !numbers) return (contents){NULL, NULL, NULL};
  const int64_t *row = sg_input_data(call, INPUT);
  int64_t *entry = sg_output_data(entries), *bag = sg_output_data(of), *number = sg_output_data(numbers), kept = 0;
  for (int64_t i = 0; i < b->count; i++) {
    const int64_t first = kept;
    for (int64_t k = beginning(b, i); k < end(b, i, last_is_given); k++) {
      if (row[k] - b->base == b->padding) continue;
      entry[kept] = k + b->base;
      bag[kept++] = i + b->base;
    }
    number[i] = kept > first ? kept - first : 1;
  }
  return (contents){sg_narrow(c, entries, 0, 0, kept), sg_narrow(c, of, 0, 0, kept), numbers};
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const bags b = bags_of(call);
  const int mode = ((const embedding_bag_options *)call->options)->mode;
  const contents in = contents_of(call, &b);
  const sg_shape line = {1, {b.entries}};
  sg_tensor *weight = call->inputs[WEIGHT];
  sg_tensor *numbers = sg_index_select(c, sg_reshape(c, call->inputs[INPUT], &line), in.entry, 0);
  sg_tensor *rows = sg_index_select(c, weight, numbers, 0);
  if (call->inputs[SHARES]) {
    sg_tensor *share = sg_index_select(c, sg_reshape(c, call->inputs[SHARES], &line), in.entry, 0);
    rows = sg_mul(c, rows, sg_unsqueeze(c, share, 1));
  }
  if (sg_error_status(c)) return;
  const sg_shape shape = {2, {b.count, sg_tensor_shape(weight)->size[1]}};
  sg_tensor *zeros = sg_tensor_full(c, sg_tensor_dtype(weight), &shape, 0);
  if (mode == MAX)
    outputs[0] = sg_scatter_reduce(c, zeros, sg_expand(c, sg_unsqueeze(c, in.bag, 1), sg_tensor_shape(rows)), rows,
                                   0, "amax", false);
  else
    outputs[0] = sg_index_add(c, zeros, in.bag, rows, 0);
  if (mode == MEAN) outputs[0] = sg_div(c, outputs[0], sg_to(c, in.number, sg_tensor_dtype(weight)));
}

#define NUMBERS(...) SG_VALUES_OF(SG_I64, SG_NUMBERS(__VA_ARGS__), {1, {SG_COUNT_NUMBERS(__VA_ARGS__)}})
#define TABLE SG_RANDN(4, 3)
#define NONE                                                                                                       \
  { SG_SAMPLE_ABSENT }
#define IN(...) SG_WITH(embedding_bag_options, .mode = __VA_ARGS__)
#define BAGS SG_ON(NUMBERS(0, 3, 2, 3, 1), TABLE, NUMBERS(0, 2, 2))

const sg_op op_embedding_bag = {
    SG_COMPOSED(embedding_bag, prepare, compose),
    SG_WORDS(
        "Looks up rows of a table by their numbers and puts those of a bag together.",
        "y[b, :] = sum, mean or max of weight[input[i], :] over the entries i of bag b; 0 of an empty bag. A sum "
        "with per_sample_weights is one of per_sample_weights[i] weight[input[i], :]",
        "Ties of a max share the gradient"),
    .subgradient = "of mode max, equal elements of a bag share it equally",
    .inputs =
        SG_PORTS({"input", SG_INDEX, "numbers of rows: a matrix, a bag in each row; or a vector, with offsets"},
                 {"weight", 0, "the table, (rows, width)"},
                 {"offsets", SG_INDEX | SG_OPTIONAL, "where each bag begins in input"},
                 {"per_sample_weights", SG_OPTIONAL, "factors of a sum, in the shape of input"}),
    .outputs = SG_PORTS({"y", 0, "(bags, width)"}),
    SG_OPTIONS(embedding_bag_options, SG_CONSTANT(embedding_bag_options, .mode = MEAN),
               SG_CHOICE(embedding_bag_options, mode, modes, "how they are put together; default mean"),
               SG_OPTION(embedding_bag_options, include_last_offset, BOOL,
                         "offsets has one more element, the end of the last bag; default false"),
               SG_OPTION(embedding_bag_options, padding_idx, DIMS,
                         "number of a row that is in no bag, negative from the end; default none")),
    .check = check,
    .samples = SG_SAMPLES(
        {"sums", BAGS, IN(SUM)}, {"means", BAGS, IN(MEAN)}, {"largest", BAGS, IN(MAX)},
        {"rows", SG_ON(SG_INDICES(4, SG_DIMS(2, 3)), TABLE), IN(MEAN)},
        {"rows, largest", SG_ON(SG_INDICES(4, SG_DIMS(2, 3)), TABLE), IN(MAX)},
        {"by hand", SG_ON(NUMBERS(1, 1, 0), SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)), NUMBERS(0, 2)),
         IN(SUM), SG_GIVES(6, 8, 1, 2)},
        {"weighted", SG_ON(NUMBERS(0, 3, 2, 3, 1), TABLE, NUMBERS(0, 2, 2), SG_RANDN(5)), IN(SUM)},
        {"weighted rows", SG_ON(SG_INDICES(4, SG_DIMS(2, 3)), TABLE, NONE, SG_RANDN(2, 3)), IN(SUM)},
        {"padding", SG_ON(NUMBERS(0, 3, 2, 3, 1), TABLE, NUMBERS(0, 2)), IN(MEAN, .padding_idx = SG_DIMS(3))},
        {"padding at the end", SG_ON(SG_INDICES(4, SG_DIMS(3, 3)), TABLE), IN(SUM, .padding_idx = SG_DIMS(-1))},
        {"with the last offset", SG_ON(NUMBERS(0, 3, 2, 3, 1), TABLE, NUMBERS(0, 2, 5)),
         IN(MEAN, .include_last_offset = true)},
        {"no bag", SG_ON(NUMBERS(0), TABLE, SG_INDICES(1, SG_DIMS(0))), IN(SUM)},
        {"empty bags", SG_ON(SG_INDICES(4, SG_DIMS(2, 0)), TABLE), IN(MEAN)}),
    .bad_samples = SG_SAMPLES(
        {"out of range", SG_ON(NUMBERS(9), TABLE, NUMBERS(0)), .error = "input holds 9"},
        {"no offsets", SG_ON(NUMBERS(1, 2), TABLE), .error = "expected a matrix, or a vector and offsets"},
        {"a late beginning", SG_ON(NUMBERS(1, 2), TABLE, NUMBERS(1)), .error = "where the input begins"},
        {"backwards", SG_ON(NUMBERS(1, 2, 3), TABLE, NUMBERS(0, 2, 1)), .error = "or more, within the input"},
        {"beyond the end", SG_ON(NUMBERS(1, 2, 3), TABLE, NUMBERS(0, 7)), .error = "or more, within the input"},
        {"offsets", SG_ON(NUMBERS(1, 2), TABLE, SG_INDICES(1, SG_DIMS(1, 1))), .error = "offsets has shape [1, 1]"},
        {"last offset", SG_ON(SG_INDICES(4, SG_DIMS(2, 2)), TABLE), IN(SUM, .include_last_offset = true),
         .error = "there are no offsets"},
        {"table", SG_ON(SG_INDICES(3, SG_DIMS(2, 2)), SG_RANDN(3)), .error = "expected (rows, width)"},
        {"weighted mean", SG_ON(SG_INDICES(4, SG_DIMS(2, 2)), TABLE, NONE, SG_RANDN(2, 2)), IN(MEAN),
         .error = "mode is mean, expected sum"},
        {"other weights", SG_ON(SG_INDICES(4, SG_DIMS(2, 2)), TABLE, NONE, SG_RANDN(4)), IN(SUM),
         .error = "per_sample_weights has shape [4]"},
        {"padding", SG_ON(SG_INDICES(4, SG_DIMS(2, 2)), TABLE), IN(SUM, .padding_idx = SG_DIMS(4)),
         .error = "outside of the rows of weight"},
        {"two paddings", SG_ON(SG_INDICES(4, SG_DIMS(2, 2)), TABLE), IN(SUM, .padding_idx = SG_DIMS(0, 1)),
         .error = "padding_idx has 2 values"}),
};

sg_tensor *sg_embedding_bag(sg_context *context, sg_tensor *input, sg_tensor *weight, sg_tensor *offsets,
                            sg_tensor *per_sample_weights, const char *mode) {
  embedding_bag_options options = {.mode = -1};
  for (int i = 0; modes[i]; i++)
    if (strcmp(modes[i], mode) == 0) options.mode = i;
  return sg_apply_one(context, &op_embedding_bag, 4, (sg_tensor *[]){input, weight, offsets, per_sample_weights},
                      &options);
}
