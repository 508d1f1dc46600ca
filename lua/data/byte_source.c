// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/data/byte_source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { GZIP_ONLY = 16 }; // added to inflate's window size

// Adds bytes of the file to those not used yet. At its end there are none.
static source_status fill(byte_source *source) {
  z_stream *stream = &source->stream;
  memmove(source->buffer, stream->next_in, stream->avail_in);
  stream->next_in = source->buffer;
  ssize_t count;
  do count = read(source->descriptor, source->buffer + stream->avail_in, sizeof source->buffer - stream->avail_in);
  while (count < 0 && errno == EINTR);
  if (count < 0) return SOURCE_UNREADABLE;
  stream->avail_in += (unsigned)count;
  return SOURCE_OK;
}

// Makes sure of two bytes, as far as the file has them.
static source_status fill_two(byte_source *source) {
  unsigned before;
  do {
    before = source->stream.avail_in;
    if (before >= 2) return SOURCE_OK;
    source_status status = fill(source);
    if (status != SOURCE_OK) return status;
  } while (source->stream.avail_in > before);
  return SOURCE_OK;
}

static bool begins_gzip(const byte_source *source) {
  const z_stream *stream = &source->stream;
  return stream->avail_in >= 2 && stream->next_in[0] == 0x1f && stream->next_in[1] == 0x8b;
}

source_status byte_source_open(byte_source *source, int descriptor) {
  source->descriptor = descriptor;
  source->packed = source->between = false;
  source->problem = "";
  source->position = 0;
  source->stream = (z_stream){.next_in = source->buffer};
  source_status status = fill_two(source);
  if (status != SOURCE_OK || !begins_gzip(source)) return status;
  if (inflateInit2(&source->stream, MAX_WBITS + GZIP_ONLY) != Z_OK) return SOURCE_NO_MEMORY;
  source->packed = true;
  return SOURCE_OK;
}

void byte_source_close(byte_source *source) {
  if (source->packed) inflateEnd(&source->stream);
  source->packed = false;
}

// Behind a member: `ended` at the end of the file, else the next member has begun.
static source_status next_member(byte_source *source, bool *ended) {
  source_status status = fill_two(source);
  *ended = source->stream.avail_in == 0;
  if (status != SOURCE_OK || *ended) return status;
  if (!begins_gzip(source)) return SOURCE_TRAILING;
  source->between = false;
  return inflateReset(&source->stream) == Z_OK ? SOURCE_OK : SOURCE_NO_MEMORY;
}

static source_status inflate_some(byte_source *source) {
  z_stream *stream = &source->stream;
  if (stream->avail_in == 0) {
    source_status status = fill(source);
    if (status != SOURCE_OK) return status;
    if (stream->avail_in == 0) return SOURCE_TRUNCATED;
  }
  int code = inflate(stream, Z_NO_FLUSH);
  source->between = code == Z_STREAM_END;
  if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return SOURCE_OK;
  source->problem = stream->msg ? stream->msg : "a dictionary is missing";
  return code == Z_MEM_ERROR ? SOURCE_NO_MEMORY : SOURCE_DAMAGED;
}

static source_status read_packed(byte_source *source) {
  while (source->stream.avail_out > 0) {
    bool ended = false;
    source_status status = source->between ? next_member(source, &ended) : inflate_some(source);
    if (status != SOURCE_OK || ended) return status;
  }
  return SOURCE_OK;
}

static source_status read_plain(byte_source *source) {
  z_stream *stream = &source->stream;
  while (stream->avail_out > 0) {
    if (stream->avail_in == 0) {
      source_status status = fill(source);
      if (status != SOURCE_OK || stream->avail_in == 0) return status;
    }
    unsigned count = stream->avail_in < stream->avail_out ? stream->avail_in : stream->avail_out;
    memcpy(stream->next_out, stream->next_in, count);
    stream->next_in += count;
    stream->avail_in -= count;
    stream->next_out += count;
    stream->avail_out -= count;
  }
  return SOURCE_OK;
}

source_status byte_source_read(byte_source *source, unsigned char *bytes, size_t count, size_t *got) {
  source->stream.next_out = bytes;
  source->stream.avail_out = (unsigned)count;
  source_status status = source->packed ? read_packed(source) : read_plain(source);
  *got = count - source->stream.avail_out;
  source->position += *got;
  return status;
}
