// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/rows.h"
#include "ops/select_kernels.h"

#include <stddef.h>
#include <string.h>

// ---- Layout -----------------------------------------------------------------------------------------

static void operand_strides(const sg_shape *result, const sg_shape *operand, int64_t strides[SG_MAX_RANK]) {
  int64_t stride = 1;
  int missing = result->rank - operand->rank;
  for (int d = result->rank - 1; d >= 0; d--) {
    int64_t size = d < missing ? 1 : operand->size[d - missing];
    strides[d] = size == 1 ? 0 : stride;
    stride *= size;
  }
}

void sg_rows_lay_out_alike(sg_rows_layout *layout, int64_t elements) {
  layout->elements = layout->inner = elements;
  layout->rank = 0;
  memset(layout->stride, 1, sizeof layout->stride);
}

void sg_rows_lay_out(sg_rows_layout *layout, const sg_shape *result, int count, const sg_shape *const *operands) {
  bool equal = true;
  for (int k = 0; k < count; k++) equal = equal && sg_shape_equal(operands[k], result);
  sg_rows_lay_out_alike(layout, sg_shape_elements(result));
  if (equal || layout->elements <= 1) return;

  int64_t strides[SG_ROW_OPERANDS][SG_MAX_RANK];
  for (int k = 0; k < count; k++) operand_strides(result, operands[k], strides[k]);
  // Groups of dimensions that every operand walks through in one stride, the fastest first.
  int groups = 0;
  int64_t size[SG_MAX_RANK] = {0}, stride[SG_ROW_OPERANDS][SG_MAX_RANK];
  for (int d = result->rank - 1; d >= 0; d--) {
    if (result->size[d] == 1) continue;
    bool joins = groups > 0;
    for (int k = 0; joins && k < count; k++) joins = strides[k][d] == stride[k][groups - 1] * size[groups - 1];
    if (joins) {
      size[groups - 1] *= result->size[d];
      continue;
    }
    size[groups] = result->size[d];
    for (int k = 0; k < count; k++) stride[k][groups] = strides[k][d];
    groups++;
  }
  layout->inner = size[0];
  layout->rank = (unsigned char)(groups - 1);
  for (int d = 0; d < layout->rank; d++) layout->outer[d].size = size[groups - 1 - d];
  for (int k = 0; k < count; k++) {
    layout->stride[k] = (unsigned char)stride[k][0];
    for (int d = 0; d < layout->rank; d++) layout->outer[d].stride[k] = stride[k][groups - 1 - d];
  }
}

size_t sg_rows_layout_bytes(const sg_rows_layout *layout) {
  return offsetof(sg_rows_layout, outer) + layout->rank * sizeof layout->outer[0];
}

// ---- Long rows --------------------------------------------------------------------------------------

typedef struct walk {
  sg_row_function *function;
  const sg_rows_layout *layout;
  int operands, results;                                               // up to the last one that is there
  size_t operand_bytes[SG_ROW_OPERANDS], result_bytes[SG_ROW_RESULTS]; // of an element
  sg_row whole;                                                        // as if all were one row
} walk;

// Points the row's results to the elements from `position` on.
static inline void place_results(const walk *w, sg_row *row, int64_t position) {
  row->position = position;
  for (int p = 0; p < w->results; p++)
    if (w->whole.result[p]) row->result[p] = (char *)w->whole.result[p] + (size_t)position * w->result_bytes[p];
}

static inline const void *element(const walk *w, int k, int64_t offset) {
  return (const char *)w->whole.operand[k] + (size_t)offset * w->operand_bytes[k];
}

static void walk_one_row(const void *arguments, int64_t begin, int64_t end) {
  const walk *w = arguments;
  sg_row row = w->whole;
  row.count = end - begin;
  for (int k = 0; k < w->operands; k++) row.operand[k] = element(w, k, begin * row.stride[k]);
  place_results(w, &row, begin);
  w->function(&row);
}

// Points the row's operands to where the result's element `position` comes from.
static void place_operands(const walk *w, sg_row *row, int64_t position) {
  const sg_rows_layout *layout = w->layout;
  const int64_t column = position % layout->inner;
  int64_t offset[SG_ROW_OPERANDS], number = position / layout->inner;
  for (int k = 0; k < w->operands; k++) offset[k] = column * row->stride[k];
  for (int d = layout->rank - 1; d >= 0; d--) {
    const int64_t index = number % layout->outer[d].size;
    number /= layout->outer[d].size;
    for (int k = 0; k < w->operands; k++) offset[k] += index * layout->outer[d].stride[k];
  }
  for (int k = 0; k < w->operands; k++) row->operand[k] = element(w, k, offset[k]);
}

