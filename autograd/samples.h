// SPDX-License-Identifier: GPL-3.0-or-later
//
// Samples of an op: inputs that exercise it, and inputs it must refuse. Part of "autograd/op.h", where SG_LIST is.
#ifndef SELENOGRAD_SAMPLES_H
#define SELENOGRAD_SAMPLES_H

#include "autograd/selenograd.h"

#ifdef __cplusplus
#include <initializer_list>
#endif

SG_PUBLIC_BEGIN

#define SG_MAX_SAMPLE_INPUTS 8

typedef enum sg_sample_kind {
  SG_SAMPLE_ABSENT = 0,
  SG_SAMPLE_NORMAL,   // a: mean, b: standard deviation
  SG_SAMPLE_UNIFORM,  // in [a, b)
  SG_SAMPLE_DISTINCT, // the evenly spaced values from a to b in random order: no ties, a known gap
  SG_SAMPLE_INDEX,    // i64 in [0, a), plus the index base
  SG_SAMPLE_DOMAIN,   // uniform in the op's domain
  SG_SAMPLE_VALUES,   // `values`, row-major; where the port is SG_INDEX, plus the index base
  SG_SAMPLE_WHOLE,    // whole numbers in [a, b)
  SG_SAMPLE_SPD,      // matrices b b' / n + 1: symmetric and positive definite, with eigenvalues from 1 on
} sg_sample_kind;

typedef struct sg_sample_input {
  sg_sample_kind kind;
  sg_shape shape;
  double a, b;
  const double *values;
  sg_dtype dtype; // 0: the dtype the test is running with (i64 for a port that is SG_INDEX)
} sg_sample_input;

// SG_DIMS(2, 3) is the shape [2, 3]; SG_SCALAR is the shape [].
#ifdef __cplusplus
#define SG_DIMS(...) {(int)std::initializer_list<int64_t>{__VA_ARGS__}.size(), {__VA_ARGS__}}
#else
#define SG_DIMS(...) {(int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), {__VA_ARGS__}}
#endif
#define SG_SCALAR {0, {0}}
// An sg_number.
#define SG_WHOLE(integer) {(double)(integer), integer, true}
#define SG_REAL(number) {number, 0, false}
// sg_int_list and sg_float_list in C: .sizes = SG_INTEGERS(1, 2), .scales = SG_FLOATS(0.5, 2)
#define SG_INTEGERS(...)                                                                                           \
  {                                                                                                                \
    (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) { __VA_ARGS__ }             \
  }
#define SG_FLOATS(...)                                                                                             \
  {                                                                                                                \
    (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), (const double[]) { __VA_ARGS__ }                \
  }
#define SG_NORMAL(mean, deviation, ...) {SG_SAMPLE_NORMAL, __VA_ARGS__, mean, deviation, NULL, (sg_dtype)0}
#define SG_RANDN(...) SG_NORMAL(0, 1, SG_DIMS(__VA_ARGS__)) // of the shape [...]
#define SG_UNIFORM(low, high, ...) {SG_SAMPLE_UNIFORM, __VA_ARGS__, low, high, NULL, (sg_dtype)0}
#define SG_DISTINCT(low, high, ...) {SG_SAMPLE_DISTINCT, __VA_ARGS__, low, high, NULL, (sg_dtype)0}
#define SG_INDICES(bound, ...) {SG_SAMPLE_INDEX, __VA_ARGS__, bound, 0, NULL, SG_I64}
#define SG_DOMAIN(...)                                                                                             \
  { SG_SAMPLE_DOMAIN, __VA_ARGS__, 0, 0, NULL, (sg_dtype)0 }
// Row-major: SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)), SG_VECTOR(1, 2, 3).
#define SG_VALUES(array, ...) {SG_SAMPLE_VALUES, __VA_ARGS__, 0, 0, array, (sg_dtype)0}
#define SG_VECTOR(...) SG_VALUES(SG_NUMBERS(__VA_ARGS__), {1, {SG_COUNT_NUMBERS(__VA_ARGS__)}})
#define SG_SPD(...) {SG_SAMPLE_SPD, SG_DIMS(__VA_ARGS__), 0, 1, NULL, (sg_dtype)0} // of the shape [..., n, n]
#define SG_OF_DTYPE(type, ...) {SG_SAMPLE_UNIFORM, __VA_ARGS__, 0.5, 1.5, NULL, type}
// No floating numbers: bools; bytes, and i64 numbers in [low, high), which are exact where low is and high - low is
// below 2^53; what an array says.
#define SG_MASK(...) {SG_SAMPLE_WHOLE, __VA_ARGS__, 0, 2, NULL, SG_BOOL}
#define SG_BYTES(low, high, ...) {SG_SAMPLE_WHOLE, __VA_ARGS__, low, high, NULL, SG_U8}
#define SG_RANDINT(low, high, ...) {SG_SAMPLE_WHOLE, __VA_ARGS__, low, high, NULL, SG_I64}
#define SG_VALUES_OF(type, array, ...) {SG_SAMPLE_VALUES, __VA_ARGS__, 0, 0, array, type}

// `error` NULL: a good sample. Otherwise the op must refuse it with a message that contains `error`.
// `expected`: the values of output 0 worked out by hand, when given.
typedef struct sg_sample {
  const char *name; // NULL ends the list
  sg_sample_input inputs[SG_MAX_SAMPLE_INPUTS];
  const void *options; // NULL: the defaults
  const char *error;
  const double *expected;
} sg_sample;

// The list, and what a sample is made of, in this order:
//   .samples = SG_SAMPLES({"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
//                         {"sharp", SG_ON(SG_RANDN(3, 4)), SG_WITH(softplus_options, 3)},
//                         {"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(0, 0.5)}),
//   .bad_samples = SG_SAMPLES({"flat", SG_ON(SG_RANDN(2)), SG_WITH(softplus_options, 0), .error = "beta is 0"}),
#define SG_ON(...) .inputs = {__VA_ARGS__}
#define SG_WITH(type, ...) .options = SG_CONSTANT(type, __VA_ARGS__)
#define SG_GIVES(...) .expected = SG_NUMBERS(__VA_ARGS__)
#ifdef __cplusplus
#define SG_SAMPLES(...) SG_LIST(sg_sample, __VA_ARGS__, {})
#define SG_NUMBERS(...) SG_LIST(double, __VA_ARGS__)
#define SG_COUNT_NUMBERS(...) (int64_t) std::initializer_list<double>{__VA_ARGS__}.size()
#define SG_CONSTANT(type, ...) SG_LIST(type, {__VA_ARGS__})
#else
#define SG_SAMPLES(...) ((const sg_sample[]){__VA_ARGS__, {.name = NULL}})
#define SG_NUMBERS(...) ((const double[]){__VA_ARGS__})
#define SG_COUNT_NUMBERS(...) sizeof((const double[]){__VA_ARGS__}) / sizeof(double)
#define SG_CONSTANT(type, ...) (&(const type){__VA_ARGS__})
#endif

SG_PUBLIC_END

#endif
