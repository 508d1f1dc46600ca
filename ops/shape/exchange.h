// SPDX-License-Identifier: GPL-3.0-or-later
//
// Two dimensions exchanged, under the names that this has.
#ifndef SELENOGRAD_EXCHANGE_H
#define SELENOGRAD_EXCHANGE_H

#include "autograd/op.h"

typedef struct sg_exchange_options {
  int64_t one, other;
} sg_exchange_options;

// The family; a member has a name and says what its options are called.
extern const sg_op sg_exchange_family;

// What a descriptor begins with whose options are required: SG_EXCHANGE(swapaxes, "axis0", "axis1").
#define SG_EXCHANGE(op, first, second)                                                                             \
  .name = #op, .family = &sg_exchange_family,                                                                      \
  SG_WORDS("Exchanges two dimensions: transpose by another name.",                                                 \
           "y[..., j, ..., i, ...] = x[..., i, ..., j, ...]"),                                                     \
  .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x with " first " and " second " exchanged"}),                           \
  .options_bytes = sizeof(sg_exchange_options), .defaults = SG_CONSTANT(sg_exchange_options, 0, 0),                \
  .attributes = SG_ATTRIBUTES({first, SG_ATTRIBUTE_DIM, offsetof(sg_exchange_options, one), "one dimension",       \
                               SG_REQUIRED, 0, 0, NULL},                                                           \
                              {second, SG_ATTRIBUTE_DIM, offsetof(sg_exchange_options, other), "the other",        \
                               SG_REQUIRED, 0, 0, NULL})

#endif
