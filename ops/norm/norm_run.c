// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/norm/norm_run.h"

#include "ops/select_kernels.h"

// ---- The plan -------------------------------------------------------------------------------------------

enum {
  SHORT_SPREAD = 64,   // parts shorter than this are walked element by element
  SHORT_RUN = 64,      // runs up to this length are walked side by side, where there are
  MANY_SEGMENTS = 8,   // so many segments, or are
  SHORTEST_RUN = 16,   // so short
  ENOUGH_ITEMS = 16,   // for every core to find work without dealing out what one block needs
  LEAST_SHARE = 16384, // elements
  LEAST_ROWS = 32,     // of a panel
  FEW_CHUNKS = 4,      // of LEAST_SHARE elements each; more only of
  LEAST_CHUNK = 65536, // elements, as each has sums of its own for every parameter
  FINISHED = 256,      // blocks
};

static int64_t at_most(int64_t value, int64_t limit) { return value < limit ? value : limit; }
static int64_t at_least(int64_t value, int64_t limit) { return value > limit ? value : limit; }

int64_t sg_norm_extent(const sg_shape *x, int from, int to) {
  int64_t extent = 1;
  for (int d = from; d < to; d++) {
    if (__builtin_mul_overflow(extent, x->size[d], &extent)) return 1 << 15;
  }
  return extent;
}

// The form with the fewest distinctions that the loops need.
static norm_plan canonical(norm_geometry g, bool affine) {
  norm_plan plan = {.affine = affine, .fold = 1};
  if (norm_groups(&g) == 0 || g.segments * norm_run(&g) == 0) {
    // nothing is computed
  } else if (!affine) {
    g.spread *= g.parts;
    g.parts = 1;
    if (g.segments == 1) {
      g.groups *= g.outer;
      g.outer = 1;
    }
  } else if (g.parts > 1 && g.spread < SHORT_SPREAD) {
    plan.fold = g.spread;
    g.parts *= g.spread;
    g.spread = 1;
  }
  plan.geometry = g;
  return plan;
}

static norm_cut cut_of(const norm_geometry *g) {
  norm_cut cut = {.together = 1, .shares = 1, .bundle = 1};
  int64_t run = norm_run(g);
  if (norm_groups(g) == 0 || g->segments * run == 0) return cut;
  int64_t elements = norm_groups(g) * g->segments * run;
  cut.panels = g->parts == 1 && run <= SHORT_RUN && (g->segments >= MANY_SEGMENTS || run < SHORTEST_RUN);
  if (cut.panels) cut.together = NORM_COLUMNS / run;
  cut.blocks = g->outer * ((g->groups - 1) / cut.together + 1);
  cut.piece = at_most(run, NORM_PIECE);
  cut.pieces = (run - 1) / cut.piece + 1;
  if (cut.pieces == 1) cut.bundle = at_most(at_least(NORM_PIECE / run, 1), g->segments);
  cut.units = cut.panels ? g->segments : ((g->segments - 1) / cut.bundle + 1) * cut.pieces;
  int64_t wanted = (ENOUGH_ITEMS - 1) / cut.blocks + 1, affordable = elements / cut.blocks / LEAST_SHARE;
  int64_t most = cut.panels ? cut.units / LEAST_ROWS : cut.units;
  cut.shares = at_least(1, at_most(wanted, at_most(affordable, most)));
  if (run < NORM_PIECE) {
    int64_t few = at_most(elements / LEAST_SHARE, FEW_CHUNKS), many = at_most(elements / LEAST_CHUNK, ENOUGH_ITEMS);
    cut.chunks = at_least(1, at_most(at_least(few, many), g->outer));
  }
  return cut;
}

norm_plan sg_norm_plan(norm_geometry geometry, norm_moments moments, double eps, bool affine) {
  norm_plan plan = canonical(geometry, affine);
  plan.moments = moments;
  plan.eps = eps;
  plan.cut = cut_of(&plan.geometry);
  return plan;
}

// Whether a pass is a sequence of loops over all blocks.
static bool has_phases(const norm_plan *plan) { return plan->cut.shares > 1; }
static bool has_backward_phases(const norm_plan *plan) {
  return plan->cut.shares > 1 || (norm_is_elementwise(&plan->geometry) && plan->cut.chunks == 0);
}

static int64_t grain_of(const norm_plan *plan) {
  const norm_geometry *g = &plan->geometry;
  return sg_grain(plan->cut.together * g->segments * norm_run(g));
}

// ---- Scratch --------------------------------------------------------------------------------------------

// Hands out pieces of the scratch space; without any it measures.
typedef struct space {
  char *start;
  size_t used;
} space;

static void *take(space *s, int64_t count, size_t size) {
  size_t at = s->used;
  s->used += ((size_t)count * size + 63) / 64 * 64;
  return s->start ? s->start + at : NULL;
}

static int64_t parameter_columns(const norm_geometry *g) { return g->groups * g->parts; }

static void place_forward(space *s, const norm_plan *plan, void **vectors, norm_forward_arguments *a) {
  const norm_cut *cut = &plan->cut;
  for (int v = 0; norm_is_elementwise(&plan->geometry) && v < 2; v++) {
    vectors[v] = take(s, parameter_columns(&plan->geometry), sizeof(double));
  }
  if (!has_phases(plan)) return;
  a->sums = take(s, cut->shares * cut->blocks, cut->panels ? sizeof(norm_panel_sums) : sizeof(norm_sums));
  a->maps = take(s, cut->blocks, cut->panels ? sizeof(norm_panel_map) : sizeof(norm_map));
}

