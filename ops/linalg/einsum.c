// SPDX-License-Identifier: GPL-3.0-or-later
//
// Einstein's summation: "ij,jk->ik" names the dimensions of every operand and of the result; a label that is in no
// result is summed over. The operands are taken from the left, two at a time, and every pair is one matrix product,
// of batches: labels that both have and that are needed later are the batch, labels of one alone the rows and the
// columns, all others are summed over. The derivative is that of these products.
// Reference: Einstein, Die Grundlage der allgemeinen Relativitätstheorie, 1916, section 5; PyTorch, torch.einsum.
#include "ops/ops.h"

#include <ctype.h>
#include <string.h>

typedef struct einsum_options {
  const char *equation;
} einsum_options;

static const einsum_options defaults = {"i->i"};

// Labels are small numbers: those of the letters, and behind them the dimensions of "...", from the last.
enum { LETTERS = 52, LABELS = LETTERS + SG_MAX_RANK, MOST_OPERANDS = SG_MAX_PORTS };

typedef struct term {
  int count;
  int label[SG_MAX_RANK];
} term;

typedef struct notation {
  int operands;
  term operand[MOST_OPERANDS], result;
  int64_t size[LABELS]; // 1 where it is broadcast everywhere
  const char *problem;  // NULL: none
  int label;            // of different extents, which are these
  int64_t extent[2];
} notation;

// ---- Reading ----------------------------------------------------------------------------------------

static int label_of(char c) { return islower((unsigned char)c) ? c - 'a' : c - 'A' + LETTERS / 2; }

static char letter_of(int label) { return (char)(label < LETTERS / 2 ? 'a' + label : 'A' + label - LETTERS / 2); }

static bool has(const term *t, int label) {
  for (int i = 0; i < t->count; i++)
    if (t->label[i] == label) return true;
  return false;
}

static void append(notation *e, term *t, int label) {
  if (t->count == SG_MAX_RANK)
    e->problem = "has more than 8 dimensions in one place";
  else
    t->label[t->count++] = label;
}

// Reads labels up to a comma, an arrow or the end; "..." stands for `dots` dimensions, or is refused where that is
// negative. Returns where it stopped.
static const char *read_term(notation *e, const char *text, int dots, term *t) {
  bool dotted = false;
  for (; *text && *text != ',' && *text != '-' && !e->problem; text++) {
    if (*text == ' ') continue;
    if (strncmp(text, "...", 3) == 0 && !dotted && dots >= 0) {
      for (int d = dots - 1; d >= 0; d--) append(e, t, LETTERS + d);
      dotted = true;
      text += 2;
    } else if (isalpha((unsigned char)*text)) {
      append(e, t, label_of(*text));
    } else {
      e->problem = "has something that is no letter, ..., comma or ->";
    }
  }
  return text;
}

// How many dimensions "..." stands for in an operand of this rank.
static int count_dots(const char *text, int rank) {
  int letters = 0;
  for (; *text && *text != ',' && *text != '-'; text++) letters += isalpha((unsigned char)*text) != 0;
  return rank - letters;
}

static void differ(notation *e, int label, int64_t before, int64_t now) {
  e->problem = "has a label for different extents";
  e->label = label;
  e->extent[0] = before;
  e->extent[1] = now;
}

static void take_sizes(notation *e, const term *t, const sg_shape *shape) {
  if (t->count != shape->rank) {
    e->problem = "has not as many labels as an operand has dimensions";
    return;
  }
  for (int i = 0; i < t->count; i++)
    for (int j = 0; j < i; j++)
      if (t->label[i] == t->label[j] && shape->size[i] != shape->size[j])
        differ(e, t->label[i], shape->size[j], shape->size[i]);
  for (int i = 0; i < t->count; i++) {
    int64_t *size = &e->size[t->label[i]];
    if (*size == 1)
      *size = shape->size[i];
    else if (shape->size[i] != *size && shape->size[i] != 1)
      differ(e, t->label[i], *size, shape->size[i]);
  }
}

// Without an arrow the result has the dimensions of "...", and the letters that are there once, by the alphabet.
static void imply_result(notation *e, int dots) {
  for (int d = dots - 1; d >= 0; d--) append(e, &e->result, LETTERS + d);
  for (int label = 0; label < LETTERS; label++) {
    // Capital letters come first, as in ASCII.
    const int letter = (label + LETTERS / 2) % LETTERS;
    int times = 0;
    for (int k = 0; k < e->operands; k++)
      for (int i = 0; i < e->operand[k].count; i++) times += e->operand[k].label[i] == letter;
    if (times == 1) append(e, &e->result, letter);
  }
}

