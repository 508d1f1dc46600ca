// SPDX-License-Identifier: GPL-3.0-or-later
//
// The families of products of tensors with given ranks, which are compositions. A member of the first is its words,
// the two ranks, the product as a composition, and samples; one of the second adds the product to a tensor x that
// broadcasts to its shape, y = beta x + alpha product.
#ifndef SELENOGRAD_LINALG_PRODUCT_OF_H
#define SELENOGRAD_LINALG_PRODUCT_OF_H

#include "ops/ops.h"

typedef struct sg_product_of {
  int rank_a, rank_b;
  sg_tensor *(*product)(sg_context *context, sg_tensor *a, sg_tensor *b);
} sg_product_of;

extern const sg_op sg_product_of_family, sg_added_product_family;

// What a descriptor begins with: its name, the family, and the fields of sg_product_of.
//   SG_PRODUCT_OF(mv, 2, 1, sg_matmul),
#define SG_PRODUCT_OF(op, ...) SG_PRODUCT_OF_FAMILY(sg_product_of_family, #op, __VA_ARGS__)
#define SG_ADDED_PRODUCT(op, ...) SG_PRODUCT_OF_FAMILY(sg_added_product_family, #op, __VA_ARGS__)
#define SG_PRODUCT_OF_FAMILY(of, op, ...)                                                                          \
  .name = op, .family = &of, .member = &(const sg_product_of) { __VA_ARGS__ }

// The factors of an added product: SG_FACTORS("mat1", "(n, k)", "mat2", "(k, m)")
#define SG_FACTORS(name_1, shape_1, name_2, shape_2)                                                               \
  SG_PORTS({"x", 0, "broadcasts to the shape of the product"}, {name_1, 0, shape_1}, {name_2, 0, shape_2})

// Its samples, of an x in the shape of the product, one that broadcasts to it, and the factors:
//   SG_ADDED_PRODUCT_SAMPLES(SG_RANDN(3, 2), SG_RANDN(2), SG_RANDN(3, 4), SG_RANDN(4, 2)),
#define SG_ADDED_PRODUCT_SAMPLES(x, less, ...)                                                                     \
  .samples = SG_SAMPLES({"factors", SG_ON(x, __VA_ARGS__), SG_WITH(sg_added_product_options, 0.5, -2)},            \
                        {"plain", SG_ON(x, __VA_ARGS__)},                                                          \
                        {"without x", SG_ON(x, __VA_ARGS__), SG_WITH(sg_added_product_options, 0, 3)},             \
                        {"broadcast", SG_ON(less, __VA_ARGS__)})

// Of two vectors: all of the descriptor but for its words, which NumPy has given two names.
#define SG_VECTOR_PRODUCT(op)                                                                                      \
  SG_PRODUCT_OF(op, 1, 1, sg_matmul), .inputs = SG_PORTS({"a", 0, "(n)"}, {"b", 0, "(n)"}),                        \
                                      .samples = sg_vector_product_samples,                                        \
                                      .bad_samples = sg_vector_product_bad_samples
extern const sg_sample sg_vector_product_samples[], sg_vector_product_bad_samples[];

#endif
