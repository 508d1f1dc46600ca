// SPDX-License-Identifier: GPL-3.0-or-later
//
// Losses of x and target, element by element, with their derivatives by both. Operands and parameter are explained
// in row_list.h. A loss has its factor inside, so that it overflows only where the product does.
#include "ops/kernels/row_vector.h"

#include <stdbool.h>

typedef struct pair {
  vreal x, target, p;
  vreal factor; // of a loss
} pair;

typedef vreal pair_function(pair v);

// ---- How a function becomes a row -------------------------------------------------------------------

// Dense, or one number, that of an absent operand too.
typedef struct column {
  const real *x;
  int64_t stride;
  vreal first;
} column;

ALWAYS_INLINE column column_of(const sg_row *row, int k, real absent) {
  const real *x = row->operand[k];
  return (column){x, row->stride[k], vector_splat(x ? x[0] : absent)};
}

// The elements from i on, `count` of them.
ALWAYS_INLINE vreal load(const real *x, int64_t i, int64_t count) {
  return count < VECTOR_LANES ? vector_load_part(x + i, count, 1) : vector_load(x + i);
}

ALWAYS_INLINE vreal elements(const column *c, int64_t i, int64_t count) {
  return c->stride ? load(c->x, i, count) : c->first;
}

ALWAYS_INLINE void store(real *y, vreal v, int64_t count) {
  if (count < VECTOR_LANES)
    vector_store_part(y, v, count);
  else
    vector_store(y, v);
}

typedef struct operands {
  const real *x, *target; // dense
  column weight, p, d_y;
  real factor;
} operands;

// `same`: weight and p are the same for all elements, which the compiler is to know.
ALWAYS_INLINE operands operands_of(const sg_row *row, bool same) {
  operands o = {row->operand[0],      row->operand[1],
                column_of(row, 2, 1), column_of(row, 3, parameter_of(row, 1)),
                column_of(row, 4, 0), parameter_of(row, 0)};
  if (same) o.weight.stride = o.p.stride = 0;
  return o;
}

ALWAYS_INLINE bool has_same(const sg_row *row) { return row->stride[2] == 0 && row->stride[3] == 0; }

ALWAYS_INLINE void loss_of_some(pair_function *loss, const operands *o, real *y, int64_t i, int64_t count) {
  const vreal factor = o->factor * elements(&o->weight, i, count);
  const pair v = {load(o->x, i, count), load(o->target, i, count), elements(&o->p, i, count), factor};
  store(y + i, loss(v), count);
}

ALWAYS_INLINE void loss_of_all(pair_function *loss, const sg_row *row, bool same) {
  const operands o = operands_of(row, same);
  real *y = row->result[0];
  int64_t i = 0;
  for (; i + VECTOR_LANES <= row->count; i += VECTOR_LANES) loss_of_some(loss, &o, y, i, VECTOR_LANES);
  if (i < row->count) loss_of_some(loss, &o, y, i, row->count - i);
}

ALWAYS_INLINE void map_loss(pair_function *loss, const sg_row *row) {
  if (has_same(row))
    loss_of_all(loss, row, true);
  else
    loss_of_all(loss, row, false);
}

// d_x = d_y slope weight factor; `target_slope` NULL: a function of x - target, for which d_target = -d_x
ALWAYS_INLINE void slopes_of_some(pair_function *slope, pair_function *target_slope, const operands *o, real *d_x,
                                  real *d_target, int64_t i, int64_t count) {
  const pair v = {load(o->x, i, count), load(o->target, i, count), elements(&o->p, i, count), vector_splat(1)};
  const vreal g = elements(&o->d_y, i, count), w = o->factor * elements(&o->weight, i, count);
  if (d_x) store(d_x + i, g * slope(v) * w, count);
  if (d_target && target_slope) store(d_target + i, g * target_slope(v) * w, count);
  if (d_target && !target_slope) store(d_target + i, -(g * slope(v) * w), count);
}

ALWAYS_INLINE void map_slopes(pair_function *slope, pair_function *target_slope, const sg_row *row) {
  const operands o = operands_of(row, false);
  real *d_x = row->result[0], *d_target = row->result[1];
  int64_t i = 0;
  for (; i + VECTOR_LANES <= row->count; i += VECTOR_LANES)
    slopes_of_some(slope, target_slope, &o, d_x, d_target, i, VECTOR_LANES);
  if (i < row->count) slopes_of_some(slope, target_slope, &o, d_x, d_target, i, row->count - i);
}

