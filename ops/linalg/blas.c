// SPDX-License-Identifier: GPL-3.0-or-later
//
// OpenBLAS: its products, and whose routines it chose. An OpenBLAS that is older than the processor does not know
// it and takes the routines of one that it knows, in the worst case those for SSE3 ("Prescott"), several times
// slower.
#include <cblas.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ops/linalg/products.h"

static blasint blas_integer(int64_t value) { return (blasint)value; }

// A row distance is checked by CBLAS even when there is but one row.
static blasint row_distance(int64_t distance) { return blas_integer(distance > 0 ? distance : 1); }

void sg_product_blas(const sg_gemm *gemm, const void *a, const void *b, void *c) {
  // OpenBLAS asks OpenMP for the number of threads of the caller: a value of this thread, not of the process.
  int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  CBLAS_TRANSPOSE transpose_a = gemm->transpose_a ? CblasTrans : CblasNoTrans;
  CBLAS_TRANSPOSE transpose_b = gemm->transpose_b ? CblasTrans : CblasNoTrans;
  blasint m = blas_integer(gemm->m), n = blas_integer(gemm->n), k = blas_integer(gemm->k);
  blasint ld_a = row_distance(gemm->ld_a), ld_b = row_distance(gemm->ld_b), ld_c = row_distance(gemm->ld_c);
  if (gemm->dtype == SG_F32)
    cblas_sgemm(CblasRowMajor, transpose_a, transpose_b, m, n, k, 1.0F, a, ld_a, b, ld_b, (float)gemm->beta, c,
                ld_c);
  else
    cblas_dgemm(CblasRowMajor, transpose_a, transpose_b, m, n, k, 1.0, a, ld_a, b, ld_b, gemm->beta, c, ld_c);
  omp_set_num_threads(threads);
}

// ---- Its choice of a core ---------------------------------------------------------------------------

static bool is_one_of(const char *name, const char *const *list) {
  while (*list && strcmp(*list, name) != 0) list++;
  return *list != NULL;
}

// Of a core that is not listed nothing is said: it may be newer than this list, or of another architecture.
static int level_of_core(const char *core) {
  static const char *const sse[] = {"Prescott", "Core2",     "Penryn",     "Dunnington",   "Nehalem",   "Atom",
                                    "Nano",     "Opteron",   "Bobcat",     "Opteron_SSE3", "Barcelona", "Katmai",
                                    "Banias",   "Northwood", "Coppermine", "Athlon",       NULL};
  static const char *const avx[] = {"Sandybridge", "Bulldozer", "Piledriver", "Steamroller", NULL};
  static const char *const avx2[] = {"Haswell", "Zen", "Excavator", NULL};
  if (is_one_of(core, sse) || is_one_of(core, avx)) return 0;
  return is_one_of(core, avx2) ? 1 : 2;
}

// OpenBLAS takes its routines for Zen on every AMD processor with AVX2, also where there is AVX-512.
const char *sg_better_core(const char *core, int level, bool amd) {
  int wanted = amd && level > 1 ? 1 : level;
  if (level_of_core(core) >= wanted) return NULL;
  return wanted == 2 ? "SkylakeX" : amd ? "Zen" : "Haswell";
}

sg_products_info sg_products_describe(void) {
  bool amd = false;
#if defined(__x86_64__)
  __builtin_cpu_init();
  amd = __builtin_cpu_is("amd");
#endif
  const char *core = openblas_get_corename();
  return (sg_products_info){openblas_get_config(), core, sg_better_core(core, sg_isa_best(), amd)};
}

// What somebody has set is what he wants, be it to compare.
bool sg_blas_is_slow(int level) {
  const char *wish = getenv("OPENBLAS_CORETYPE");
  sg_products_info info = sg_products_describe();
  if (wish && strcasecmp(wish, info.core) == 0) return false;
  return info.better_core && level > level_of_core(info.core);
}
