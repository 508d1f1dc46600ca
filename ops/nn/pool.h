// SPDX-License-Identifier: GPL-3.0-or-later
//
// Pools over one, two or three spatial dimensions, the last ones of x: (N, C, ...) or (C, ...). A member says how
// many they are, in numbers and, with a macro of ops/nn/windows.h, in words.
#ifndef SELENOGRAD_POOL_H
#define SELENOGRAD_POOL_H

#include "autograd/op.h"
#include "ops/nn/nn.h"
#include "ops/nn/resampling.h"
#include "ops/nn/windows.h"

// The largest pixel of every window, or of every part where the windows follow from output_size: `member` is a
// sg_max_pool_member. Means are members of sg_resampling_family; what is made of other ops, as max_unpool and
// lp_pool, has the number of spatial dimensions, an int.
typedef struct sg_max_pool_member {
  int spatial;
  bool adaptive;
} sg_max_pool_member;
extern const sg_op sg_max_pool_family, sg_max_unpool_family, sg_lp_pool_family;

sg_status sg_avg_pool_describe(sg_plan *plan, sg_resampling *resampling);
sg_status sg_adaptive_avg_pool_describe(sg_plan *plan, sg_resampling *resampling);

// Refuses an x that is neither (N, C, ...) nor (C, ...).
sg_status sg_pool_check_rank(const sg_plan *plan, int spatial);
// kernel_size, and stride, which is kernel_size where it is empty, for the windows over x.
bool sg_pool_read_windows(const sg_plan *plan, int spatial, const sg_ints *kernel_size, const sg_ints *stride,
                          windows *windows);
// How many windows there are. Refuses those that do not fit, and a padding of more than half of them.
sg_status sg_pool_fit_windows(const sg_plan *plan, int spatial, bool ceil_mode, windows *windows);
// output_size, of which -1 stands for the extent of x.
sg_status sg_pool_read_output_size(const sg_plan *plan, int spatial, int64_t extents[SPATIAL]);

// ---- What descriptors begin with ----------------------------------------------------------------------

// An option that is a number or a list with one for each dimension.
#define SG_POOL_LIST(options, name, words, flags, least)                                                           \
  SG_OPTION(options, name, INTS, words, (flags) | SG_AT_LEAST | SG_AT_MOST, least, INT32_MAX)
#define SG_POOL_KERNEL(options) SG_POOL_LIST(options, kernel_size, "extents of a window", SG_REQUIRED, 1)
#define SG_POOL_STRIDE(options)                                                                                    \
  SG_POOL_LIST(options, stride, "distance of neighbouring windows; default kernel_size", 0, 1)
#define SG_POOL_PADDING(options)                                                                                   \
  SG_POOL_LIST(options, padding, "room on every side of x, at most half of kernel_size; default 0", 0, 0)
#define SG_POOL_CEIL_MODE(options) SG_OPTION(options, ceil_mode, BOOL, "round the extents of y up; default false")

#define SG_POOL_REFERENCE .reference = "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.3"
#define SG_POOL_X(x)                                                                                               \
  { "x", 0, "(N, C, " x ") or (C, " x ")" }
#define SG_POOL_Y(y, rest)                                                                                         \
  { "y", 0, "(N, C, " y ") or (C, " y ")" rest }
#define SG_POOL_INDICES                                                                                            \
  { "indices", SG_INDEX | SG_HIDDEN | SG_OPTIONAL, "position of the largest pixel in its image, row by row" }

// SG_MAX_POOL(max_pool2d, "an image", 2, SG_IMAGE), and so all that follow.
#define SG_MAX_POOL(op, place, spatial, words) SG_MAX_POOL_OF(#op, place, spatial, words)
#define SG_MAX_POOL_OF(op, place, spatial, x, kernel, y, first, tap)                                               \
  .name = op, .summary = "The largest value of every window of " place ".", SG_POOL_REFERENCE,                     \
  .family = &sg_max_pool_family, .member = &(const sg_max_pool_member){spatial, false},                            \
  .inputs = SG_PORTS(SG_POOL_X(x)),                                                                                \
  .outputs = SG_PORTS(                                                                                             \
      SG_POOL_Y(y, ", " first "' = floor((" first " + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1"), \
      SG_POOL_INDICES)

