// SPDX-License-Identifier: GPL-3.0-or-later
//
// Matrix products, recognized from the function itself: an output is s a b, with a and b inputs or their
// transposes, plus something that depends on neither. The derivatives are known then,
//   d_a = s dy b',  d_b = s a' dy,
// summed over a batch in which an operand is the same, and so are the products that people write instead of them.
#include "autograd/gradcheck/diagnosis/hypotheses.h"

#include <math.h>
#include <string.h>

// A stack of matrices, all the same if it does not move along the batch.
typedef struct stack {
  const double *data;
  int64_t rows, columns; // as they lie in memory
  int64_t next;          // from one matrix to the next; 0: the same
  bool transposed;       // is read so
  const char *name;
} stack;

static int64_t rows_of(const stack *m) { return m->transposed ? m->columns : m->rows; }
static int64_t columns_of(const stack *m) { return m->transposed ? m->rows : m->columns; }

static double at(const stack *m, int64_t batch, int64_t i, int64_t j) {
  return m->data[batch * m->next + (m->transposed ? j * m->columns + i : i * m->columns + j)];
}

typedef struct product {
  const diagnosis *d;
  const found_output *output;
  stack a, b, dy;
  int left, right; // inputs
  int64_t batch;
  double scale;
  double *room; // for a matrix of the input in question
} product;

enum { most_work = 1 << 21 };

// ---- Recognizing --------------------------------------------------------------------------------------------

static double entry(const stack *a, const stack *b, int64_t batch, int64_t i, int64_t j) {
  double sum = 0;
  for (int64_t k = 0; k < columns_of(a); k++) sum += at(a, batch, i, k) * at(b, batch, k, j);
  return sum;
}

// Matrices of an input; with `flat`, all dimensions but the last are rows.
static bool open_stack(stack *m, const double *data, const sg_shape *shape, const char *name, bool flat) {
  if (shape->rank < 2) return false;
  *m = (stack){
      .data = data, .rows = shape->size[shape->rank - 2], .columns = shape->size[shape->rank - 1], .name = name};
  if (flat) m->rows = sg_shape_elements(shape) / m->columns;
  if (m->rows == 0 || m->columns == 0) return false;
  m->next = !flat && shape->rank > 2 ? m->rows * m->columns : 0;
  return true;
}

static int64_t count_of(const sg_shape *shape, const stack *m) {
  return m->next ? sg_shape_elements(shape) / m->next : 1;
}

// y - s a b is the same in all rows, as a bias is, or 0. The scale is what makes two differences of rows agree.
static bool is_product(product *p, const double *y) {
  const int64_t rows = p->dy.rows, columns = p->dy.columns;
  double most = 0, scale = 0;
  for (int64_t j = 0; j < columns; j++) {
    const double of_product = entry(&p->a, &p->b, 0, 1, j) - entry(&p->a, &p->b, 0, 0, j);
    if (fabs(of_product) > most) most = fabs(of_product), scale = (y[columns + j] - y[j]) / of_product;
  }
  if (!(most > 0) || scale == 0) return false;
  for (int64_t j = 0; j < columns; j++) {
    const double bias = y[j] - scale * entry(&p->a, &p->b, 0, 0, j);
    for (int64_t n = 0; n < p->batch; n++)
      for (int64_t i = 0; i < rows; i++) {
        const double fit = scale * entry(&p->a, &p->b, n, i, j) + bias, value = y[(n * rows + i) * columns + j];
        if (!(fabs(value - fit) <= 1e-11 * (fabs(value) + fabs(fit) + 2 * fabs(bias)))) return false;
      }
  }
  p->scale = fabs(scale - 1) < 1e-11 ? 1 : scale;
  return true;
}

static bool fits(const product *p) {
  return columns_of(&p->a) == rows_of(&p->b) && rows_of(&p->a) == p->dy.rows &&
         columns_of(&p->b) == p->dy.columns && p->dy.rows > 1 &&
         (double)p->batch * (double)p->dy.rows * (double)p->dy.columns * (double)columns_of(&p->a) <= most_work;
}