// Whole rows along the last outer dimension, in which everything moves by a constant step.
static void walk_steps(const walk *w, sg_row *row, int64_t rows) {
  const int64_t *stride = w->layout->outer[w->layout->rank - 1].stride;
  size_t step[SG_ROW_OPERANDS];
  for (int k = 0; k < w->operands; k++) step[k] = (size_t)stride[k] * w->operand_bytes[k];
  const int operands = w->operands, results = w->results;
  for (; rows > 0; rows--) {
    w->function(row);
    row->position += row->count;
    for (int k = 0; k < operands; k++) row->operand[k] = (const char *)row->operand[k] + step[k];
    for (int p = 0; p < results; p++)
      if (row->result[p]) row->result[p] = (char *)row->result[p] + (size_t)row->count * w->result_bytes[p];
  }
}

static void walk_rows(const void *arguments, int64_t begin, int64_t end) {
  const walk *w = arguments;
  const int64_t inner = w->layout->inner, size = w->layout->outer[w->layout->rank - 1].size;
  sg_row row = w->whole;
  while (begin < end) {
    const int64_t column = begin % inner, in_row = inner - column;
    int64_t rows = 1;
    row.count = in_row < end - begin ? in_row : end - begin;
    if (row.count == inner) {
      const int64_t whole = (end - begin) / inner, left = size - begin / inner % size;
      rows = left < whole ? left : whole;
    }
    place_operands(w, &row, begin);
    place_results(w, &row, begin);
    walk_steps(w, &row, rows);
    begin += rows * row.count;
  }
}

// ---- Short rows -------------------------------------------------------------------------------------
//
// Where rows are short, operands that do not lie like the result are first laid out so, block by block in the
// cache: the row function sees rows as long as a block, and its cost per call does not matter. What repeats itself
// within a block is laid out once, because blocks are whole numbers of its period. Operands of another dtype than
// the row's become what it takes in the same way, and nowhere a tensor.

enum { BLOCK = 1024, CHUNK = 16, MAX_ELEMENT_BYTES = 8 };

// An operand's own way through the result: as few dimensions as it needs, the fastest first. A stride of the first
// is 1 or 0.
typedef struct pattern {
  int rank;
  int64_t size[SG_MAX_RANK], stride[SG_MAX_RANK];
  int64_t period; // elements after which it repeats itself: the whole result where it does not
} pattern;

typedef struct block_walk {
  walk walk;
  int64_t block;      // elements
  unsigned dense;     // bit k: operand k lies like the result
  unsigned gathered;  // bit k: operand k is laid out block by block
  unsigned converted; // bit k: operand k is converted block by block
  unsigned repeating; // bit k: operand k is the same in every block
  sg_row_function *conversion[SG_ROW_OPERANDS];
  pattern pattern[SG_ROW_OPERANDS];
} block_walk;

static void find_pattern(pattern *p, const sg_rows_layout *layout, int k) {
  p->rank = 1;
  p->size[0] = layout->inner;
  p->stride[0] = layout->stride[k];
  p->period = layout->stride[k] ? layout->inner : 1;
  int64_t elements = layout->inner;
  for (int d = layout->rank - 1; d >= 0; d--) {
    const int64_t size = layout->outer[d].size, stride = layout->outer[d].stride[k];
    const int last = p->rank - 1;
    elements *= size;
    if (stride) p->period = elements;
    if (stride == p->stride[last] * p->size[last]) {
      p->size[last] *= size;
      continue;
    }
    p->size[p->rank] = size;
    p->stride[p->rank++] = stride;
  }
}

static bool is_one_number(const pattern *p) { return p->rank == 1 && p->stride[0] == 0; }

// Whether blocks are faster than rows, or needed: they cost some 50 ns, and then for every run of an operand's
// elements as much as a row of 16. Periods are products of the last extents, so that a whole number of the longest
// is one of the others.
static bool plan_blocks(block_walk *b) {
  enum { FEW_ROWS = 8, SHORT_ROW = 17 };
  const sg_rows_layout *layout = b->walk.layout;
  const bool few = layout->elements <= FEW_ROWS * layout->inner || layout->inner >= BLOCK / 4;
  if (few && !b->converted) return false;
  int64_t longest = 1;
  b->dense = b->gathered = b->repeating = 0;
  for (int k = 0; k < b->walk.operands; k++) {
    const pattern *p = &b->pattern[k];
    find_pattern(&b->pattern[k], layout, k);
    if (p->rank == 1 && p->stride[0]) {
      b->dense |= 1u << k;
      continue;
    }
    if (p->rank > 1) b->gathered |= 1u << k;
    if (p->period > BLOCK) continue;
    b->repeating |= 1u << k;
    if (p->period > longest) longest = p->period;
  }
  b->block = BLOCK / longest * longest;
  return b->converted || layout->inner < SHORT_ROW || !(b->gathered & ~b->repeating);
}

