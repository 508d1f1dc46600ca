// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/ternary.h"

static sg_status prepare(sg_plan *plan) {
  const sg_ternary *member = plan->op->member;
  const sg_shape *a = sg_plan_shape(plan, 0), *b = sg_plan_shape(plan, 1), *c = sg_plan_shape(plan, 2);
  sg_shape both;
  if (!sg_shape_broadcast(a, b, &both) || !sg_shape_broadcast(&both, c, &plan->output_shape[0])) {
    const sg_port *ports = sg_op_inputs(plan->op);
    return sg_reject(plan, "%s has shape %s, %s %s, %s %s: they do not broadcast", ports[0].name,
                     sg_shape_text(a).text, ports[1].name, sg_shape_text(b).text, ports[2].name,
                     sg_shape_text(c).text);
  }
  sg_rows_layout *layout = plan->own;
  sg_rows_lay_out(layout, &plan->output_shape[0], 3, (const sg_shape *[]){a, b, c});
  plan->own_bytes = sg_rows_layout_bytes(layout);
  unsigned reads = 0;
  for (int i = 0; i < 3; i++) reads |= sg_tensor_requires_grad(plan->inputs[i]) ? member->derivative[i].reads : 0;
  plan->save_inputs = reads & (SG_READS_A | SG_READS_B | SG_READS_C);
  plan->save_outputs = reads & SG_READS_Y ? 1 : 0;
  return SG_OK;
}

static void forward(const sg_call *call) {
  sg_rows_compute(call, ((const sg_ternary *)call->op->member)->row,
                  &(sg_rows){.layout = call->plan,
                             .operand = {call->inputs[0], call->inputs[1], call->inputs[2]},
                             .result = {call->outputs[0]},
                             .parameter = call->options});
}

static void vjp(const sg_call *call) {
  const sg_ternary *member = call->op->member;
  const sg_triple t = {call->context,   call->d_outputs[0], call->inputs[0], call->inputs[1],
                       call->inputs[2], call->outputs[0],   call->options};
  for (int i = 0; i < 3; i++) {
    if (!call->needs[i]) continue;
    sg_tensor *d = member->derivative[i].of ? member->derivative[i].of(&t) : t.d_y;
    call->d_inputs[i] = sg_sum_to(call->context, d, &call->input_shapes[i]);
  }
}

const sg_op sg_ternary_family = {
    .inputs = SG_PORTS({"a", SG_SAME_PLACE, "tensor of any shape"},
                       {"b", SG_SAME_PLACE, "tensor whose shape broadcasts with that of a"},
                       {"c", SG_SAME_PLACE, "tensor whose shape broadcasts with those of a and b"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the broadcast shape"}),
    SG_PLANNED(sg_rows_layout, prepare, forward, vjp),
    .samples = SG_SAMPLES(
        {"same shape", SG_ON(SG_DOMAIN(SG_DIMS(3, 4)), SG_DOMAIN(SG_DIMS(3, 4)), SG_DOMAIN(SG_DIMS(3, 4)))},
        {"rows and columns", SG_ON(SG_DOMAIN(SG_DIMS(2, 3, 4)), SG_DOMAIN(SG_DIMS(4)), SG_DOMAIN(SG_DIMS(3, 1)))},
        {"all three broadcast",
         SG_ON(SG_DOMAIN(SG_DIMS(2, 1, 1)), SG_DOMAIN(SG_DIMS(3, 1)), SG_DOMAIN(SG_DIMS(4)))},
        {"one last number", SG_ON(SG_DOMAIN(SG_DIMS(2, 3)), SG_DOMAIN(SG_DIMS(2, 3)), SG_DOMAIN(SG_SCALAR))},
        {"scalars", SG_ON(SG_DOMAIN(SG_SCALAR), SG_DOMAIN(SG_SCALAR), SG_DOMAIN(SG_SCALAR))},
        {"empty", SG_ON(SG_DOMAIN(SG_DIMS(2, 0)), SG_DOMAIN(SG_SCALAR), SG_DOMAIN(SG_DIMS(2, 1)))}),
    .bad_samples =
        SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2), SG_RANDN(3), SG_RANDN(3)), .error = "they do not broadcast"}),
};