static bool try_pair(product *p, int left, int right, bool flat) {
  const found_input *inputs = p->d->findings->inputs;
  const sg_shape *of_left = sg_tensor_shape(inputs[left].x), *of_right = sg_tensor_shape(inputs[right].x);
  if (!open_stack(&p->a, sg_tensor_data(inputs[left].x), of_left, inputs[left].name.text, flat) ||
      !open_stack(&p->b, sg_tensor_data(inputs[right].x), of_right, inputs[right].name.text, false) ||
      !open_stack(&p->dy, p->output->weights, p->output->shape, "dy", flat))
    return false;
  p->batch = count_of(p->output->shape, &p->dy);
  if (p->batch > 1 && !p->a.next && !p->b.next) return false;
  if ((p->a.next && count_of(of_left, &p->a) != p->batch) || (p->b.next && count_of(of_right, &p->b) != p->batch))
    return false;
  p->left = left;
  p->right = right;
  for (int way = 0; way < 4; way++) {
    p->a.transposed = way & 1;
    p->b.transposed = way & 2;
    if ((!flat || !p->a.transposed) && fits(p) && is_product(p, p->output->values)) return true;
  }
  return false;
}

static bool is_matrix(const found_input *input) {
  return sg_tensor_dtype(input->x) == SG_F64 && sg_tensor_shape(input->x)->rank >= 2;
}

static bool recognize(product *p) {
  const findings *f = p->d->findings;
  for (int o = 0; o < f->output_count; o++)
    for (int other = 0; other < f->input_count; other++)
      for (int way = 0; way < 4; way++) {
        const int left = way & 1 ? other : p->d->position, right = way & 1 ? p->d->position : other;
        p->output = &f->outputs[o];
        if (p->output->dtype != SG_F64 || other == p->d->position || !is_matrix(&f->inputs[left]) ||
            !is_matrix(&f->inputs[right]))
          continue;
        const bool flat = way & 2;
        if (flat && (p->output->shape->rank < 3 || sg_tensor_shape(f->inputs[right].x)->rank > 2)) continue;
        if (try_pair(p, left, right, flat)) return true;
      }
  return false;
}

// ---- Products of two matrices -------------------------------------------------------------------------------

// The sum over the batch where the input has one matrix for all; false: the shapes do not fit.
static bool multiply(const product *p, const stack *first, const stack *second, bool by_element, double *into) {
  const stack *like = p->left == p->d->position ? &p->a : &p->b;
  const int64_t size = like->rows * like->columns;
  if (by_element ? rows_of(first) != rows_of(second) || columns_of(first) != columns_of(second)
                 : columns_of(first) != rows_of(second))
    return false;
  if (rows_of(first) != like->rows || columns_of(second) != like->columns) return false;
  memset(into, 0, (size_t)sg_shape_elements(&p->d->found->shape) * sizeof *into);
  for (int64_t n = 0; n < p->batch; n++)
    for (int64_t i = 0; i < like->rows; i++)
      for (int64_t j = 0; j < like->columns; j++) {
        const double value = by_element ? at(first, n, i, j) * at(second, n, i, j) : entry(first, second, n, i, j);
        into[(like->next ? n * size : 0) + i * like->columns + j] += p->scale * value;
      }
  return true;
}

static stack turned(stack m, bool transposed) {
  m.transposed = transposed;
  return m;
}

// The factors of the derivative by the input in question.
static void right_factors(const product *p, stack *first, stack *second) {
  const bool left = p->left == p->d->position;
  const stack *other = left ? &p->b : &p->a, *own = left ? &p->a : &p->b;
  const stack dy = turned(p->dy, own->transposed),
              turned_other = turned(*other, !other->transposed != own->transposed);
  *first = left != own->transposed ? dy : turned_other;
  *second = left != own->transposed ? turned_other : dy;
}

static bool confirmed(const product *p, const double *right) {
  const diagnosis *d = p->d;
  double size = 0;
  for (int64_t k = 0; k < d->count; k++) size = fmax(size, fabs(d->numeric[k]));
  for (int64_t k = 0; k < d->count; k++)
    if (!(fabs(right[d->element[k]] - d->numeric[k]) <= 2 * d->bar[k] + 1e-12 * size)) return false;
  return d->count > 0;
}