static void check_result(notation *e) {
  for (int i = 0; i < e->result.count; i++) {
    const int label = e->result.label[i];
    bool known = false;
    for (int k = 0; k < e->operands; k++) known = known || has(&e->operand[k], label);
    if (!known) e->problem = "has a label in its result that no operand has";
    for (int j = 0; j < i; j++)
      if (e->result.label[j] == label) e->problem = "has a label twice in its result";
  }
}

static notation read_equation(const char *text, int count, const sg_shape *const *shapes) {
  notation e = {0};
  int most_dots = 0;
  for (int label = 0; label < LABELS; label++) e.size[label] = 1;
  if (count > MOST_OPERANDS) e.problem = "has more than 16 operands";
  for (int k = 0; k < count && !e.problem; k++) {
    const int dots = count_dots(text, shapes[k]->rank);
    text = read_term(&e, text, dots, &e.operand[e.operands++]);
    if (!e.problem) take_sizes(&e, &e.operand[k], shapes[k]);
    if (has(&e.operand[k], LETTERS + dots - 1) && dots > most_dots) most_dots = dots;
    if (k < count - 1 && *text != ',') e.problem = "has fewer operands than there are tensors";
    text += *text == ',';
  }
  if (e.problem) return e;
  if (*text && strncmp(text, "->", 2) != 0)
    e.problem = "has more operands than there are tensors, or half an arrow";
  if (!e.problem && *text) {
    text = read_term(&e, text + 2, most_dots, &e.result);
    if (*text) e.problem = "goes on behind its result";
  } else if (!e.problem) {
    imply_result(&e, most_dots);
  }
  if (!e.problem) check_result(&e);
  return e;
}

static notation equation_of(const void *options, int count, sg_tensor *const *inputs) {
  const sg_shape *shapes[MOST_OPERANDS];
  for (int k = 0; k < count && k < MOST_OPERANDS; k++) shapes[k] = sg_tensor_shape(inputs[k]);
  return read_equation(((const einsum_options *)options)->equation, count, shapes);
}

static sg_status prepare(sg_plan *plan) {
  const notation e = equation_of(plan->options, plan->input_count, plan->inputs);
  if (!e.problem) return SG_OK;
  const char *equation = ((const einsum_options *)plan->options)->equation;
  if (!e.extent[1] && !e.extent[0]) return sg_reject(plan, "the equation \"%s\" %s", equation, e.problem);
  char letter[2] = {letter_of(e.label)};
  return sg_reject(plan, "the equation \"%s\" %s: %s is %lld and %lld", equation, e.problem,
                   e.label < LETTERS ? letter : "a dimension of ...", (long long)e.extent[0],
                   (long long)e.extent[1]);
}

// ---- Contracting ------------------------------------------------------------------------------------

typedef struct factor {
  sg_tensor *tensor;
  term term;
} factor;

// Dimensions in the order of `labels`, all of which the factor has.
static sg_tensor *in_order(sg_context *c, const factor *f, const term *labels) {
  sg_ints order = {labels->count, {0}};
  bool moved = false;
  for (int i = 0; i < labels->count; i++)
    for (int d = 0; d < f->term.count; d++)
      if (f->term.label[d] == labels->label[i]) order.value[i] = d, moved = moved || d != i;
  return moved ? sg_permute(c, f->tensor, &order) : f->tensor;
}

// A label that is there twice names a diagonal: elements off it count as 0, and one of its dimensions is summed
// over.
static void take_diagonals(sg_context *c, factor *f) {
  for (int i = 0; i < f->term.count; i++) {
    for (int j = i + 1; j < f->term.count && !sg_error_status(c);) {
      if (f->term.label[j] != f->term.label[i]) {
        j++;
        continue;
      }
      const int64_t *size = sg_tensor_shape(f->tensor)->size;
      sg_shape mask = {.rank = f->term.count};
      for (int d = 0; d < mask.rank; d++) mask.size[d] = d == i || d == j ? size[d] : 1;
      sg_tensor *diagonal = sg_reshape(c, sg_eye(c, sg_tensor_dtype(f->tensor), size[i], size[j]), &mask);
      sg_tensor *on = sg_where(c, diagonal, f->tensor, sg_scalar_like(c, f->tensor, 0));
      f->tensor = sg_sum(c, on, &(sg_reduce_options){.dim = {1, {j}}});
      f->term.count--;
      memmove(&f->term.label[j], &f->term.label[j + 1], (size_t)(f->term.count - j) * sizeof(int));
    }
  }
}

