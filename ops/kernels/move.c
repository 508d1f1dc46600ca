// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/move.h"
#include "ops/kernels/real.h"
#include <stdbool.h>
#include <string.h>

#if defined(SG_KERNEL_F32)
typedef uint32_t word;
#elif defined(SG_KERNEL_F64)
typedef uint64_t word;
#else
typedef uint8_t word;
#endif

static void copy_row(word *restrict target, int64_t target_stride, const word *restrict source,
                     int64_t source_stride, int64_t count) {
  if (target_stride == 1 && source_stride == 1) {
    memcpy(target, source, (size_t)count * sizeof(word));
  } else if (target_stride == 1 && source_stride == 0) {
    word value = *source;
    for (int64_t i = 0; i < count; i++) target[i] = value;
  } else {
    for (int64_t i = 0; i < count; i++) target[i * target_stride] = source[i * source_stride];
  }
}

static void strided(const void *arguments, int64_t begin, int64_t end) {
  const copy_arguments *a = arguments;
  int last = a->rank - 1;
  int64_t index[8] = {0}, target = 0, source = 0, rest = begin;
  for (int d = last; rest > 0; d--) {
    index[d] = rest % a->size[d];
    rest /= a->size[d];
    target += index[d] * a->target_stride[d];
    source += index[d] * a->source_stride[d];
  }
  for (int64_t item = begin; item < end;) {
    int64_t count = a->size[last] - index[last];
    if (count > end - item) count = end - item;
    copy_row((word *)a->target + target, a->target_stride[last], (const word *)a->source + source,
             a->source_stride[last], count);
    item += count;
    target -= index[last] * a->target_stride[last];
    source -= index[last] * a->source_stride[last];
    index[last] = 0;
    for (int d = last - 1; d >= 0; d--) {
      target += a->target_stride[d];
      source += a->source_stride[d];
      if (++index[d] < a->size[d]) break;
      target -= a->size[d] * a->target_stride[d];
      source -= a->size[d] * a->source_stride[d];
      index[d] = 0;
    }
  }
}

// ---- Transposition ------------------------------------------------------------------------------------

// Through a buffer, so that every cache line of source and target is gone through at once. Along its lines the
// source runs forwards or backwards.
static void transpose_tile(word *restrict target, int64_t target_stride, const word *restrict source,
                           int64_t source_stride, bool backwards, int rows, int columns) {
  word tile[COPY_TILE][COPY_TILE + 1];
  if (backwards) {
    for (int j = 0; j < columns; j++)
      for (int i = 0; i < rows; i++) tile[i][j] = source[j * source_stride - i];
  } else {
    for (int j = 0; j < columns; j++)
      for (int i = 0; i < rows; i++) tile[i][j] = source[j * source_stride + i];
  }
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j++) target[i * target_stride + j] = tile[i][j];
}

// Four words, wherever they lie.
typedef word four __attribute__((vector_size(4 * sizeof(word)), aligned(sizeof(word)), may_alias));

// A whole tile: of blocks of four by four words, which are transposed in registers.
static void transpose_whole_tile(word *restrict target, int64_t target_stride, const word *restrict source,
                                 int64_t source_stride, bool backwards) {
  word tile[COPY_TILE][COPY_TILE];
  for (int j = 0; j < COPY_TILE; j++) {
    const word *line = source + j * source_stride;
    if (!backwards)
      memcpy(tile[j], line, sizeof tile[j]);
    else
      for (int i = 0; i < COPY_TILE; i++) tile[j][i] = line[-i];
  }
  for (int i = 0; i < COPY_TILE; i += 4)
    for (int j = 0; j < COPY_TILE; j += 4) {
      const four a = *(const four *)(tile[j] + i), b = *(const four *)(tile[j + 1] + i);
      const four c = *(const four *)(tile[j + 2] + i), d = *(const four *)(tile[j + 3] + i);
      const four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      const four ab_rest = __builtin_shufflevector(a, b, 2, 6, 3, 7),
                 cd_rest = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      word *to = target + i * target_stride + j;
      *(four *)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
      *(four *)(to + target_stride) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
      *(four *)(to + 2 * target_stride) = __builtin_shufflevector(ab_rest, cd_rest, 0, 1, 4, 5);
      *(four *)(to + 3 * target_stride) = __builtin_shufflevector(ab_rest, cd_rest, 2, 3, 6, 7);
    }
}