#define SG_ADAPTIVE_MAX_POOL(op, place, spatial, words) SG_ADAPTIVE_MAX_POOL_OF(#op, place, spatial, words)
#define SG_ADAPTIVE_MAX_POOL_OF(op, place, spatial, x, kernel, y, first, tap)                                      \
  .name = op, .summary = "The largest value of every part of " place " that is cut into a given number of them.",  \
  .formula = "part p goes from floor(p " first " / " first "') to ceil((p + 1) " first " / " first "')",           \
  SG_POOL_REFERENCE, .family = &sg_max_pool_family, .member = &(const sg_max_pool_member){spatial, true},          \
  .inputs = SG_PORTS(SG_POOL_X(x)), .outputs = SG_PORTS(SG_POOL_Y(y, " = output_size"), SG_POOL_INDICES),          \
  SG_ADAPTIVE_POOL_OPTIONS(SG_POOL_OUTPUT_SIZE, SG_POOL_RETURN_INDICES(sg_adaptive_pool_options))

#define SG_ADAPTIVE_POOL_OPTIONS(...)                                                                              \
  SG_OPTIONS(sg_adaptive_pool_options, SG_CONSTANT(sg_adaptive_pool_options, .output_size = {0}), __VA_ARGS__)
#define SG_POOL_OUTPUT_SIZE                                                                                        \
  SG_POOL_LIST(sg_adaptive_pool_options, output_size, "extents of y; -1: that of x", SG_REQUIRED, -1)
#define SG_POOL_RETURN_INDICES(options)                                                                            \
  SG_OPTION(options, return_indices, BOOL, "give the indices too; default false")

#define SG_AVG_POOL(op, place, spatial, words) SG_AVG_POOL_OF(#op, place, spatial, words)
#define SG_AVG_POOL_OF(op, place, spatial, x, kernel, y, first, tap)                                               \
  .name = op, .summary = "The mean of every window of " place ".", SG_POOL_REFERENCE,                              \
  .family = &sg_resampling_family, .member = &(const sg_resampling_member){sg_avg_pool_describe, spatial},         \
  .inputs = SG_PORTS(SG_POOL_X(x)),                                                                                \
  .outputs = SG_PORTS(SG_POOL_Y(y, ", " first "' = floor((" first " + 2 padding - kernel_size) / stride) + 1"))
// Its options: SG_AVG_POOL_OPTIONS(SG_AVG_POOL_LISTS), or with SG_AVG_POOL_DIVISOR behind these.
#define SG_AVG_POOL_OPTIONS(...)                                                                                   \
  SG_OPTIONS(sg_avg_pool_options,                                                                                  \
             SG_CONSTANT(sg_avg_pool_options, .padding = {1, {0}}, .count_include_pad = true), __VA_ARGS__)
#define SG_AVG_POOL_LISTS                                                                                          \
  SG_POOL_KERNEL(sg_avg_pool_options), SG_POOL_STRIDE(sg_avg_pool_options), SG_POOL_PADDING(sg_avg_pool_options),  \
      SG_POOL_CEIL_MODE(sg_avg_pool_options),                                                                      \
      SG_OPTION(sg_avg_pool_options, count_include_pad, BOOL, "means count the padding; default true")
#define SG_AVG_POOL_DIVISOR                                                                                        \
  SG_OPTION(sg_avg_pool_options, divisor_override, INT,                                                            \
            "what sums over a window are divided by; default 0: their number", SG_AT_LEAST, 0)

