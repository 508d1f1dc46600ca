// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x, continued beyond its ends. With a constant, x is copied into its place; otherwise row by row, the two ends
// of a row from where their elements stand in x.
#include "ops/shape/pad.h"
#include "ops/ops.h"
#include "ops/shape/layout.h"

#include <string.h>

typedef struct pad_options {
  sg_int_list pad;
  int mode; // sg_pad_mode
  sg_number value;
} pad_options;

static const char *const modes[] = {"constant", "reflect", "replicate", "circular", NULL};

// The layout is that of a constant.
typedef struct pad_plan {
  sg_layout layout;
  sg_padding dims[SG_MAX_RANK];
} pad_plan;

// ---- prepare ------------------------------------------------------------------------------------------

static sg_status refuse(const sg_plan *plan, int d, const sg_padding *p, const char *why) {
  return sg_reject(plan, "pads %lld and %lld of dimension %d of x %s %s", (long long)p->low, (long long)p->high,
                   d + sg_index_base(plan->context), sg_shape_text(sg_plan_shape(plan, 0)).text, why);
}

// What is padded must be there: all that is reflected or goes around is within x.
static sg_status check_mode(const sg_plan *plan, sg_pad_mode mode, int d, const sg_padding *p) {
  const int64_t left = p->extent - sg_padding_cut(p->low) - sg_padding_cut(p->high);
  if (p->low <= 0 && p->high <= 0) return SG_OK;
  if (mode == SG_PAD_REFLECT && (p->low >= p->extent || p->high >= p->extent))
    return refuse(plan, d, p, "are too large to reflect: they must be below the extent");
  if (mode == SG_PAD_CIRCULAR && (p->low > left || p->high > left))
    return refuse(plan, d, p, "go around more than once");
  if (mode == SG_PAD_REPLICATE && p->extent == 0) return refuse(plan, d, p, "have nothing to replicate");
  return SG_OK;
}

static sg_status plan_dimension(sg_plan *plan, int d) {
  const pad_options *options = plan->options;
  const sg_int_list *pad = &options->pad;
  const int64_t extent = sg_plan_shape(plan, 0)->size[d], from_end = sg_plan_shape(plan, 0)->rank - 1 - d;
  pad_plan *own = plan->own;
  sg_padding *p = &own->dims[d];
  *p = (sg_padding){.extent = extent};
  if (2 * from_end < pad->count) p->low = pad->value[2 * from_end], p->high = pad->value[2 * from_end + 1];
  if (p->low < -extent || p->high < -extent || sg_padding_cut(p->low) + sg_padding_cut(p->high) > extent)
    return refuse(plan, d, p, "cut off more than there is");
  int64_t *size = &plan->output_shape[0].size[d];
  if (__builtin_add_overflow(extent, p->low, size) || __builtin_add_overflow(*size, p->high, size))
    return refuse(plan, d, p, "are too large");
  own->layout.copy.size[d] = extent - sg_padding_cut(p->low) - sg_padding_cut(p->high);
  return check_mode(plan, (sg_pad_mode)options->mode, d, p);
}

static sg_status prepare(sg_plan *plan) {
  const pad_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  sg_layout *layout = &((pad_plan *)plan->own)->layout;
  int64_t elements;
  if (options->pad.count % 2 || options->pad.count > 2 * x->rank)
    return sg_reject(plan, "pad has %d values, expected two for each of some last dimensions of x %s",
                     options->pad.count, sg_shape_text(x).text);
  if (sg_number_check(plan->context, sg_tensor_dtype(plan->inputs[0]), options->value))
    return sg_error_status(plan->context);
  y->rank = layout->copy.rank = x->rank;
  for (int d = 0; d < x->rank; d++)
    if (plan_dimension(plan, d)) return sg_error_status(plan->context);
  if (!sg_shape_count(y, &elements))
    return sg_reject(plan, "the result would have the shape %s, more than 2^59 elements", sg_shape_text(y).text);
  sg_strides(x, layout->copy.source_stride);
  sg_strides(y, layout->copy.target_stride);
  layout->part = true;
  layout->rest = options->value;
  for (int d = 0; d < x->rank && elements > 0 && sg_tensor_elements(plan->inputs[0]) > 0; d++) {
    const sg_padding *p = &((pad_plan *)plan->own)->dims[d];
    layout->source += sg_padding_cut(p->low) * layout->copy.source_stride[d];
    layout->target += (p->low > 0 ? p->low : 0) * layout->copy.target_stride[d];
  }
  return sg_layout_plan(plan);
}

