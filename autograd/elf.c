// SPDX-License-Identifier: GPL-3.0-or-later
//
// Whether a file is a whole shared library. The dynamic linker maps a file without looking at its length: one that
// was cut short ends the process with SIGBUS, and a pipe keeps it waiting for ever.
#include "autograd/elf.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Whether `count` entries of `bytes` bytes from `offset` on lie within `size`. Nothing here can overflow: count and
// bytes have 16 bits.
static bool table_fits(uint64_t offset, uint64_t count, uint64_t bytes, uint64_t size) {
  return offset <= size && count * bytes <= size - offset;
}

static bool read_all(int file, void *target, size_t bytes, uint64_t offset) {
  return pread(file, target, bytes, (off_t)offset) == (ssize_t)bytes;
}

// Every segment that is loaded lies in the file.
static bool segments_fit(int file, const ElfW(Ehdr) * header, uint64_t size) {
  for (unsigned i = 0; i < header->e_phnum; i++) {
    ElfW(Phdr) segment;
    uint64_t at = header->e_phoff + (uint64_t)i * header->e_phentsize;
    if (!read_all(file, &segment, sizeof segment, at)) return false;
    if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset) return false;
  }
  return true;
}

static const char *file_problem(int file) {
  static const unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
  static const char no_library[] = "it is no shared library of this machine";
  struct stat status;
  ElfW(Ehdr) header;
  if (fstat(file, &status) != 0) return "it cannot be read";
  if (S_ISDIR(status.st_mode)) return "it is a directory, expected a shared library";
  if (!S_ISREG(status.st_mode)) return "it is no regular file, expected a shared library";
  uint64_t size = (uint64_t)status.st_size;
  if (!read_all(file, &header, sizeof header, 0) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return no_library;
  if (header.e_ident[EI_CLASS] != class || header.e_type != ET_DYN) return no_library;
  bool whole = header.e_phentsize == sizeof(ElfW(Phdr)) && header.e_phnum > 0 &&
               table_fits(header.e_phoff, header.e_phnum, header.e_phentsize, size) &&
               table_fits(header.e_shoff, header.e_shnum, header.e_shentsize, size) &&
               segments_fit(file, &header, size);
  return whole ? NULL : "it is no whole library: its header speaks of more than the file has";
}

const char *sg_elf_problem(const char *path) {
  int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return strerror(errno);
  const char *problem = file_problem(file);
  close(file);
  return problem;
}
