// SPDX-License-Identifier: GPL-3.0-or-later
//
// OpenBLAS takes a buffer for each processor while it is loaded, and tries for ever where the address space is
// limited (ulimit -v) and has no room for them. The only code of a program that runs before that of its libraries
// is what .preinit_array lists: it can still say what is wrong.
//
// A sanitizer takes terabytes of address space, so that no limit is possible, and is not ready at this time.
#if !defined(__SANITIZE_ADDRESS__)

#define _GNU_SOURCE // for the set of processors
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static const uint64_t buffer_bytes = UINT64_C(128) << 20; // OpenBLAS's, for each thread
static const uint64_t program_bytes = UINT64_C(64) << 20; // what is needed beside them to start

// The threads that OpenBLAS prepares for: OMP_NUM_THREADS where that is a lower number than that of the processors.
static unsigned count_threads(char **environment) {
  static const char name[] = "OMP_NUM_THREADS=";
  cpu_set_t processors;
  int available = sched_getaffinity(0, sizeof processors, &processors) == 0 ? CPU_COUNT(&processors) : 1;
  unsigned count = available > 0 ? (unsigned)available : 1, wanted = 0;
  for (; *environment != NULL; environment++)
    if (strncmp(*environment, name, sizeof name - 1) == 0)
      for (const char *digit = *environment + sizeof name - 1; *digit >= '0' && *digit <= '9' && wanted < count;
           digit++)
        wanted = 10 * wanted + (unsigned)(*digit - '0');
  return wanted > 0 && wanted < count ? wanted : count;
}

static void probe(int argc, char **argv, char **environment) {
  (void)argc;
  (void)argv;
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  uint64_t bytes = count_threads(environment) * buffer_bytes + program_bytes;
  void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (block != MAP_FAILED) {
    munmap(block, bytes);
    return;
  }
  char message[200];
  int length =
      snprintf(message, sizeof message,
               "selenograd: the limit on the address space (ulimit -v) is too low: OpenBLAS needs %u MB to "
               "start on this machine, less with OMP_NUM_THREADS=1\n",
               (unsigned)(bytes >> 20));
  if (write(STDERR_FILENO, message, (size_t)length) != length) _exit(2);
  _exit(2);
}

__attribute__((section(".preinit_array"), used)) static void (*const probe_address)(int, char **, char **) = probe;

#else
typedef int address_space_is_not_limited;
#endif