#define INLINED __attribute__((always_inline)) static inline

// The same element `count` times, in whole chunks: up to CHUNK bytes more are written than asked for.
INLINED void repeat(char *to, const char *from, int64_t count, const size_t bytes) {
  typedef uint64_t chunk __attribute__((vector_size(CHUNK)));
  uint64_t half = 0;
  memcpy(&half, from, bytes);
  if (bytes == 1) half *= UINT64_C(0x0101010101010101);
  if (bytes == 4) half |= half << 32;
  const chunk repeated = {half, half};
  const char *end = to + (size_t)count * bytes;
  for (; to < end; to += CHUNK) memcpy(to, &repeated, CHUNK);
}

INLINED void copy(char *to, const char *from, int64_t count, const size_t bytes) {
  if (count >= 32) {
    memcpy(to, from, (size_t)count * bytes);
    return;
  }
  for (int64_t i = 0; i < count; i++) memcpy(to + (size_t)i * bytes, from + (size_t)i * bytes, bytes);
}

// The elements at `count` positions from `position` on, of `bytes` each.
INLINED void lay_out_elements(const pattern *p, const char *data, int64_t position, int64_t count, char *to,
                              const size_t bytes) {
  const int64_t inner = p->size[0], rows = p->rank > 1 ? p->size[1] : 1;
  const size_t step = p->rank > 1 ? (size_t)p->stride[1] * bytes : 0;
  while (count > 0) {
    int64_t index = position, offset = 0;
    for (int d = 0; d < p->rank; d++, index /= p->size[d - 1]) offset += index % p->size[d] * p->stride[d];
    const char *from = data + (size_t)offset * bytes;
    // The rest of a row, and then the rows that follow it at constant steps.
    int64_t column = position % inner, left = column ? 1 : rows - position / inner % rows;
    for (; left > 0 && count > 0; left--, from += step) {
      const int64_t run = inner - column < count ? inner - column : count;
      if (p->stride[0])
        copy(to, from, run, bytes);
      else
        repeat(to, from, run, bytes);
      to += (size_t)run * bytes;
      position += run;
      count -= run;
    }
  }
}

static void lay_out(const block_walk *b, int k, int64_t position, int64_t count, char *to) {
  const pattern *p = &b->pattern[k];
  const char *data = b->walk.whole.operand[k];
  switch (b->walk.operand_bytes[k]) {
  case 1:
    lay_out_elements(p, data, position, count, to, 1);
    break;
  case 4:
    lay_out_elements(p, data, position, count, to, 4);
    break;
  default:
    lay_out_elements(p, data, position, count, to, 8);
  }
}

// The same for one that repeats itself: one period, and copies of what is there, each twice as long.
static void lay_out_periods(const block_walk *b, int k, int64_t position, int64_t count, char *to) {
  int64_t done = b->pattern[k].period < count ? b->pattern[k].period : count;
  lay_out(b, k, position, done, to);
  const size_t bytes = b->walk.operand_bytes[k];
  while (done < count) {
    const int64_t more = done < count - done ? done : count - done;
    memcpy(to + (size_t)done * bytes, to, (size_t)more * bytes);
    done += more;
  }
}

// With room for the rest of a last chunk.
typedef char block_buffer[BLOCK * MAX_ELEMENT_BYTES + 64] __attribute__((aligned(64)));

// What the row function sees of operand k at `count` positions from `position` on; of one number that alone.
static void fill_buffer(const block_walk *b, int k, int64_t position, int64_t count, char *to) {
  block_buffer unconverted;
  const bool converted = b->converted >> k & 1, gathered = b->gathered >> k & 1;
  const pattern *p = &b->pattern[k];
  char *laid_out = converted ? unconverted : to;
  if (gathered && b->repeating >> k & 1)
    lay_out_periods(b, k, position, count, laid_out);
  else if (gathered)
    lay_out(b, k, position, count, laid_out);
  if (!converted) return;
  const void *from = gathered ? laid_out : element(&b->walk, k, position * p->stride[0]);
  b->conversion[k](&(sg_row){.count = is_one_number(p) ? 1 : count, .operand = {from}, .result = {to}});
}