// ---- forward ------------------------------------------------------------------------------------------

// Rows of y, of which [begin, end) lie one after the other in x too.
typedef struct bordering {
  const pad_plan *plan;
  sg_pad_mode mode;
  int rank;
  sg_shape y;
  int64_t strides[SG_MAX_RANK]; // of x
  int64_t begin, end;
  size_t bytes; // of an element
  const char *source;
  char *target;
} bordering;

static inline void copy_element(char *target, const char *source, size_t bytes) {
  if (bytes == 4)
    memcpy(target, source, 4);
  else if (bytes == 8)
    memcpy(target, source, 8);
  else
    *target = *source;
}

static void copy_ends(const bordering *b, const char *x, char *y, int64_t begin, int64_t end) {
  const sg_padding *p = &b->plan->dims[b->rank - 1];
  for (int64_t i = begin; i < end; i++)
    copy_element(y + (size_t)i * b->bytes, x + (size_t)sg_padding_source(p, b->mode, i) * b->bytes, b->bytes);
}

static void border_rows(const void *arguments, int64_t begin, int64_t end) {
  const bordering *b = arguments;
  const int last = b->rank - 1;
  const int64_t extent = b->y.size[last], low = b->plan->dims[last].low;
  for (int64_t row = begin; row < end; row++) {
    int64_t at = 0, rest = row;
    for (int d = last - 1; d >= 0; d--) {
      at += sg_padding_source(&b->plan->dims[d], b->mode, rest % b->y.size[d]) * b->strides[d];
      rest /= b->y.size[d];
    }
    const char *x = b->source + (size_t)at * b->bytes;
    char *y = b->target + (size_t)(row * extent) * b->bytes;
    copy_ends(b, x, y, 0, b->begin);
    memcpy(y + (size_t)b->begin * b->bytes, x + (size_t)(b->begin - low) * b->bytes,
           (size_t)(b->end - b->begin) * b->bytes);
    copy_ends(b, x, y, b->end, extent);
  }
}

static void forward(const sg_call *call) {
  const pad_plan *plan = call->plan;
  const sg_pad_mode mode = (sg_pad_mode)((const pad_options *)call->options)->mode;
  const sg_shape *y = sg_tensor_shape(call->outputs[0]);
  if (mode == SG_PAD_CONSTANT || y->rank == 0) {
    sg_layout_forward(call);
    return;
  }
  bordering b = {.plan = plan,
                 .mode = mode,
                 .rank = y->rank,
                 .y = *y,
                 .bytes = sg_dtype_bytes(sg_tensor_dtype(call->outputs[0])),
                 .source = sg_input_data(call, 0),
                 .target = sg_output_data(call->outputs[0])};
  const sg_padding *p = &plan->dims[y->rank - 1];
  const int64_t extent = y->size[y->rank - 1];
  sg_strides(sg_tensor_shape(call->inputs[0]), b.strides);
  b.begin = p->low > 0 ? p->low : 0;
  b.end = p->high > 0 ? extent - p->high : extent;
  sg_parallel(call->context, sg_tensor_elements(call->outputs[0]) / extent, sg_grain(extent), border_rows, &b);
}

// ---- vjp ----------------------------------------------------------------------------------------------

// What is padded is cut off, and what is cut off padded with zeros.
static sg_tensor *cut_back(const sg_call *call) {
  const sg_int_list *pad = &((const pad_options *)call->options)->pad;
  int64_t back[2 * SG_MAX_RANK];
  for (int i = 0; i < pad->count; i++) back[i] = -pad->value[i];
  return sg_pad(call->context, call->d_outputs[0], pad->count, back, "constant", (sg_number)SG_WHOLE(0));
}

