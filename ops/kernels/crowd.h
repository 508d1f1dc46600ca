// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sums that an index deals out to places. `real` takes up to CROWD additions at one place, as in every sum here. A
// place at which more arrive gets a seat: a sum of its own in double, rounded once. Counting the visits first costs
// little beside adding rows, and there are at most count / CROWD seats, however large the target is.
#ifndef SELENOGRAD_KERNELS_CROWD_H
#define SELENOGRAD_KERNELS_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { CROWD = 255 }; // what a byte can count

typedef struct crowd {
  int64_t extent;  // places
  int32_t *seat;   // of every place; -1: none
  int64_t *place;  // of every seat
  uint8_t *visits; // to every place, CROWD at most; before that, the counters of the screen
} crowd;

enum { SCREEN_BITS = 10, SCREEN_LOAD = 64 };

// The counters of the screen: 2^bits, so many that each sees SCREEN_LOAD visits when they are spread evenly.
static inline int crowd_screen_bits(int64_t count) {
  int bits = SCREEN_BITS;
  while (count >> bits > SCREEN_LOAD) bits++;
  return bits;
}

// How many of `extent` places can be crowded by `count` visits.
static inline int64_t crowd_seats(int64_t extent, int64_t count) {
  int64_t seats = count > CROWD ? count / CROWD : 0;
  return seats < extent ? seats : extent;
}

static inline size_t crowd_whole_lines(size_t bytes) { return (bytes + 63) / 64 * 64; }

// What a crowd takes up that `count` visits can give so many seats.
static inline size_t crowd_bytes(int64_t extent, int64_t count, int64_t seats) {
  size_t screen = (size_t)1 << crowd_screen_bits(count), visits = (size_t)extent;
  return crowd_whole_lines((size_t)extent * sizeof(int32_t)) + crowd_whole_lines((size_t)seats * sizeof(int64_t)) +
         crowd_whole_lines(visits > screen ? visits : screen);
}

static inline crowd crowd_at(char *space, int64_t extent, int64_t seats) {
  crowd c = {.extent = extent, .seat = (int32_t *)(void *)space};
  space += crowd_whole_lines((size_t)extent * sizeof(int32_t));
  c.place = (int64_t *)(void *)space;
  c.visits = (uint8_t *)space + crowd_whole_lines((size_t)seats * sizeof(int64_t));
  return c;
}

// Whether single elements are added faster in double everywhere than after a count of the visits.
static inline bool crowd_is_dense(int64_t extent, int64_t count) { return extent <= count && extent <= 1 << 15; }

// Whether a place may be crowded. Places share counters, few enough to stay in the cache: as a rule none runs over.
static inline bool crowd_is_possible(const crowd *c, const int64_t *index, int64_t step, int64_t count,
                                     int64_t base) {
  int bits = crowd_screen_bits(count);
  memset(c->visits, 0, (size_t)1 << bits);
  bool possible = false;
  for (int64_t i = 0; i < count; i++) {
    uint64_t mixed = (uint64_t)(index[i * step] - base) * UINT64_C(0x9E3779B97F4A7C15); // 2^64 / golden ratio
    possible |= ++c->visits[mixed >> (64 - bits)] == 0;
  }
  return possible;
}

// Gives seats to the places that CROWD or more of the indices name, in the order in which they are named first, if
// any place is named more often than that. Returns the number of seats; with 0 of them `seat` is not filled in.
static inline int64_t crowd_take_seats(const crowd *c, const int64_t *index, int64_t step, int64_t count,
                                       int64_t base) {
  if (!crowd_is_possible(c, index, step, count, base)) return 0;
  memset(c->visits, 0, (size_t)c->extent);
  bool crowded = false;
  for (int64_t i = 0; i < count; i++) {
    uint8_t *visits = &c->visits[index[i * step] - base];
    bool full = *visits == CROWD;
    crowded |= full;
    *visits += !full;
  }
  if (!crowded) return 0;
  memset(c->seat, -1, (size_t)c->extent * sizeof(int32_t));
  int64_t seats = 0;
  for (int64_t i = 0; i < count; i++) {
    int64_t place = index[i * step] - base;
    if (c->visits[place] < CROWD || c->seat[place] >= 0) continue;
    c->seat[place] = (int32_t)seats;
    c->place[seats++] = place;
  }
  return seats;
}

#endif
