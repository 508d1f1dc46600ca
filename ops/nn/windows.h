// SPDX-License-Identifier: GPL-3.0-or-later
//
// What convolutions and pools share: a kernel whose windows move over the spatial dimensions of x (N, C, ...), of
// which there are one to three. How `windows` lies in memory is described in ops/kernels/windows.h.
#ifndef SELENOGRAD_WINDOWS_H
#define SELENOGRAD_WINDOWS_H

#include "autograd/op.h"
#include "ops/kernels/windows.h"

// A list with one number for all `spatial` dimensions or with one for each of them; others get `missing`.
bool sg_windows_list(const sg_plan *plan, const char *name, const sg_ints *list, int spatial, int64_t missing,
                     int64_t values[SPATIAL]);
// The spatial extents of a tensor (N, C, ...), and such a tensor's shape.
void sg_windows_extents(const sg_shape *shape, int64_t extents[SPATIAL]);
sg_shape sg_windows_shape(int64_t batch, int64_t channels, int spatial, const int64_t extents[SPATIAL]);
// The last `spatial` extents of any tensor, and the shape that has others there.
void sg_windows_last(const sg_shape *shape, int spatial, int64_t extents[SPATIAL]);
sg_shape sg_windows_replaced(const sg_shape *shape, int spatial, const int64_t extents[SPATIAL]);
// The number of elements of such extents; false where it exceeds `limit`.
bool sg_windows_count(const int64_t extents[SPATIAL], int64_t limit, int64_t *count);
// How many windows fit into `in` pixels with `padding` on either side; 0 where the kernel is larger.
int64_t sg_windows_fitting(int64_t in, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation);
// The same for dimension d of a pool; `up`: windows may end behind the image, if they begin before its padding
// ends.
int64_t sg_windows_pooled(const windows *windows, int d, bool up);
// "(3, 5)", the last `spatial` values.
sg_text sg_windows_text(const int64_t values[SPATIAL], int spatial);

// Extents in words: of x, of a kernel, of y, and the first of x and of the kernel.
#define SG_LINE "L", "k", "L'", "L", "k"
#define SG_IMAGE "H, W", "kh, kw", "H', W'", "H", "kh"
#define SG_VOLUME "D, H, W", "kd, kh, kw", "D', H', W'", "D", "kd"

#endif
