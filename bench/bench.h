// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the benchmarks share: medians of repeated timings, and the machine's own floor.
#ifndef SELENOGRAD_BENCH_H
#define SELENOGRAD_BENCH_H

#include <stddef.h>

typedef void bench_function(void *argument);

// Seconds of a monotonic clock.
double bench_now(void);
// Seconds of one call, over `repeats` calls (101 at most) after two unmeasured ones.
typedef struct bench_times {
  double median, fastest;
} bench_times;
bench_times bench_measure(bench_function *function, void *argument, int repeats);
// Their median.
double bench_median(bench_function *function, void *argument, int repeats);
// Seconds that one thread takes to move a byte: a copy of `bytes` bytes reads and writes 2 * bytes.
double bench_copy_seconds_per_byte(size_t bytes);

#endif