#define SG_ADAPTIVE_AVG_POOL(op, place, spatial, words) SG_ADAPTIVE_AVG_POOL_OF(#op, place, spatial, words)
#define SG_ADAPTIVE_AVG_POOL_OF(op, place, spatial, x, kernel, y, first, tap)                                      \
  .name = op, .summary = "The mean of every part of " place " that is cut into a given number of them.",           \
  .formula = "part p goes from floor(p " first " / " first "') to ceil((p + 1) " first " / " first "')",           \
  SG_POOL_REFERENCE, .family = &sg_resampling_family,                                                              \
  .member = &(const sg_resampling_member){sg_adaptive_avg_pool_describe, spatial},                                 \
  .inputs = SG_PORTS(SG_POOL_X(x)), .outputs = SG_PORTS(SG_POOL_Y(y, " = output_size")),                           \
  SG_ADAPTIVE_POOL_OPTIONS(SG_POOL_OUTPUT_SIZE)

#define SG_MAX_UNPOOL(op, place, spatial, words) SG_MAX_UNPOOL_OF(#op, place, spatial, words)
#define SG_MAX_UNPOOL_OF(op, place, spatial, x, kernel, y, first, tap)                                             \
  .name = op, .summary = "Puts the values of a max pool back where they were in " place ", among zeros.",          \
  .formula = "y[n, c, indices[n, c, p]] = x[n, c, p], elsewhere 0; of several values at one place the last stays", \
  .reference = "Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014",                    \
  .family = &sg_max_unpool_family, .member = &(const int){spatial},                                                \
  .inputs = SG_PORTS(SG_POOL_X(x), {"indices", SG_INDEX, "of the shape of x: positions in an image, row by row"}), \
  .outputs =                                                                                                       \
      SG_PORTS(SG_POOL_Y(y, " = output_size, or " first "' = (" first " - 1) stride - 2 padding + kernel_size"))

#define SG_LP_POOL(op, place, spatial, words) SG_LP_POOL_OF(#op, place, spatial, words)
#define SG_LP_POOL_OF(op, place, spatial, x, kernel, y, first, tap)                                                \
  .name = op, .summary = "The p-norm of every window of " place ".",                                               \
  .formula = "y = (sum over the window of x^p)^(1 / p); a window that ends behind x counts as if it were full",    \
  .reference = "Gulcehre et al., Learned-Norm Pooling for Deep Feedforward and Recurrent Neural Networks, 2014",   \
  .family = &sg_lp_pool_family, .member = &(const int){spatial}, .inputs = SG_PORTS(SG_POOL_X(x)),                 \
  .outputs = SG_PORTS(SG_POOL_Y(y, ", " first "' = floor((" first " - kernel_size) / stride) + 1"))

// ---- Samples ------------------------------------------------------------------------------------------

// Without ties; and options, with one number for all directions.
#define SG_POOL_INPUT(...) SG_DISTINCT(-2, 2, SG_DIMS(__VA_ARGS__))
#define SG_POOL(kernel, step, pad, apart, up)                                                                      \
  SG_WITH(sg_max_pool_options, .kernel_size = {1, {kernel}}, .stride = {1, {step}}, .padding = {1, {pad}},         \
          .dilation = {1, {apart}}, .ceil_mode = up)
#define SG_AVERAGE(kernel, step, pad, up, include)                                                                 \
  SG_WITH(sg_avg_pool_options, .kernel_size = {1, {kernel}}, .stride = {1, {step}}, .padding = {1, {pad}},         \
          .ceil_mode = up, .count_include_pad = include)
#define SG_ADAPTED(...) SG_WITH(sg_adaptive_pool_options, .output_size = SG_DIMS(__VA_ARGS__))
#define SG_LP_NORM(p, kernel, step, up)                                                                            \
  SG_WITH(sg_lp_pool_options, .norm_type = p, .kernel_size = {1, {kernel}}, .stride = {1, {step}}, .ceil_mode = up)
#define SG_UNPOOL(kernel, step, pad)                                                                               \
  SG_WITH(sg_max_unpool_options, .kernel_size = {1, {kernel}}, .stride = {1, {step}}, .padding = {1, {pad}})
#define SG_UNPOOL_TO(kernel, ...)                                                                                  \
  SG_WITH(sg_max_unpool_options, .kernel_size = {1, {kernel}}, .padding = {1, {0}},                                \
          .output_size = SG_DIMS(__VA_ARGS__))

#endif
