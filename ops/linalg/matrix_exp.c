// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(x) = (r(x / 2^s))^(2^s) with the Pade approximant r = q^-1 p of degree 13, or a lower one where that will do.
// The derivative for a cotangent g is a block of an exponential twice as large (Mathias 1996):
//
//   exp [x' g]  =  [exp(x')  d_x    ]
//       [0  x']    [0        exp(x')]
#include <math.h>
#include <string.h>

#include "ops/linalg/gemm.h"
#include "ops/linalg/matrices.h"

// Higham's coefficients of p; q has those of odd degree negated. `norm`: up to which it is exact but for rounding.
typedef struct approximant {
  int degree;
  double norm_f32, norm_f64;
  double coefficient[14];
} approximant;

static const approximant approximants[] = {
    {3, 4.258730016922831e-1, 1.495585217958292e-2, {120, 60, 12, 1}},
    {5, 1.880152677804762, 2.539398330063230e-1, {30240, 15120, 3360, 420, 30, 1}},
    {7, 3.925724783138660, 9.504178996162932e-1, {17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1}},
    {13,
     HUGE_VAL,
     5.371920351148152,
     {64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
      670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1}},
};

// The work space, matrices: x and its powers, which coefficients of the same remainder are for; sums; factors.
enum { X, SQUARE, FOURTH, SIXTH, PART, EVEN, ODD, MATRICES };

static sg_status shape(sg_plan *plan, sg_matrices *p) {
  p->work_bytes = MATRICES * sg_matrix_bytes(plan->output_dtype[0], p->n * p->n) + p->n * (int64_t)sizeof(int32_t);
  return sg_matrices_same_shape(plan, p);
}

static void *at(const sg_matrix *x, int i) { return sg_matrix_work(x, i * sg_matrix_bytes(x->dtype, x->n * x->n)); }

static void multiply(const sg_matrix *x, const void *a, const void *b, void *c) {
  const int64_t n = x->n;
  const sg_gemm product = {.dtype = x->dtype, .m = n, .n = n, .k = n, .ld_a = n, .ld_b = n, .ld_c = n};
  sg_gemm_serial(&product, a, b, c);
}

static double norm_of(const sg_matrix *x, const void *matrix) {
  return x->kernels->largest_row_sum(x->n, x->n, matrix);
}

// The lowest degree that will do, and how often to halve x for it.
static const approximant *choose(const sg_matrix *x, double norm, int *halvings) {
  const bool single = x->dtype == SG_F32;
  const approximant *a = approximants, *last = approximants + (single ? 2 : 3);
  while (a < last && norm > (single ? a->norm_f32 : a->norm_f64)) a++;
  const double limit = single ? a->norm_f32 : a->norm_f64;
  *halvings = 0;
  if (norm > limit) frexp(norm / limit, halvings); // norm / limit < 2^halvings
  return a;
}

// sum += c[first] + c[first + 2] x^2 + c[first + 4] x^4 + c[first + 6] x^6, as far as the degree goes; without the
// constant where first is above 7, for that belongs to x^6 times c[first].
static void add_powers(const sg_matrix *x, const approximant *a, int first, void *sum) {
  const int64_t n = x->n;
  for (int64_t i = 0; i < n && first < 2; i++)
    x->kernels->write(sum, i * (n + 1), x->kernels->read(sum, i * (n + 1)) + a->coefficient[first]);
  for (int power = SQUARE; power <= SIXTH && first + 2 * power <= a->degree; power++)
    x->kernels->add(n * n, a->coefficient[first + 2 * power], at(x, power), sum);
}

// The terms of even degree, or those of odd degree over x. The upper ones have a factor x^6.
static void add_terms(const sg_matrix *x, const approximant *a, int first, void *sum) {
  x->kernels->fill(x->n * x->n, 0, sum);
  if (a->degree == 13) {
    x->kernels->fill(x->n * x->n, 0, at(x, PART));
    add_powers(x, a, first + 6, at(x, PART));
    multiply(x, at(x, SIXTH), at(x, PART), sum);
  }
  add_powers(x, a, first, sum);
}

// r = q^-1 p, with p the sum of the terms of even and of odd degree, and q their difference.
static void approximate(const sg_matrix *x, const approximant *a, void *r) {
  const int64_t elements = x->n * x->n;
  multiply(x, at(x, X), at(x, X), at(x, SQUARE));
  multiply(x, at(x, SQUARE), at(x, SQUARE), at(x, FOURTH));
  multiply(x, at(x, SQUARE), at(x, FOURTH), at(x, SIXTH));
  add_terms(x, a, 1, at(x, EVEN));
  multiply(x, at(x, X), at(x, EVEN), at(x, ODD));
  add_terms(x, a, 0, at(x, EVEN));
  memcpy(r, at(x, EVEN), (size_t)elements * sg_dtype_bytes(x->dtype));
  x->kernels->add(elements, 1, at(x, ODD), r);
  x->kernels->add(elements, -1, at(x, ODD), at(x, EVEN));
  sg_matrix q = *x;
  q.in[0] = at(x, EVEN);
  sg_matrix_lu(&q, at(x, ODD));
  sg_matrix_solve(&q, true, at(x, ODD), x->n, r);
}

