// SPDX-License-Identifier: GPL-3.0-or-later
//
// The bytes of a file, unpacked if it is gzip data (RFC 1952), also of several members. zlib's own gzread takes
// whatever follows the data for their end; here it is an error.
#ifndef SELENOGRAD_LUA_BYTE_SOURCE_H
#define SELENOGRAD_LUA_BYTE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

typedef enum source_status {
  SOURCE_OK,
  SOURCE_UNREADABLE, // errno says why
  SOURCE_DAMAGED,    // `problem` says why
  SOURCE_TRUNCATED,  // the gzip data have no end
  SOURCE_TRAILING,   // something that is no gzip data follows them
  SOURCE_NO_MEMORY,
} source_status;

typedef struct byte_source {
  int descriptor; // not owned
  bool packed;    // gzip data
  bool between;   // a member is complete; another one or the end of the file follows
  const char *problem;
  uint64_t position; // of the next byte, unpacked
  z_stream stream;   // its input is the part of `buffer` not used yet, also for plain files
  unsigned char buffer[1 << 15];
} byte_source;

// Looks at the first bytes of an open file. Close with byte_source_close, whatever the result.
source_status byte_source_open(byte_source *source, int descriptor);
void byte_source_close(byte_source *source);
// Reads up to `count` bytes; fewer (`got`) only at the end.
source_status byte_source_read(byte_source *source, unsigned char *bytes, size_t count, size_t *got);

#endif
