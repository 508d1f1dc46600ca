// SPDX-License-Identifier: GPL-3.0-or-later
//
// Outputs that their op declares steps, whose derivative is zero, are not differenced: at a jump there is nothing
// to compare. But a smooth output that passes for a step loses its gradient. The inputs move along one random
// direction by h and by h / 2. A step does not move, or crosses a jump, by the same amount or nothing for half of
// the way; a smooth output moves by half for half.
#include "autograd/gradcheck/common/length.h"
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/structure/trial.h"

#include <math.h>

// To the point, plus h times the direction that `seed` draws, in units of how far an input's elements vary.
static sg_status step_from_point(structure *s, double h) {
  point *p = s->point;
  uint64_t random = s->options->seed ^ 0x5851f42d4c957f2du;
  for (int i = 0; i < p->input_count; i++) {
    if (!p->checked[i]) continue;
    double *x = sg_tensor_write(p->inputs[i], "gradcheck");
    if (!x) break;
    const double *from = sg_tensor_data(s->origin[i]);
    const int64_t count = sg_tensor_elements(p->inputs[i]);
    const double length = gradcheck_typical_length(from, count);
    for (int64_t j = 0; j < count; j++) {
      const double direction = gradcheck_random_part(&random);
      const bool moves = s->ignored[s->start[i] + j] == 0;
      x[j] = from[j] + (moves ? h * length * direction : 0);
    }
  }
  return sg_error_status(p->context);
}

// The outputs after a step of h, less those at the point, into `change`.
static sg_status change_after(structure *s, double h, double *change) {
  point *p = s->point;
  if (step_from_point(s, h) != SG_OK || point_evaluate(p) != SG_OK) return structure_refuse(s);
  for (int64_t j = 0; j < p->output_elements; j++) change[j] = p->value[j] - p->base[j];
  return SG_OK;
}

// Rounding halves nothing: what counts is far above the noise.
static bool moves_smoothly(double whole, double half, double noise) {
  return fabs(whole) > 1e4 * noise && fabs(whole - 2 * half) < 0.05 * fabs(whole);
}

sg_status structure_check_steps(structure *s) {
  point *p = s->point;
  double *whole = s->other, *half = s->mixed; // linearity is done with them
  bool any = false, narrow = false;
  for (int i = 0; i < p->output_count; i++) {
    any = any || p->output_constant[i];
    narrow = narrow || p->output_dtype[i] != SG_F64;
  }
  if (!any) return SG_OK;
  const double h = narrow ? 0x1p-9 : 0x1p-22;
  sg_status status = change_after(s, h, whole);
  if (status == SG_OK && !s->refused) status = change_after(s, h / 2, half);
  if (status == SG_OK) status = structure_return(s);
  if (status != SG_OK) return status;
  if (s->refused) return structure_enter_refused(s, "steps");
  int64_t j = 0;
  for (int i = 0; i < p->output_count; i++) {
    const int64_t end = j + sg_shape_elements(&p->output_shape[i]);
    for (; j < end; j++) {
      if (!p->output_constant[i] || !moves_smoothly(whole[j], half[j], p->noise[j])) continue;
      return report_enter(s->report, "steps", SG_GRADCHECK_FAIL,
                          "output %d is declared a step function, whose derivative is zero, and moves smoothly: "
                          "by %.4g, and for half of the way by %.4g. A gradient through it is lost",
                          i + sg_index_base(p->context), whole[j], half[j]);
    }
  }
  return structure_enter_pass(s, "steps");
}