// d_y is added up where the elements came from, one dimension after the other.
static sg_tensor *fold_back(const sg_call *call, sg_pad_mode mode) {
  sg_context *c = call->context;
  const pad_plan *plan = call->plan;
  const int64_t base = sg_index_base(c);
  sg_shape shape = call->output_shapes[0];
  sg_tensor *d = call->d_outputs[0];
  for (int dim = 0; dim < shape.rank; dim++) {
    const sg_padding *p = &plan->dims[dim];
    if (p->low == 0 && p->high == 0) continue;
    const sg_shape line = {1, {shape.size[dim]}};
    sg_tensor *index = sg_tensor_new(c, SG_I64, &line);
    if (!index) return NULL;
    int64_t *position = sg_output_data(index);
    for (int64_t i = 0; i < line.size[0]; i++) position[i] = sg_padding_source(p, mode, i) + base;
    shape.size[dim] = p->extent;
    d = sg_index_add(c, sg_tensor_full(c, call->dtype, &shape, 0), index, d, dim);
  }
  return d;
}

static void vjp(const sg_call *call) {
  const sg_pad_mode mode = (sg_pad_mode)((const pad_options *)call->options)->mode;
  const bool nothing = sg_shape_elements(&call->output_shapes[0]) == 0;
  call->d_inputs[0] = nothing ? sg_tensor_full(call->context, call->dtype, &call->input_shapes[0], 0)
                      : mode == SG_PAD_CONSTANT ? cut_back(call)
                                                : fold_back(call, mode);
}

// ---- The op -------------------------------------------------------------------------------------------

#define BY(mode, ...) (&(const pad_options){SG_INTEGERS(__VA_ARGS__), mode, SG_WHOLE(0)})
#define WITH_VALUE(value, ...) (&(const pad_options){SG_INTEGERS(__VA_ARGS__), SG_PAD_CONSTANT, value})
#define BY_NOTHING (&(const pad_options){{0, NULL}, SG_PAD_CONSTANT, SG_WHOLE(0)})
#define ROW SG_VECTOR(1, 2, 3)