// ---- Functions of x - target ------------------------------------------------------------------------

ALWAYS_INLINE vreal signed_one(vreal d) { // NaN stays NaN
  return vector_select((vmask)(d > 0), vector_splat(1), vector_select((vmask)(d < 0), vector_splat(-1), d * 0));
}

// d^2
ALWAYS_INLINE vreal square_loss(pair v) {
  vreal d = v.x - v.target;
  return d * (d * v.factor);
}
ALWAYS_INLINE vreal square_slope(pair v) { return 2 * (v.x - v.target); }
void VARIANT(mse_loss_row)(const sg_row *row) { map_loss(square_loss, row); }
void VARIANT(d_mse_loss_row)(const sg_row *row) { map_slopes(square_slope, NULL, row); }

// |d|
ALWAYS_INLINE vreal absolute_loss(pair v) { return vector_abs(v.x * v.factor - v.target * v.factor); }
ALWAYS_INLINE vreal absolute_slope(pair v) { return signed_one(v.x - v.target); }
void VARIANT(l1_loss_row)(const sg_row *row) { map_loss(absolute_loss, row); }
void VARIANT(d_l1_loss_row)(const sg_row *row) { map_slopes(absolute_slope, NULL, row); }

// (|d| - p / 2) times a factor: of the difference, as the products would lose the digits in which x and target
// differ, but where it overflows.
ALWAYS_INLINE vreal line_times(pair v, vreal factor) {
  const vreal size = vector_abs(v.x - v.target), half = (real)0.5 * v.p;
  const vreal apart = vector_abs(v.x * factor - v.target * factor) - half * factor;
  return vector_select((vmask)(size == (real)INFINITY), apart, (size - half) * factor);
}

// d^2 / 2 where |d| <= p, else p (|d| - p / 2)
ALWAYS_INLINE vreal huber_loss(pair v) {
  vreal d = v.x - v.target, square = d * (d * ((real)0.5 * v.factor));
  return vector_select((vmask)(vector_abs(d) <= v.p), square, line_times(v, v.p * v.factor));
}
ALWAYS_INLINE vreal huber_slope(pair v) {
  vreal d = v.x - v.target;
  return vector_select((vmask)(vector_abs(d) <= v.p), d, v.p * signed_one(d));
}
void VARIANT(huber_loss_row)(const sg_row *row) { map_loss(huber_loss, row); }
void VARIANT(d_huber_loss_row)(const sg_row *row) { map_slopes(huber_slope, NULL, row); }

// d^2 / (2 p) where |d| < p, else |d| - p / 2; |d| where p is 0
ALWAYS_INLINE vreal smooth_l1_loss(pair v) {
  vreal d = v.x - v.target, square = d / v.p * (d * ((real)0.5 * v.factor));
  return vector_select((vmask)(vector_abs(d) < v.p), square, line_times(v, v.factor));
}
ALWAYS_INLINE vreal smooth_l1_slope(pair v) {
  vreal d = v.x - v.target;
  return vector_select((vmask)(vector_abs(d) < v.p), d / v.p, signed_one(d));
}
void VARIANT(smooth_l1_loss_row)(const sg_row *row) { map_loss(smooth_l1_loss, row); }
void VARIANT(d_smooth_l1_loss_row)(const sg_row *row) { map_slopes(smooth_l1_slope, NULL, row); }

// ---- Losses of probabilities ------------------------------------------------------------------------

ALWAYS_INLINE vreal limited(vreal logarithm) {
  return vector_select((vmask)(logarithm < -100), vector_splat(-100), logarithm);
}

// -(t log x + (1 - t) log(1 - x)), with logarithms of at least -100
ALWAYS_INLINE vreal cross_entropy_of_bits(pair v) {
  vreal yes = limited(vector_log(v.x)), no = limited(vector_log1p(-v.x));
  return -(v.target * yes + (1 - v.target) * no) * v.factor;
}
// (x - t) / (x (1 - x)), with a divisor of at least 1e-12
ALWAYS_INLINE vreal bits_slope(pair v) {
  vreal divisor = v.x * (1 - v.x), least = vector_splat((real)1e-12);
  return (v.x - v.target) / vector_select((vmask)(divisor < least), least, divisor);
}
ALWAYS_INLINE vreal bits_target_slope(pair v) { return limited(vector_log1p(-v.x)) - limited(vector_log(v.x)); }
void VARIANT(binary_cross_entropy_row)(const sg_row *row) { map_loss(cross_entropy_of_bits, row); }
void VARIANT(d_binary_cross_entropy_row)(const sg_row *row) { map_slopes(bits_slope, bits_target_slope, row); }