static void walk_blocks(const void *arguments, int64_t begin, int64_t end) {
  const block_walk *b = arguments;
  const walk *w = &b->walk;
  const unsigned buffered = b->gathered | b->converted, direct = b->dense & ~buffered;
  block_buffer buffer[SG_ROW_OPERANDS];
  sg_row row = w->whole;
  for (int k = 0; k < w->operands; k++) {
    if (!(buffered >> k & 1)) continue;
    row.operand[k] = buffer[k];
    row.stride[k] = !is_one_number(&b->pattern[k]);
    const int64_t first = b->block < end - begin ? b->block : end - begin;
    if (b->repeating >> k & 1) fill_buffer(b, k, begin, first, buffer[k]);
  }
  for (int64_t position = begin; position < end; position += row.count) {
    row.count = b->block < end - position ? b->block : end - position;
    for (int k = 0; k < w->operands; k++) {
      if ((buffered & ~b->repeating) >> k & 1) fill_buffer(b, k, position, row.count, buffer[k]);
      if (direct >> k & 1) row.operand[k] = element(w, k, position);
    }
    place_results(w, &row, position);
    w->function(&row);
  }
}

// ---- Run --------------------------------------------------------------------------------------------

enum { SERIAL = 4096 }; // elements up to which a loop runs right here, without the machinery of threads

// Everything as one row; returns the number of operands, up to the last one that is there.
static int fill_row(sg_row *row, const sg_rows *rows, int64_t elements) {
  const sg_rows_layout *layout = rows->layout;
  row->count = elements;
  row->parameter = rows->parameter;
  row->position = 0;
  for (int p = 0; p < SG_ROW_RESULTS; p++)
    row->result[p] = rows->result[p] ? sg_output_data(rows->result[p]) : NULL;
  int operands = 0;
  for (int k = 0; k < SG_ROW_OPERANDS; k++) {
    const sg_tensor *operand = rows->operand[k];
    row->operand[k] = operand ? sg_tensor_data(operand) : NULL;
    row->stride[k] = !operand ? 0 : layout ? layout->stride[k] : 1;
    if (operand) operands = k + 1;
  }
  return operands;
}

static bool is_unlike(const sg_rows *rows, int k) {
  return rows->dtype && rows->operand[k] && sg_tensor_dtype(rows->operand[k]) != rows->dtype;
}

static bool has_unlike(const sg_rows *rows) {
  bool unlike = false;
  for (int k = 0; k < SG_ROW_OPERANDS; k++) unlike |= is_unlike(rows, k);
  return unlike;
}

static void find_conversions(sg_context *context, const sg_rows *rows, block_walk *b) {
  b->converted = 0;
  for (int k = 0; k < b->walk.operands; k++) {
    if (!is_unlike(rows, k)) continue;
    const sg_row_name name = sg_tensor_dtype(rows->operand[k]) == SG_I64 ? sg_row_from_i64 : sg_row_from_byte;
    b->conversion[k] = sg_row_for(context, rows->dtype, name);
    b->converted |= 1u << k;
  }
}

__attribute__((noinline)) static void run_long(sg_context *context, sg_row_function *function, const sg_rows *rows,
                                               int64_t elements, int64_t work) {
  block_walk b;
  walk *w = &b.walk;
  w->function = function;
  w->operands = fill_row(&w->whole, rows, elements);
  find_conversions(context, rows, &b);
  w->layout = rows->layout && (rows->layout->rank || b.converted) ? rows->layout : NULL;
  for (int k = 0; k < w->operands; k++)
    w->operand_bytes[k] = rows->operand[k] ? sg_dtype_bytes(sg_tensor_dtype(rows->operand[k])) : 0;
  w->results = 0;
  for (int p = 0; p < SG_ROW_RESULTS; p++) {
    if (!rows->result[p]) continue;
    w->result_bytes[p] = sg_dtype_bytes(sg_tensor_dtype(rows->result[p]));
    w->results = p + 1;
  }
  sg_kernel *kernel = !w->layout ? walk_one_row : plan_blocks(&b) ? walk_blocks : walk_rows;
  if (elements * work <= SERIAL)
    kernel(&b, 0, elements);
  else
    sg_parallel(context, elements, sg_grain(work), kernel, &b);
}

void sg_rows_run(sg_context *context, sg_row_function *function, const sg_rows *rows) {
  const sg_rows_layout *layout = rows->layout;
  const int64_t elements = layout ? layout->elements : sg_tensor_elements(rows->operand[0]);
  const int64_t work = rows->work ? rows->work : 1;
  if (elements == 0) return;
  if ((layout && layout->rank) || elements * work > SERIAL || has_unlike(rows)) {
    run_long(context, function, rows, elements, work);
    return;
  }
  sg_row row;
  fill_row(&row, rows, elements);
  function(&row);
}

void sg_rows_compute(const sg_call *call, sg_row_name row, const sg_rows *rows) {
  sg_rows_run(call->context, sg_row_for(call->context, call->dtype, row), rows);
}
