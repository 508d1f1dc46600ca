// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the gradient contains too much or too little of: another input's gradient, a factor that belongs to each
// element or channel, a term added.
#include "autograd/gradcheck/diagnosis/hypotheses.h"

#include <math.h>
#include <string.h>

// ---- The gradient of another input --------------------------------------------------------------------------

typedef struct other {
  const sg_gradcheck_value *values; // all elements of an input of the same shape
} other;

static double other_misfit(const diagnosis *d, const void *model, int64_t k, double *bar) {
  const sg_gradcheck_value *v = &((const other *)model)->values[d->element[k]];
  *bar = v->error_bar;
  return d->analytic[k] - v->numeric;
}

static bool equals_numeric_of(const diagnosis *d, const sg_gradcheck_input *in) {
  const other o = {in->values};
  return sg_shape_equal(&in->shape, &d->found->shape) && in->values &&
         in->checked == sg_shape_elements(&in->shape) && diagnosis_explains(d, other_misfit, &o);
}

// The analytic gradient of input `in` is the numeric one of this input.
static bool equals_this(const diagnosis *d, const sg_gradcheck_input *in) {
  if (in->checked != d->found->checked || in->verdict != SG_GRADCHECK_FAIL) return false;
  for (int64_t i = 0; i < in->checked; i++) {
    const sg_gradcheck_value *mine = &d->found->values[i], *theirs = &in->values[i];
    if (!(fabs(theirs->analytic - mine->numeric) <= mine->error_bar + 1e-14 * fabs(mine->numeric))) return false;
  }
  return true;
}

// The first input whose gradient this is, or with which it is exchanged.
static const sg_gradcheck_input *owner(const diagnosis *d, bool swapped) {
  if (d->failed_count == 0) return NULL;
  for (int i = 0; i < d->findings->input_count; i++) {
    const found_input *theirs = &d->findings->inputs[i];
    if (i == d->position || !theirs->checked || !theirs->current) continue;
    if (equals_numeric_of(d, theirs->checked) && (!swapped || equals_this(d, theirs->checked)))
      return theirs->checked;
  }
  return NULL;
}

bool diagnose_swapped_inputs(const diagnosis *d) {
  const sg_gradcheck_input *in = owner(d, true);
  return in && diagnosis_say(d, "The gradients of %s and %s are swapped.", d->found->name, in->name);
}

bool diagnose_other_input(const diagnosis *d) {
  const sg_gradcheck_input *in = owner(d, false);
  return in && diagnosis_say(d, "This is the gradient of another input, %s.", in->name);
}

// ---- Tensors the gradient may be compared to ----------------------------------------------------------------

typedef struct candidate {
  diagnosis_view view; // as broadcast to the input's shape
  sg_text name;
  bool plain; // the input itself, or the output
} candidate;

enum { most_candidates = 16 };

static void add_values(const diagnosis *d, const double *data, const char *name, candidate *c) {
  int64_t stride = 1;
  memset(c->view.stride, 0, sizeof c->view.stride);
  c->view.data = data;
  c->plain = true;
  for (int i = d->found->shape.rank - 1; i >= 0; i--) {
    c->view.stride[i] = stride;
    stride *= d->found->shape.size[i];
  }
  size_t length = strlen(name);
  if (length >= sizeof c->name.text) length = sizeof c->name.text - 1;
  memcpy(c->name.text, name, length);
  c->name.text[length] = 0;
}

// The input itself, the other inputs, the output and the weights of the same shape.
static int gather(const diagnosis *d, candidate *c) {
  const findings *f = d->findings;
  const sg_shape *shape = &d->found->shape;
  int count = 0;
  add_values(d, sg_tensor_data(f->inputs[d->position].x), d->found->name, &c[count++]);
  for (int i = 0; i < f->input_count && count + 4 < most_candidates; i++) {
    diagnosis_view views[2];
    if (i == d->position) continue;
    const int fitting = diagnosis_views(shape, f->inputs[i].x, views);
    for (int v = 0; v < fitting; v++) c[count++] = (candidate){views[v], f->inputs[i].name, false};
  }
  const found_output *output = diagnosis_output_like(d, shape);
  if (!output) return count;
  add_values(d, output->values, "the output", &c[count++]);
  if (!d->gradient) return count;
  add_values(d, output->weights, "the cotangent", &c[count]);
  c[count++].plain = false;
  return count;
}

static double at(const diagnosis *d, const candidate *c, int64_t k) {
  return diagnosis_look(&d->found->shape, &c->view, d->element[k]);
}

// ---- A factor for each element ------------------------------------------------------------------------------

typedef double function(double t);

static double same(double t) { return t; }
static double square(double t) { return t * t; }
static double sigmoid(double t) { return 1 / (1 + exp(-t)); }
static double one_minus(double t) { return 1 - t; }
static double one_plus(double t) { return 1 + t; }
static double one_minus_square(double t) { return 1 - t * t; }
static double one_plus_square(double t) { return 1 + t * t; }
static double circle(double t) { return sqrt(1 - t * t); }
static double hyperbola(double t) { return sqrt(1 + t * t); }
static double sigmoid_slope(double t) { return sigmoid(t) * (1 - sigmoid(t)); }

// Of any tensor powers; of the input itself and of the output also what stands in derivatives of functions of
// elements, where t is that tensor.
static const struct named_function {
  function *f;
  const char *text;
  bool is_power;
} functions[] = {
    {same, "", true},
    {square, "the square of ", true},
    {sqrt, "the square root of ", true},
    {exp, "exp(t)", false},
    {log, "log(t)", false},
    {sin, "sin(t)", false},
    {cos, "cos(t)", false},
    {tan, "tan(t)", false},
    {tanh, "tanh(t)", false},
    {sigmoid, "sigmoid(t)", false},
    {sigmoid_slope, "sigmoid(t) (1 - sigmoid(t))", false},
    {one_minus, "1 - t", false},
    {one_plus, "1 + t", false},
    {one_minus_square, "1 - t^2", false},
    {one_plus_square, "1 + t^2", false},
    {circle, "sqrt(1 - t^2)", false},
    {hyperbola, "sqrt(1 + t^2)", false},
};