// Sums over the labels that `keep` has not.
static void sum_others(sg_context *c, factor *f, const bool *keep) {
  sg_ints dims = {0};
  term left = {0};
  for (int d = 0; d < f->term.count; d++) {
    if (keep[f->term.label[d]])
      left.label[left.count++] = f->term.label[d];
    else
      dims.value[dims.count++] = d;
  }
  if (dims.count > 0) f->tensor = sg_sum(c, f->tensor, &(sg_reduce_options){.dim = dims});
  f->term = left;
}

typedef struct pairing {
  term batch, rows, columns, summed;
} pairing;

static pairing pair_of(const factor *a, const factor *b, const bool *later) {
  pairing p = {0};
  for (int d = 0; d < a->term.count; d++) {
    const int label = a->term.label[d];
    term *t = !has(&b->term, label) ? &p.rows : later[label] ? &p.batch : &p.summed;
    t->label[t->count++] = label;
  }
  for (int d = 0; d < b->term.count; d++)
    if (!has(&a->term, b->term.label[d])) p.columns.label[p.columns.count++] = b->term.label[d];
  return p;
}

// The factor as (batch..., product of `first`, product of `second`); of what is summed, extents of 1 are expanded.
static sg_tensor *matrices(sg_context *c, const factor *f, const notation *e, const term *batch, const term *first,
                           const term *second, const term *summed) {
  const term *parts[] = {batch, first, second};
  term order = {0};
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < parts[k]->count; i++) order.label[order.count++] = parts[k]->label[i];
  sg_tensor *x = in_order(c, f, &order);
  if (sg_error_status(c)) return NULL;
  sg_shape whole = *sg_tensor_shape(x), shape = {.rank = batch->count};
  for (int i = 0; i < order.count; i++)
    if (has(summed, order.label[i])) whole.size[i] = e->size[order.label[i]];
  if (!sg_shape_equal(&whole, sg_tensor_shape(x))) x = sg_expand(c, x, &whole);
  int d = 0;
  for (; d < batch->count; d++) shape.size[d] = whole.size[d];
  for (int k = 1; k < 3; k++) {
    int64_t extent = 1;
    for (int i = 0; i < parts[k]->count; i++) extent *= whole.size[d++];
    shape.size[shape.rank++] = extent;
  }
  return sg_reshape(c, x, &shape);
}

static factor contract(sg_context *c, const notation *e, const factor *a, const factor *b, const bool *later) {
  const pairing p = pair_of(a, b, later);
  const term *parts[] = {&p.batch, &p.rows, &p.columns};
  factor result = {0};
  sg_tensor *left = matrices(c, a, e, &p.batch, &p.rows, &p.summed, &p.summed);
  sg_tensor *right = matrices(c, b, e, &p.batch, &p.summed, &p.columns, &p.summed);
  if (p.batch.count + p.rows.count + p.columns.count > SG_MAX_RANK || p.batch.count + 2 > SG_MAX_RANK) {
    sg_error(c, SG_INVALID_ARGUMENT, "a product on the way has more than %d dimensions", SG_MAX_RANK);
    return result;
  }
  sg_tensor *product = sg_matmul(c, left, right);
  if (sg_error_status(c)) return result;
  sg_shape shape = {0};
  for (int k = 0; k < 3; k++) {
    for (int i = 0; i < parts[k]->count; i++) {
      const int label = parts[k]->label[i];
      const factor *owner = k == 1 ? a : b;
      for (int d = 0; k > 0 && d < owner->term.count; d++)
        if (owner->term.label[d] == label) shape.size[shape.rank] = sg_tensor_shape(owner->tensor)->size[d];
      if (k == 0) shape.size[shape.rank] = sg_tensor_shape(product)->size[i];
      shape.rank++;
      result.term.label[result.term.count++] = label;
    }
  }
  result.tensor = sg_reshape(c, product, &shape);
  return result;
}

// The labels of the result and of operands from number k on.
static void find_later(const notation *e, int k, bool *later) {
  memset(later, 0, LABELS * sizeof *later);
  for (int i = 0; i < e->result.count; i++) later[e->result.label[i]] = true;
  for (; k < e->operands; k++)
    for (int i = 0; i < e->operand[k].count; i++) later[e->operand[k].label[i]] = true;
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const notation e = equation_of(call->options, call->input_count, call->inputs);
  bool later[LABELS];
  factor product = {call->inputs[0], e.operand[0]};
  take_diagonals(c, &product);
  for (int k = 1; k < e.operands && !sg_error_status(c); k++) {
    factor next = {call->inputs[k], e.operand[k]};
    take_diagonals(c, &next);
    if (sg_error_status(c)) return;
    find_later(&e, k, later);
    sum_others(c, &product, later);
    find_later(&e, k + 1, later);
    for (int i = 0; i < product.term.count; i++) later[product.term.label[i]] = true;
    sum_others(c, &next, later);
    find_later(&e, k + 1, later);
    product = contract(c, &e, &product, &next, later);
  }
  if (sg_error_status(c)) return;
  find_later(&e, e.operands, later);
  sum_others(c, &product, later);
  sg_tensor *y = in_order(c, &product, &e.result);
  outputs[0] = y == call->inputs[0] ? sg_reshape(c, y, sg_tensor_shape(y)) : y;
}

