// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real part of Li_2(x).  d_x = -d_y log|1 - x| / x.
#include "ops/ops.h"
#include "ops/special/derived.h"

const sg_op op_dilog = {
    SG_DERIVED(dilog, sg_dilog_value, sg_dilog_derivative),
    SG_WORDS("The dilogarithm; its real part above 1, and its slope at 1 is infinite.",
             "y = -integral of log|1 - t| / t over t from 0 to x",
             "Lewin 1981, Polylogarithms and associated functions"),
    .domain = {-2, 0.9},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 0.5, -1)), SG_GIVES(0, 0.58224052646501250590, -0.82246703342411321824)},
        {"above one", SG_ON(SG_UNIFORM(1.1, 9, SG_DIMS(3, 4)))}, {"far", SG_ON(SG_UNIFORM(-90, -2, SG_DIMS(4)))}),
};

sg_tensor *sg_dilog(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_dilog, 1, &x, NULL); }