const sg_op op_pad = {
    SG_COMPUTED(pad, prepare, forward, vjp),
    .summary = "Continues a tensor beyond the ends of its dimensions, or cuts off what is there.",
    .formula =
        "y[..., i, ...] = x[..., i - low, ...], i counted from 0; beyond x: value (constant), x from the edge "
        "backwards (reflect), its last element (replicate), x from the other end (circular)",
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x, padded"}),
    SG_OPTIONS(pad_options, BY_NOTHING,
               SG_OPTION(pad_options, pad, INT_LIST,
                         "positions before and behind x, first those of the last dimension, then those of the last "
                         "but one, ...; negative ones cut x",
                         SG_REQUIRED),
               SG_CHOICE(pad_options, mode, modes, "what stands there"),
               SG_OPTION(pad_options, value, NUMBER, "of a constant")),
    .plan_bytes = sizeof(pad_plan),
    .samples = SG_SAMPLES(
        {"constant", SG_ON(ROW), BY(SG_PAD_CONSTANT, 1, 2), SG_GIVES(0, 1, 2, 3, 0, 0)},
        {"reflect", SG_ON(ROW), BY(SG_PAD_REFLECT, 2, 1), SG_GIVES(3, 2, 1, 2, 3, 2)},
        {"replicate", SG_ON(ROW), BY(SG_PAD_REPLICATE, 1, 2), SG_GIVES(1, 1, 2, 3, 3, 3)},
        {"circular", SG_ON(ROW), BY(SG_PAD_CIRCULAR, 2, 1), SG_GIVES(2, 3, 1, 2, 3, 1)},
        {"a value", SG_ON(SG_OF_DTYPE(SG_F64, SG_DIMS(2, 2))), WITH_VALUE(SG_REAL(0.5), 1, 0, 0, 1)},
        {"a value of integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3))), WITH_VALUE(SG_WHOLE(7), 1, 1)},
        {"two dimensions", SG_ON(SG_RANDN(2, 3, 4)), BY(SG_PAD_CONSTANT, 1, 0, 2, 1)},
        {"cut", SG_ON(SG_RANDN(4, 5)), BY(SG_PAD_CONSTANT, -1, 2, 1, -2)},
        {"reflect two", SG_ON(SG_RANDN(2, 3, 4)), BY(SG_PAD_REFLECT, 3, 1, 0, 2)},
        {"replicate all", SG_ON(SG_RANDN(2, 3, 4)), BY(SG_PAD_REPLICATE, 1, 3, 2, 1, 1, 1)},
        {"circular two", SG_ON(SG_RANDN(3, 2, 4)), BY(SG_PAD_CIRCULAR, 4, 2, 1, 2)},
        {"reflect and cut", SG_ON(SG_RANDN(3, 5)), BY(SG_PAD_REFLECT, 2, -1, -1, 2)},
        {"replicate and cut", SG_ON(SG_RANDN(3, 5)), BY(SG_PAD_REPLICATE, -2, 3, 1, -1)},
        {"circular and cut", SG_ON(SG_RANDN(3, 5)), BY(SG_PAD_CIRCULAR, 2, -1, -1, 2)},
        {"by nothing", SG_ON(SG_RANDN(2, 3)), BY_NOTHING}, {"to nothing", SG_ON(ROW), BY(SG_PAD_CONSTANT, -1, -2)},
        {"of nothing", SG_ON(SG_RANDN(0, 2)), BY(SG_PAD_CONSTANT, 1, 0, 1, 0)},
        {"empty beside", SG_ON(SG_RANDN(0, 3)), BY(SG_PAD_REFLECT, 1, 1)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), BY_NOTHING},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3))), BY(SG_PAD_REFLECT, 1, 2)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(5))), BY(SG_PAD_CIRCULAR, 1, 2)},
        {"bytes", SG_ON(SG_BYTES(1, 256, SG_DIMS(2, 3))), WITH_VALUE(SG_WHOLE(255), 1, 0, 1, 1)}),
    .bad_samples = SG_SAMPLES(
        {"odd", SG_ON(ROW), BY(SG_PAD_CONSTANT, 1), .error = "pad has 1 values"},
        {"too many", SG_ON(ROW), BY(SG_PAD_CONSTANT, 1, 1, 1, 1), .error = "pad has 4 values"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), BY(SG_PAD_CONSTANT, 1, 1), .error = "of x []"},
        {"cut too much", SG_ON(ROW), BY(SG_PAD_CONSTANT, -2, -2), .error = "cut off more than there is"},
        {"cut at an end", SG_ON(ROW), BY(SG_PAD_CONSTANT, -4, 9), .error = "cut off more than there is"},
        {"far too large", SG_ON(ROW), BY(SG_PAD_CONSTANT, INT64_MAX, 1), .error = "are too large"},
        {"too large", SG_ON(ROW), BY(SG_PAD_CONSTANT, INT64_C(1) << 60, 1), .error = "more than 2^59"},
        {"reflect", SG_ON(ROW), BY(SG_PAD_REFLECT, 3, 0), .error = "too large to reflect"},
        {"reflect nothing", SG_ON(SG_RANDN(2, 0)), BY(SG_PAD_REFLECT, 1, 0), .error = "too large to reflect"},
        {"circular", SG_ON(ROW), BY(SG_PAD_CIRCULAR, 0, 4), .error = "go around more than once"},
        {"circular and cut", SG_ON(ROW), BY(SG_PAD_CIRCULAR, 3, -1), .error = "go around more than once"},
        {"replicate nothing", SG_ON(SG_RANDN(2, 0)), BY(SG_PAD_REPLICATE, 1, 0), .error = "nothing to replicate"},
        {"mode", SG_ON(ROW), BY(4, 1, 1), .error = "mode has no choice number 4"},
        {"a fraction", SG_ON(SG_RANDINT(0, 9, SG_DIMS(3))), WITH_VALUE(SG_REAL(0.5), 1, 1),
         .error = "cannot hold the value 0.5"},
        {"a number that is no byte", SG_ON(SG_BYTES(0, 9, SG_DIMS(3))), WITH_VALUE(SG_WHOLE(256), 1, 1),
         .error = "cannot hold the value 256"}),
};

sg_tensor *sg_pad(sg_context *context, sg_tensor *x, int count, const int64_t *pad, const char *mode,
                  sg_number value) {
  pad_options options = {.pad = {count, pad}, .mode = -1, .value = value};
  for (int i = 0; mode && modes[i]; i++)
    if (strcmp(modes[i], mode) == 0) options.mode = i;
  return sg_apply_one(context, &op_pad, 1, &x, &options);
}