static int tile_extent(int64_t size, int64_t start) {
  return size - start < COPY_TILE ? (int)(size - start) : COPY_TILE;
}

static void transpose(const void *arguments, int64_t begin, int64_t end) {
  const transpose_arguments *a = arguments;
  const copy_arguments *copy = &a->copy;
  int last = copy->rank - 1, along = a->along;
  for (int64_t item = begin; item < end; item++) {
    int64_t column = item % a->tiles_last * COPY_TILE, rest = item / a->tiles_last;
    int64_t row = rest % a->tiles_along * COPY_TILE;
    rest /= a->tiles_along;
    int64_t target = row * copy->target_stride[along] + column;
    int64_t source = column * copy->source_stride[last] + row * copy->source_stride[along];
    for (int d = last - 1; d >= 0; d--) {
      if (d == along) continue;
      target += rest % copy->size[d] * copy->target_stride[d];
      source += rest % copy->size[d] * copy->source_stride[d];
      rest /= copy->size[d];
    }
    const int rows = tile_extent(copy->size[along], row), columns = tile_extent(copy->size[last], column);
    word *to = (word *)copy->target + target;
    const word *from = (const word *)copy->source + source;
    if (sizeof(word) >= 4 && rows == COPY_TILE && columns == COPY_TILE)
      transpose_whole_tile(to, copy->target_stride[along], from, copy->source_stride[last],
                           copy->source_stride[along] < 0);
    else
      transpose_tile(to, copy->target_stride[along], from, copy->source_stride[last],
                     copy->source_stride[along] < 0, rows, columns);
  }
}

// ---- Chosen by an index -------------------------------------------------------------------------------

static void select_rows(const void *arguments, int64_t begin, int64_t end) {
  const index_arguments *a = arguments;
  if (a->inner == 1 && a->outer == 1) {
    for (int64_t i = begin; i < end; i++) ((word *)a->target)[i] = ((const word *)a->source)[a->index[i] - a->base];
    return;
  }
  for (int64_t item = begin; item < end; item++) {
    int64_t o = item / a->count, i = item % a->count;
    const word *source = (const word *)a->source + (o * a->extent + a->index[i] - a->base) * a->inner;
    memcpy((word *)a->target + item * a->inner, source, (size_t)a->inner * sizeof(word));
  }
}

static void gather(const void *arguments, int64_t begin, int64_t end) {
  const line_arguments *a = arguments;
  for (int64_t line = begin; line < end; line++) {
    int64_t in_lines, in_grid;
    line_offsets(a, line, &in_lines, &in_grid);
    for (int64_t i = 0; i < a->count; i++, in_lines += a->line_step)
      ((word *)a->target)[in_lines] =
          ((const word *)a->source)[in_grid + (a->index[in_lines] - a->base) * a->grid_step];
  }
}

static void put_elements(const put_arguments *a) {
  for (int64_t i = 0; i < a->count; i++)
    ((word *)a->target)[a->position[i] - a->base] = ((const word *)a->source)[i * a->step];
}

static void put_rows(const void *arguments, int64_t begin, int64_t end) {
  const put_arguments *a = arguments;
  if (a->inner == 1) {
    put_elements(a);
    return;
  }
  for (int64_t item = begin; item < end; item++) {
    int64_t first = item * PUT_COLUMNS, width = a->inner - first < PUT_COLUMNS ? a->inner - first : PUT_COLUMNS;
    const word *source = (const word *)a->source + first * a->along;
    for (int64_t i = 0; i < a->count; i++)
      copy_row((word *)a->target + (a->position[i] - a->base) * a->inner + first, 1, source + i * a->step, a->along,
               width);
  }
}

extern const move_kernels VARIANT(move);
const move_kernels VARIANT(move) = {
    .strided = strided, .transpose = transpose, .select = select_rows, .gather = gather, .put = put_rows};