// A result that is 0 stays so, and one beyond every number is none where there are more elements than one.
static void square(const sg_matrix *x, int times) {
  const size_t bytes = (size_t)(x->n * x->n) * sg_dtype_bytes(x->dtype);
  for (int i = 0; i < times && norm_of(x, x->out[0]) > 0; i++) {
    if (!x->kernels->is_finite(x->n * x->n, x->out[0])) {
      if (x->n > 1) x->kernels->fill(x->n * x->n, (double)NAN, x->out[0]);
      return;
    }
    multiply(x, x->out[0], x->out[0], at(x, X));
    memcpy(x->out[0], at(x, X), bytes);
  }
}

static const char *compute(const sg_matrix *x) {
  const int64_t elements = x->n * x->n;
  if (x->n == 0) return NULL;
  if (!sg_matrix_is_finite(x)) {
    x->kernels->fill(elements, (double)NAN, x->out[0]);
    return NULL;
  }
  int halvings;
  const approximant *a = choose(x, norm_of(x, x->in[0]), &halvings);
  memcpy(at(x, X), x->in[0], (size_t)elements * sg_dtype_bytes(x->dtype));
  x->kernels->scale(elements, (matrix_number){0.5, 1 - halvings}, at(x, X));
  approximate(x, a, x->out[0]);
  square(x, halvings);
  return NULL;
}

// ---- vjp ------------------------------------------------------------------------------------------

// The largest element of every matrix, 1 where all are 0: d_x is linear in g, so that this is a factor of both, and
// a constant. A g much larger than x would be paid for in digits.
static sg_tensor *size_of(sg_context *c, sg_tensor *g) {
  const sg_reduce_options all = {.dim = {2, {-2, -1}}, .keepdim = true};
  sg_tensor *largest = sg_amax(c, sg_abs(c, sg_tensor_detach(c, g)), &all);
  sg_tensor *none = sg_eq(c, largest, sg_scalar_like(c, largest, 0));
  return sg_where(c, none, sg_scalar_like(c, largest, 1), largest);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = sg_matrices_transposed(c, call->inputs[0]), *g = call->d_outputs[0];
  const int64_t n = call->input_shapes[0].size[call->input_shapes[0].rank - 1];
  if (n == 0) { // and no largest element
    call->d_inputs[0] = sg_mul_scalar(c, g, 1);
    return;
  }
  sg_tensor *size = size_of(c, g);
  sg_tensor *above = sg_cat(c, 2, (sg_tensor *[]){x, sg_div(c, g, size)}, -1);
  sg_tensor *below = sg_cat(c, 2, (sg_tensor *[]){sg_zeros(c, call->dtype, &call->input_shapes[0]), x}, -1);
  sg_tensor *y = sg_matrix_exp(c, sg_cat(c, 2, (sg_tensor *[]){above, below}, -2));
  call->d_inputs[0] = sg_mul(c, sg_narrow(c, sg_narrow(c, y, -2, 0, n), -1, n, n), size);
}

const sg_op op_matrix_exp = {
    SG_MATRICES(matrix_exp, shape, compute, vjp, .square = true),
    SG_WORDS(
        "The exponential function of square matrices. NaN where an element is not finite.",
        "y = 1 + x + x x / 2 + x x x / 6 + ...; d_x is the upper right block of exp([x', d_y; 0, x'])",
        "Higham, The scaling and squaring method for the matrix exponential revisited, 2005; Mathias, A chain rule "
        "for matrix functions and applications, 1996"),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    .save_inputs = 1 << 0,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(0, 1, 0, 0), SG_DIMS(2, 2))), SG_GIVES(1, 1, 0, 1)},
        {"zero", SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 0, 0), SG_DIMS(2, 2))), SG_GIVES(1, 0, 0, 1)},
        {"matrix", SG_ON(SG_RANDN(3, 3))}, {"small", SG_ON(SG_NORMAL(0, 0.001, SG_DIMS(3, 3)))},
        {"smaller than 1", SG_ON(SG_NORMAL(0, 0.05, SG_DIMS(3, 3)))},
        {"about 1", SG_ON(SG_NORMAL(0, 0.2, SG_DIMS(3, 3)))}, {"large", SG_ON(SG_NORMAL(0, 4, SG_DIMS(3, 3)))},
        {"batch", SG_ON(SG_RANDN(2, 2, 4, 4))}, {"one element", SG_ON(SG_RANDN(1, 1))},
        {"empty matrices", SG_ON(SG_RANDN(2, 0, 0))}, {"no matrices", SG_ON(SG_RANDN(0, 2, 2))}),
    .bad_samples =
        SG_SAMPLES({"not square", SG_ON(SG_RANDN(2, 3)), .error = "x has shape [2, 3], expected square matrices"}),
};

sg_tensor *sg_matrix_exp(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_matrix_exp, 1, &x, NULL);
}
