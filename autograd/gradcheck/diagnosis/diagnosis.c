// SPDX-License-Identifier: GPL-3.0-or-later
//
// The order of the hypotheses.
#include "autograd/gradcheck/diagnosis/diagnosis.h"
#include "autograd/gradcheck/diagnosis/hypotheses.h"
#include "autograd/gradcheck/diagnosis/normalization/normalization.h"

static bool tell(const diagnosis *d) {
  static bool (*const hypotheses[])(const diagnosis *) = {
      diagnose_not_finite,
      diagnose_kink,
      diagnose_zero,
      diagnose_cotangent,
      diagnose_factor,
      diagnose_layout,
      diagnose_swapped_inputs,
      diagnose_place,
      diagnose_normalization,
      diagnose_product,
      diagnose_other_input,
      diagnose_reduction,
      diagnose_normalization_sizes,
      diagnose_varying_factor,
      diagnose_passed_on,
      diagnose_extra_term,
      diagnose_nonlinear,
      diagnose_chain_factor,
      diagnose_in_general,
  };
  for (size_t i = 0; i < sizeof hypotheses / sizeof *hypotheses; i++) {
    if (hypotheses[i](d)) return true;
    if (sg_error_status(d->findings->context) != SG_OK) return false;
  }
  return false;
}

static void diagnose(diagnosis *d) {
  const sg_scope scope = sg_scope_open(d->findings->context);
  if (diagnosis_collect(d) && tell(d) && d->found->mode == SG_GRADCHECK_DIRECTIONAL && d->count > 0)
    diagnosis_say(d, " (Seen in the %lld elements sampled.)", (long long)d->count);
  sg_scope_close(d->findings->context, scope);
}

sg_status diagnosis_tell(const findings *f) {
  for (int i = 0; i < f->input_count; i++) {
    const found_input *input = &f->inputs[i];
    if (!input->checked || !input->current || input->checked->verdict != SG_GRADCHECK_FAIL) continue;
    diagnosis d = {.findings = f, .position = i, .found = input->checked, .base = sg_index_base(f->context)};
    diagnose(&d);
  }
  return sg_error_status(f->context);
}