// Whether the analytic gradient is this, up to a factor.
static bool is_gradient(const product *p, const double *values, double *factor) {
  const double *gradient = p->d->gradient;
  const int64_t count = sg_shape_elements(&p->d->found->shape);
  int64_t largest = 0;
  for (int64_t i = 0; i < count; i++)
    if (fabs(values[i]) > fabs(values[largest])) largest = i;
  *factor = gradient[largest] / values[largest];
  if (!isfinite(*factor) || *factor == 0) return false;
  for (int64_t i = 0; i < count; i++)
    if (!(fabs(gradient[i] - *factor * values[i]) <= 1e-10 * fabs(gradient[largest]))) return false;
  return count > 1;
}

// ---- Saying -------------------------------------------------------------------------------------------------

static void say_product(const diagnosis *d, const stack *first, const stack *second, bool by_element) {
  diagnosis_say(d, "%s%s%s%s%s", first->name, first->transposed ? "^T" : "", by_element ? " * " : " ", second->name,
                second->transposed ? "^T" : "");
}

// What is wrong with a product of the right factors.
static void say_difference(const diagnosis *d, const stack wrong[2], const stack right[2]) {
  for (int k = 0; k < 2; k++) {
    if (wrong[k].data != right[k].data || wrong[1 - k].data != right[1 - k].data) continue;
    if (wrong[k].transposed == right[k].transposed || wrong[1 - k].transposed != right[1 - k].transposed) continue;
    diagnosis_say(d, " (%s is%s transposed)", wrong[k].name, right[k].transposed ? " not" : "");
  }
  if (wrong[0].data == right[1].data && wrong[1].data == right[0].data)
    diagnosis_say(d, " (the factors are in the wrong order)");
}

static bool say(const product *p, const stack wrong[2], bool by_element, double factor, const stack right[2]) {
  const diagnosis *d = p->d;
  diagnosis_say(d, "Looks like the matrix product ");
  if (p->scale != 1) diagnosis_say(d, "%.6g times ", p->scale);
  say_product(d, &p->a, &p->b, false);
  diagnosis_say(d, ": the gradient of %s is ", d->found->name);
  if (fabs(factor - 1) > 1e-9) diagnosis_say(d, "%.6g times ", factor);
  say_product(d, &wrong[0], &wrong[1], by_element);
  if (by_element) diagnosis_say(d, " element by element");
  diagnosis_say(d, ", expected ");
  say_product(d, &right[0], &right[1], false);
  if (!by_element) say_difference(d, wrong, right);
  return diagnosis_say(d, ".");
}

static bool is_right(const stack wrong[2], const stack right[2]) {
  for (int k = 0; k < 2; k++)
    if (wrong[k].data != right[k].data || wrong[k].transposed != right[k].transposed) return false;
  return true;
}

static bool wrong_product(const product *p, double *values, const stack right[2]) {
  const stack *const factors[] = {&p->dy, &p->a, &p->b};
  for (int by_element = 0; by_element < 2; by_element++)
    for (int i = 0; i < 36; i++) {
      const stack wrong[] = {turned(*factors[i % 3], i / 9 % 2), turned(*factors[i / 3 % 3], i / 18)};
      double factor;
      if ((!by_element && is_right(wrong, right)) || !multiply(p, &wrong[0], &wrong[1], by_element, values))
        continue;
      if (is_gradient(p, values, &factor)) return say(p, wrong, by_element, factor, right);
    }
  return false;
}

bool diagnose_product(const diagnosis *d) {
  product p = {.d = d};
  if (d->failed_count < 2 || !diagnosis_knows_gradient(d) || d->found->shape.rank < 2 || !recognize(&p))
    return false;
  double *values = diagnosis_memory(d, sg_shape_elements(&d->found->shape), sizeof *values);
  stack right[2];
  right_factors(&p, &right[0], &right[1]);
  return values && multiply(&p, &right[0], &right[1], false, values) && confirmed(&p, values) &&
         wrong_product(&p, values, right);
}
