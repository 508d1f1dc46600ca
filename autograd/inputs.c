// SPDX-License-Identifier: GPL-3.0-or-later
//
// The inputs of an application, held against the ports of its op.
#include "autograd/dtype.h"
#include "autograd/plan.h"

static sg_status check_count(const sg_plan *plan, const sg_port *port) {
  int given = plan->input_count, ports = 1;
  for (; port[1].name; port++) ports++;
  bool variadic = port->flags & SG_VARIADIC;
  if (given == ports || (variadic && given > ports)) return SG_OK;
  return sg_reject(plan, "%d tensors given, expected %s%d", given, variadic ? "at least " : "", ports);
}

static sg_status check_numeric(const sg_plan *plan, const sg_port *port, sg_dtype given, sg_dtype *common) {
  const sg_dtype own = port->flags & SG_ANY_DTYPE || sg_dtype_is_floating(given) ? given : SG_I64;
  const sg_dtype met = *common ? sg_dtype_promoted(*common, own) : own;
  if (!met) return sg_refuse_dtype(plan, port, given, *common);
  *common = met;
  return SG_OK;
}

static sg_status check_input(sg_plan *plan, const sg_port *port, sg_tensor *input, sg_dtype *common) {
  if (!input) return port->flags & SG_OPTIONAL ? SG_OK : sg_reject(plan, "%s is missing", port->name);
  if (input->context != plan->context) return sg_reject(plan, "%s belongs to another context", port->name);
  if (port->flags & SG_INDEX) {
    const bool floating_too = port->flags & SG_FLOATING_TOO;
    if (input->dtype == SG_I64) return SG_OK;
    if (!floating_too || !sg_dtype_is_floating(input->dtype))
      return sg_reject(plan, "%s has dtype %s, expected i64%s", port->name, sg_dtype_name(input->dtype),
                       floating_too ? ", f32 or f64" : "");
  }
  if (port->flags & SG_NUMERIC) return check_numeric(plan, port, input->dtype, common);
  const bool bool_too = port->flags & SG_BOOL_TOO;
  if (bool_too && input->dtype == SG_BOOL) return SG_OK;
  if (!sg_dtype_is_floating(input->dtype) && !(port->flags & SG_ANY_DTYPE)) {
    return sg_reject(plan, "%s has dtype %s, expected f32%s; convert it with to()", port->name,
                     sg_dtype_name(input->dtype), bool_too ? ", f64 or bool" : " or f64");
  }
  // A mask or condition of any dtype.
  if (port->flags & SG_ANY_DTYPE && (!sg_port_is_differentiable(port) || sg_op_writes(plan->op))) return SG_OK;
  if (*common && *common != input->dtype) return sg_refuse_dtype(plan, port, input->dtype, *common);
  *common = input->dtype;
  return SG_OK;
}

sg_status sg_check_inputs(sg_plan *plan, const sg_port *port, sg_dtype *common, bool *differentiable,
                          sg_marks *marks) {
  *common = (sg_dtype)0;
  *differentiable = false;
  *marks = (sg_marks){0};
  if (!port->name) return plan->input_count ? sg_reject(plan, "takes no tensors") : SG_OK;
  if (check_count(plan, port)) return plan->context->status;
  for (int i = 0; i < plan->input_count; i++, port = sg_next_port(port)) {
    sg_tensor *input = plan->inputs[i];
    if (check_input(plan, port, input, common)) return plan->context->status;
    if (!input) continue;
    if (input->severed > marks->severed && sg_port_is_differentiable(port)) marks->severed = input->severed;
    if (!input->requires_grad) continue;
    if (port->flags & SG_UNDIFFERENTIABLE && plan->context->grad_enabled)
      return sg_refuse_undifferentiable(plan, port, input);
    if (sg_port_is_differentiable(port)) *differentiable = true;
  }
  return SG_OK;
}
