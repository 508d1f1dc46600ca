// SPDX-License-Identifier: GPL-3.0-or-later
//
// Plugins that do not fit the engine, each by one of the definitions that CMakeLists.txt gives.
#include "autograd/plugin.h"

#ifndef ABI
#define ABI SG_PLUGIN_ABI
#endif
#ifndef CALL_BYTES
#define CALL_BYTES sizeof(sg_call)
#endif
#ifndef ENGINE
#define ENGINE sg_engine
#endif
#ifndef NAME
#define NAME "misfit"
#endif
#ifndef OPS
#define OPS one_op
#endif

// What sg_engine is in a plugin that has an engine linked into it.
const void *other_engine(void);
const void *other_engine(void) {
  static const char here = 0;
  return &here;
}

// There is no such function anywhere.
sg_status sg_missing(sg_plan *plan);
#ifndef PREPARE
static sg_status prepare(sg_plan *plan) { return sg_reject(plan, "never"); }
#define PREPARE prepare
#endif

static void forward(const sg_call *call) { (void)call; }

static const sg_op op_unchecked = {.name = "unchecked",
                                   .summary = "Has no samples.",
                                   .inputs = SG_PORTS({"x", SG_UNDIFFERENTIABLE, "any shape"}),
                                   .outputs = SG_PORTS({"y", 0, "the shape of x"}),
                                   .prepare = PREPARE,
                                   .forward = forward};

extern const sg_op *const one_op[];
const sg_op *const one_op[] = {&op_unchecked, NULL};
extern const sg_op *const no_op[];
const sg_op *const no_op[] = {NULL};

const sg_plugin selenograd_plugin = {
    ABI, sizeof(sg_op), sizeof(sg_plan), CALL_BYTES, sizeof(sg_sample), ENGINE, NAME, OPS};