// ---- The op -----------------------------------------------------------------------------------------

#define EQUATION(text) SG_WITH(einsum_options, text)

const sg_op op_einsum = {
    SG_COMPOSED(einsum, prepare, compose),
    SG_WORDS("Sums of products of tensors, in Einstein's notation.",
             "y[result labels] = sum over the other labels of the product of the operands",
             "Einstein, Die Grundlage der allgemeinen Relativitaetstheorie, 1916; PyTorch, torch.einsum"),
    .cost = "that of the matrix products it becomes, from left to right",
    .inputs = SG_PORTS({"operands", SG_VARIADIC, "tensors, at most 16"}),
    .outputs = SG_PORTS({"y", 0, "an extent for each label of the result"}),
    SG_OPTIONS(einsum_options, &defaults,
               SG_OPTION(einsum_options, equation, STRING,
                         "a letter for each dimension of every operand, commas between, -> and the letters of the "
                         "result; ... stands for the dimensions without a letter, which broadcast",
                         SG_REQUIRED)),
    .samples = SG_SAMPLES(
        {"product", SG_ON(SG_RANDN(2, 3), SG_RANDN(3, 4)), EQUATION("ij,jk->ik")},
        {"implied", SG_ON(SG_RANDN(2, 3), SG_RANDN(3, 4)), EQUATION("ba,ac")},
        {"batch", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 4, 2)), EQUATION("bij,bjk->bki")},
        {"transposed", SG_ON(SG_RANDN(2, 3)), EQUATION("ij->ji")}, {"sum", SG_ON(SG_RANDN(2, 3)), EQUATION("ij->")},
        {"diagonal", SG_ON(SG_RANDN(3, 3)), EQUATION("ii->i")},
        {"trace", SG_ON(SG_RANDN(2, 3, 3)), EQUATION("bii->b")},
        {"outer", SG_ON(SG_RANDN(2), SG_RANDN(3)), EQUATION("i , j -> ij")},
        {"dots", SG_ON(SG_RANDN(2, 1, 3, 4), SG_RANDN(3, 4, 2)), EQUATION("...ij,...jk->...ik")},
        {"bilinear", SG_ON(SG_RANDN(2, 3), SG_RANDN(4, 3, 2), SG_RANDN(2, 2)), EQUATION("bi,oij,bj->bo")},
        {"broadcast", SG_ON(SG_RANDN(2, 1), SG_RANDN(3, 4)), EQUATION("ij,jk->ik")},
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)), SG_VECTOR(5, -6)), EQUATION("ij,j->i"),
         SG_GIVES(-7, -9)}),
    .bad_samples = SG_SAMPLES(
        {"extents", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 4)), EQUATION("ij,jk->ik"),
         .error = "the equation \"ij,jk->ik\" has a label for different extents"},
        {"diagonal", SG_ON(SG_RANDN(1, 3)), EQUATION("ii->i"),
         .error = "has a label for different extents: i is 1 and 3"},
        {"labels", SG_ON(SG_RANDN(2, 3)), EQUATION("i->i"), .error = "has not as many labels"},
        {"operands", SG_ON(SG_RANDN(2), SG_RANDN(2)), EQUATION("i->i"), .error = "has fewer operands"},
        {"tensors", SG_ON(SG_RANDN(2)), EQUATION("i,i->i"), .error = "has more operands"},
        {"result", SG_ON(SG_RANDN(2)), EQUATION("i->j"), .error = "has a label in its result that no operand has"},
        {"twice", SG_ON(SG_RANDN(2)), EQUATION("i->ii"), .error = "has a label twice in its result"},
        {"signs", SG_ON(SG_RANDN(2)), EQUATION("i+"), .error = "has something that is no letter"}),
};

sg_tensor *sg_einsum(sg_context *context, const char *equation, int count, sg_tensor *const *operands) {
  return sg_apply_one(context, &op_einsum, count, operands, &(einsum_options){equation});
}
