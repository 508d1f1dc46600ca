// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNEL_H
#define SELENOGRAD_KERNEL_H

#include "autograd/public.h"
#include <stdint.h>

SG_PUBLIC_BEGIN

// A kernel works on the items [begin, end) of what `arguments` describes. It sees pointers and sizes only,
// allocates nothing, cannot fail, and writes nothing that another block of items reads.
typedef void sg_kernel(const void *arguments, int64_t begin, int64_t end);

// Uniform in [0, 1) with 53 random bits: the number at a position of the stream of a seed, a pure function of both.
double sg_stream_uniform(uint64_t seed, uint64_t position);

SG_PUBLIC_END

#endif
