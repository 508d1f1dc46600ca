// SPDX-License-Identifier: GPL-3.0-or-later
//
// Turns an op's samples into tensors, for the tests and for `selenograd check --ops`. The values depend on nothing
// but the seed, the input's position and the element, and are computed without the C library's functions, so that
// every machine makes the same ones.
#ifndef SELENOGRAD_OPS_SAMPLE_H
#define SELENOGRAD_OPS_SAMPLE_H

#include "autograd/op.h"

SG_PUBLIC_BEGIN

// A pure function of its argument with 64 well mixed bits (Steele, Lea, Flood: "Fast splittable pseudorandom
// number generators", OOPSLA 2014, the finalizer of SplitMix64).
uint64_t sg_sample_hash(uint64_t x);
// Uniform in [0, 1): element i of array `stream` under `seed` (below 2^24, 256 and 2^32).
double sg_sample_uniform(uint64_t seed, int stream, int64_t i);

// How many tensors the sample gives: the ports, or more when the last one is variadic.
int sg_sample_input_count(const sg_op *op, const sg_sample *sample);

// The tensor of one input; NULL when it is absent or on failure.
sg_tensor *sg_sample_tensor(sg_context *context, const sg_sample_input *input, sg_dtype dtype, uint64_t seed,
                            int stream);
// All of them. Floating inputs without a dtype of their own get `dtype`. Returns their number.
int sg_sample_inputs(sg_context *context, const sg_op *op, const sg_sample *sample, sg_dtype dtype, uint64_t seed,
                     sg_tensor **inputs);

// The cotangents the tests use for output `output`: signed, up to 1.5 in size.
sg_tensor *sg_sample_cotangent(sg_context *context, const sg_tensor *output, uint64_t seed, int stream);

// Whether the op has a derivative with respect to that input, or of that output.
bool sg_op_input_is_differentiable(const sg_op *op, int input, const sg_tensor *tensor);
bool sg_op_output_is_differentiable(const sg_op *op, int output, const sg_tensor *tensor);

SG_PUBLIC_END

#endif