// log(1 + exp(-|x|))
ALWAYS_INLINE vreal softplus_rest(vreal x) { return vector_log1p(vector_exp(-vector_abs(x))); }

ALWAYS_INLINE vreal softplus(vreal x) {
  return vector_select((vmask)(x > 0), x, vector_splat(0)) + softplus_rest(x);
}

// log(1 + exp(x)) - t x
ALWAYS_INLINE vreal cross_entropy_of_logits(pair v) {
  vreal zero = vector_splat(0), slope = vector_select((vmask)(v.x > 0), 1 - v.target, -v.target);
  vreal linear = vector_select((vmask)(slope == 0), zero, slope * v.x); // 0 for an infinite x too
  return (linear + softplus_rest(v.x)) * v.factor;
}
// sigmoid(x) - t; where x > 0 as (1 - t) - sigmoid(-x), which has digits for t of 1
ALWAYS_INLINE vreal logits_slope(pair v) {
  vreal rest = vector_sigmoid(-vector_abs(v.x));
  return vector_select((vmask)(v.x > 0), (1 - v.target) - rest, rest - v.target);
}
ALWAYS_INLINE vreal logits_target_slope(pair v) { return -v.x; }

// (1 - t) log(1 + exp(x)) + p t log(1 + exp(-x))
ALWAYS_INLINE vreal weighted_logits(pair v) {
  return ((1 - v.target) * softplus(v.x) + v.p * v.target * softplus(-v.x)) * v.factor;
}
ALWAYS_INLINE vreal weighted_logits_slope(pair v) {
  return (1 - v.target) * vector_sigmoid(v.x) - v.p * v.target * vector_sigmoid(-v.x);
}
ALWAYS_INLINE vreal weighted_logits_target_slope(pair v) { return v.p * softplus(-v.x) - softplus(v.x); }

void VARIANT(binary_cross_entropy_with_logits_row)(const sg_row *row) {
  if (row->operand[3])
    map_loss(weighted_logits, row);
  else
    map_loss(cross_entropy_of_logits, row);
}
void VARIANT(d_binary_cross_entropy_with_logits_row)(const sg_row *row) {
  if (row->operand[3])
    map_slopes(weighted_logits_slope, weighted_logits_target_slope, row);
  else
    map_slopes(logits_slope, logits_target_slope, row);
}

// t (log t - x), which is 0 where t is 0
ALWAYS_INLINE vreal divergence(pair v) {
  vreal loss = v.target * (vector_log(v.target) - v.x) * v.factor;
  return vector_select((vmask)(v.target == 0), vector_splat(0), loss);
}
ALWAYS_INLINE vreal divergence_slope(pair v) { return -v.target; }
ALWAYS_INLINE vreal divergence_target_slope(pair v) { return vector_log(v.target) - v.x + 1; }

// exp(t) (t - x)
ALWAYS_INLINE vreal divergence_of_logarithm(pair v) { return vector_exp(v.target) * (v.target - v.x) * v.factor; }
ALWAYS_INLINE vreal logarithm_slope(pair v) { return -vector_exp(v.target); }
ALWAYS_INLINE vreal logarithm_target_slope(pair v) { return vector_exp(v.target) * (v.target - v.x + 1); }

void VARIANT(kl_div_row)(const sg_row *row) {
  if (parameter_of(row, 1) == 0)
    map_loss(divergence, row);
  else
    map_loss(divergence_of_logarithm, row);
}
void VARIANT(d_kl_div_row)(const sg_row *row) {
  if (parameter_of(row, 1) == 0)
    map_slopes(divergence_slope, divergence_target_slope, row);
  else
    map_slopes(logarithm_slope, logarithm_target_slope, row);
}

// log(1 + exp(-t x))
ALWAYS_INLINE vreal soft_margin_loss(pair v) { return softplus(-v.target * v.x) * v.factor; }
ALWAYS_INLINE vreal soft_margin_slope(pair v) { return -v.target * vector_sigmoid(-v.target * v.x); }
ALWAYS_INLINE vreal soft_margin_target_slope(pair v) { return -v.x * vector_sigmoid(-v.target * v.x); }
void VARIANT(soft_margin_loss_row)(const sg_row *row) { map_loss(soft_margin_loss, row); }
void VARIANT(d_soft_margin_loss_row)(const sg_row *row) {
  map_slopes(soft_margin_slope, soft_margin_target_slope, row);
}