typedef struct varying {
  const candidate *of;
  function *f;
  bool divides;
  double factor;
} varying;

static double varying_misfit(const diagnosis *d, const void *model, int64_t k, double *bar) {
  const varying *m = model;
  const double value = m->f(at(d, m->of, k)), c = m->factor * (m->divides ? 1 / value : value);
  *bar = fabs(c) * d->bar[k];
  return d->analytic[k] - c * d->numeric[k];
}

static bool factor_is(const diagnosis *d, const candidate *c, const struct named_function *f) {
  static const double factors[] = {1, -1, 2, 0.5};
  for (int divides = 0; divides < 2; divides++)
    for (size_t j = 0; j < sizeof factors / sizeof *factors; j++) {
      const varying m = {c, f->f, divides != 0, factors[j]};
      if (!diagnosis_explains(d, varying_misfit, &m)) continue;
      diagnosis_say(d, "The analytic gradient is the numeric one ");
      if (m.factor != 1) diagnosis_say(d, "times %g and ", m.factor);
      diagnosis_say(d, divides ? "divided by " : "times ");
      diagnosis_say(d, "%s%s%s", f->text, f->is_power ? "" : " with t = ", c->name.text);
      return diagnosis_say(d, divides ? ": that factor is missing." : ".");
    }
  return false;
}

static bool factor_is_some(const diagnosis *d, const candidate *c, bool power) {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (functions[i].is_power == power && factor_is(d, c, &functions[i])) return true;
  return false;
}

bool diagnose_varying_factor(const diagnosis *d) {
  candidate c[most_candidates];
  if (d->failed_count < 2 || d->count < 3) return false;
  const int count = gather(d, c);
  for (int i = 0; i < count; i++)
    if (factor_is_some(d, &c[i], true)) return true;
  for (int i = 0; i < count; i++)
    if (c[i].plain && factor_is_some(d, &c[i], false)) return true;
  return diagnose_slices(d);
}

// ---- The derivative of the function missing -----------------------------------------------------------------

static double cotangent_misfit(const diagnosis *d, const void *model, int64_t k, double *bar) {
  *bar = 0;
  return d->analytic[k] - ((const double *)model)[d->element[k]];
}

bool diagnose_passed_on(const diagnosis *d) {
  const found_output *output = diagnosis_output_like(d, &d->found->shape);
  if (!d->gradient || d->failed_count == 0 || !output) return false;
  return diagnosis_explains(d, cotangent_misfit, output->weights) &&
         diagnosis_say(d, "The analytic gradient is the cotangent itself, passed on unchanged: the function's own "
                          "derivative is missing.");
}

// ---- A term added -------------------------------------------------------------------------------------------

typedef struct term {
  const candidate *of, *times; // NULL: 1
  interval factor;
} term;

static double term_value(const diagnosis *d, const term *t, int64_t k) {
  return (t->of ? at(d, t->of, k) : 1) * (t->times ? at(d, t->times, k) : 1);
}

static double term_misfit(const diagnosis *d, const void *model, int64_t k, double *bar) {
  const term *t = model;
  const double value = term_value(d, t, k), half = 0.5 * (t->factor.high - t->factor.low);
  *bar = d->bar[k] + half * fabs(value);
  return d->analytic[k] - d->numeric[k] - diagnosis_middle(&t->factor) * value;
}

static bool fit_term(const diagnosis *d, term *t) {
  t->factor = diagnosis_everything;
  for (int64_t k = 0; k < d->count && t->factor.low <= t->factor.high; k++)
    diagnosis_narrow(&t->factor, d->analytic[k] - d->numeric[k], d->bar[k] + 1e-15 * fabs(d->numeric[k]),
                     term_value(d, t, k), 0);
  if (!(t->factor.low <= t->factor.high) || !isfinite(t->factor.low) || !isfinite(t->factor.high)) return false;
  if (t->factor.high - t->factor.low > 0.02 * fabs(diagnosis_middle(&t->factor))) return false;
  return diagnosis_explains(d, term_misfit, t);
}

static bool say_term(const diagnosis *d, const term *t) {
  const double factor = diagnosis_middle(&t->factor);
  if (!t->of)
    return diagnosis_say(d, "The analytic gradient is the numeric one plus a constant, %.6g in every element.",
                         factor);
  return diagnosis_say(d,
                       "The analytic gradient is the numeric one plus a term that does not belong there, or lacks "
                       "it: %.6g times %s%s%s.",
                       factor, t->of->name.text, t->times ? " times " : "", t->times ? t->times->name.text : "");
}

bool diagnose_extra_term(const diagnosis *d) {
  candidate c[most_candidates];
  term t = {NULL, NULL, {0, 0}};
  if (d->failed_count < 2 || d->count < 3) return false;
  if (fit_term(d, &t)) return say_term(d, &t);
  const int count = gather(d, c);
  for (int i = 0; i < count; i++) {
    t.of = &c[i];
    if (fit_term(d, &t)) return say_term(d, &t);
  }
  for (int i = 0; i < count; i++)
    for (int j = i; j < count; j++) {
      t = (term){.of = &c[i], .times = &c[j]};
      if (fit_term(d, &t)) return say_term(d, &t);
    }
  return false;
}
