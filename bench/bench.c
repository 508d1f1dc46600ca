// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

bench_times bench_measure(bench_function *function, void *argument, int repeats) {
  double times[101];
  if (repeats > 101) repeats = 101;
  for (int i = 0; i < 2; i++) function(argument);
  for (int i = 0; i < repeats; i++) {
    double start = bench_now();
    function(argument);
    times[i] = bench_now() - start;
  }
  qsort(times, (size_t)repeats, sizeof *times, compare);
  return (bench_times){.median = times[repeats / 2], .fastest = times[0]};
}

double bench_median(bench_function *function, void *argument, int repeats) {
  return bench_measure(function, argument, repeats).median;
}

typedef struct copy {
  char *source, *target;
  size_t bytes;
} copy;

static void run_copy(void *argument) {
  copy *c = argument;
  memcpy(c->target, c->source, c->bytes);
  c->source[0]++; // so that no copy is like the one before
}

double bench_copy_seconds_per_byte(size_t bytes) {
  copy c = {malloc(bytes), malloc(bytes), bytes};
  if (!c.source || !c.target) exit(1);
  memset(c.source, 1, bytes);
  memset(c.target, 2, bytes);
  double seconds = bench_median(run_copy, &c, 21);
  free(c.source);
  free(c.target);
  return seconds / (2 * (double)bytes);
}