static void place_backward(space *s, const norm_plan *plan, void **vector, norm_backward_arguments *a) {
  const norm_geometry *g = &plan->geometry;
  const norm_cut *cut = &plan->cut;
  bool elementwise = norm_is_elementwise(g), phases = has_backward_phases(plan);
  a->columns = parameter_columns(g);
  if (cut->blocks == 0) return; // without an element
  a->rows = !elementwise ? g->outer : cut->chunks > 0 ? cut->chunks : 1;
  if (elementwise) *vector = take(s, a->columns, sizeof(double));
  if (plan->affine) a->contributions = take(s, a->rows * 2 * a->columns, sizeof(double));
  if (elementwise && !phases) a->lanes = take(s, cut->chunks * 2 * norm_run(g), sizeof(double));
  if (cut->panels) {
    if (phases) a->sums = take(s, cut->shares * cut->blocks, sizeof(norm_panel_products));
    if (phases) a->maps = take(s, cut->blocks, sizeof(norm_panel_back_map));
  } else if (phases || !elementwise) {
    a->sums = take(s, cut->shares * cut->blocks * (elementwise ? 1 : g->parts), sizeof(norm_products));
    if (phases) a->maps = take(s, cut->blocks, sizeof(norm_back_map));
  }
}

size_t sg_norm_forward_scratch(const norm_plan *plan) {
  space measured = {0};
  void *vectors[2];
  place_forward(&measured, plan, vectors, &(norm_forward_arguments){0});
  return measured.used;
}

size_t sg_norm_backward_scratch(const norm_plan *plan) {
  space measured = {0};
  void *vector;
  place_backward(&measured, plan, &vector, &(norm_backward_arguments){0});
  return measured.used;
}

// ---- The passes -----------------------------------------------------------------------------------------

// A vector along the run as the loops take it: itself, or spread out where parts share its elements, or are
// without.
static const void *spread_out(const sg_call *call, const norm_plan *plan, const void *values, double absent,
                              void *out) {
  if (values && plan->fold == 1) return values;
  norm_spread_arguments a = {.values = values, .absent = absent, .fold = plan->fold, .out = out};
  sg_kernels_for(call->context, call->dtype)->norm_forward->spread(&a, 0, parameter_columns(&plan->geometry));
  return out;
}

void sg_norm_forward(const sg_call *call, const norm_plan *plan, norm_forward_arguments a) {
  const norm_forward_kernels *kernels = sg_kernels_for(call->context, call->dtype)->norm_forward;
  const norm_cut *cut = &plan->cut;
  void *vectors[2] = {NULL, NULL};
  space scratch = {call->scratch, 0};
  a.plan = plan;
  place_forward(&scratch, plan, vectors, &a);
  if (norm_is_elementwise(&plan->geometry)) {
    a.gamma = spread_out(call, plan, a.gamma, 1, vectors[0]);
    a.beta = spread_out(call, plan, a.beta, 0, vectors[1]);
  }
  if (!has_phases(plan)) {
    sg_parallel(call->context, cut->blocks, grain_of(plan), kernels->whole, &a);
    return;
  }
  sg_parallel(call->context, cut->blocks * cut->shares, 1, kernels->moments, &a);
  sg_parallel(call->context, cut->blocks, FINISHED, kernels->finish, &a);
  sg_parallel(call->context, cut->blocks * cut->shares, 1, kernels->apply, &a);
  sg_parallel(call->context, cut->blocks, FINISHED, kernels->mend, &a);
}

static void run_backward(const sg_call *call, const norm_plan *plan, const norm_backward_arguments *a) {
  const norm_backward_kernels *kernels = sg_kernels_for(call->context, call->dtype)->norm_backward;
  const norm_cut *cut = &plan->cut;
  const norm_geometry *g = &plan->geometry;
  bool elementwise = norm_is_elementwise(g);
  if (!has_backward_phases(plan)) {
    sg_parallel(call->context, elementwise ? cut->chunks : cut->blocks, elementwise ? 1 : grain_of(plan),
                elementwise ? kernels->rows : kernels->whole, a);
    return;
  }
  int64_t grain = cut->shares > 1 ? 1 : grain_of(plan), slices = (norm_run(g) - 1) / NORM_SLICE + 1;
  sg_parallel(call->context, cut->blocks * cut->shares, grain, kernels->sums, a);
  sg_parallel(call->context, cut->blocks, FINISHED, kernels->finish, a);
  if (elementwise) {
    sg_parallel(call->context, g->groups * slices, sg_grain(g->outer * NORM_SLICE), kernels->columns, a);
  } else {
    sg_parallel(call->context, cut->blocks * cut->shares, 1, kernels->apply, a);
  }
  sg_parallel(call->context, cut->blocks, FINISHED, kernels->mend, a);
}

void sg_norm_backward(const sg_call *call, const norm_plan *plan, norm_backward_arguments a) {
  const norm_backward_kernels *kernels = sg_kernels_for(call->context, call->dtype)->norm_backward;
  void *vector = NULL;
  space scratch = {call->scratch, 0};
  a.plan = plan;
  place_backward(&scratch, plan, &vector, &a);
  if (!a.d_gamma && !a.d_beta) a.contributions = NULL;
  if (plan->cut.blocks > 0) {
    if (norm_is_elementwise(&plan->geometry)) a.gamma = spread_out(call, plan, a.gamma, 1, vector);
    run_backward(call, plan, &a);
  } else {
    a.rows = 0;
  }
  if (!a.d_gamma && !a.d_beta) return;
  sg_parallel(call->context, a.columns / plan->fold, sg_grain(a.rows * plan->fold * 2), kernels->parameters, &a);
}
