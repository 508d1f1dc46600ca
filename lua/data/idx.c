// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/data/idx.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lua/data/byte_source.h"

enum { CHUNK_ELEMENTS = 1024, MAX_VALUE_BYTES = 8 };

// Deflate cannot shrink data by more than 1032:1, so a gzip file bounds what may be inside.
#define MAX_COMPRESSION 1032

typedef struct value_type {
  const char *name;
  size_t bytes;
  sg_dtype dtype; // of a tensor that holds the values exactly
  unsigned char code;
} value_type;

static const value_type value_types[] = {
    {"unsigned byte", 1, SG_I64, 0x08}, {"signed byte", 1, SG_I64, 0x09}, {"short", 2, SG_I64, 0x0b},
    {"int", 4, SG_I64, 0x0c},           {"float", 4, SG_F32, 0x0d},       {"double", 8, SG_F64, 0x0e},
};

typedef struct reader {
  sg_context *context;
  const char *path;
  int descriptor; // -1: not open
  byte_source source;
  uint64_t file_bytes;
  const value_type *type;
  sg_shape shape;
  int64_t elements;
} reader;

static const value_type *find_type(unsigned char code) {
  for (size_t i = 0; i < sizeof value_types / sizeof *value_types; i++) {
    if (value_types[i].code == code) return &value_types[i];
  }
  return NULL;
}

static bool ends_in_gz(const char *path) {
  size_t length = strlen(path);
  return length >= 3 && strcmp(path + length - 3, ".gz") == 0;
}

// ---- The file -------------------------------------------------------------------------------------

static sg_status system_failure(reader *r, const char *what) {
  char reason[128] = "";
  if (strerror_r(errno, reason, sizeof reason) != 0) reason[0] = '\0';
  return sg_error(r->context, SG_IO_FAILED, "idx: %s %s: %s", r->path, what, reason);
}

static sg_status source_failure(reader *r, source_status status, const char *part) {
  switch (status) {
  case SOURCE_UNREADABLE: return system_failure(r, "cannot be read");
  case SOURCE_DAMAGED:
    return sg_error(r->context, SG_IO_FAILED, "idx: %s is damaged: %s", r->path, r->source.problem);
  case SOURCE_TRAILING:
    return sg_error(r->context, SG_IO_FAILED, "idx: %s has something behind its gzip data that is no gzip data",
                    r->path);
  case SOURCE_NO_MEMORY:
    return sg_error(r->context, SG_OUT_OF_MEMORY, "idx: there is no memory to read %s", r->path);
  default:
    return sg_error(r->context, SG_IO_FAILED, "idx: %s is truncated: it ends after %llu %sbytes, inside its %s",
                    r->path, (unsigned long long)r->source.position, r->source.packed ? "uncompressed " : "", part);
  }
}

static sg_status open_file(reader *r) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  r->descriptor = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (r->descriptor < 0) return system_failure(r, "cannot be opened");
  struct stat info;
  if (fstat(r->descriptor, &info) != 0) return system_failure(r, "cannot be examined");
  if (S_ISDIR(info.st_mode)) {
    return sg_error(r->context, SG_IO_FAILED, "idx: %s is a directory, expected an IDX file", r->path);
  }
  if (!S_ISREG(info.st_mode)) {
    return sg_error(r->context, SG_IO_FAILED, "idx: %s is not a regular file", r->path);
  }
  r->file_bytes = (uint64_t)info.st_size;
  source_status status = byte_source_open(&r->source, r->descriptor);
  if (status != SOURCE_OK) return source_failure(r, status, "magic number");
  if (ends_in_gz(r->path) && !r->source.packed) {
    return sg_error(r->context, SG_IO_FAILED, "idx: %s is named .gz but does not contain gzip data", r->path);
  }
  return SG_OK;
}

static sg_status read_bytes(reader *r, unsigned char *bytes, size_t count, const char *part) {
  size_t got;
  source_status status = byte_source_read(&r->source, bytes, count, &got);
  if (got == count) return SG_OK; // a failure behind them is found by the next call
  return source_failure(r, status != SOURCE_OK ? status : SOURCE_TRUNCATED, part);
}

// Nothing may follow the values, and the checksum at the end of gzip data, which is read on the way, must be right.
static sg_status expect_end(reader *r) {
  unsigned char byte;
  size_t got;
  source_status status = byte_source_read(&r->source, &byte, 1, &got);
  if (got > 0) {
    return sg_error(r->context, SG_IO_FAILED, "idx: %s contains more than the %s values its header announces",
                    r->path, sg_shape_text(&r->shape).text);
  }
  return status == SOURCE_OK ? SG_OK : source_failure(r, status, "checksum");
}

// ---- The header -----------------------------------------------------------------------------------

static uint64_t big_endian(const unsigned char *bytes, size_t count) {
  uint64_t number = 0;
  for (size_t i = 0; i < count; i++) number = number << 8 | bytes[i];
  return number;
}

static sg_status check_size(reader *r) {
  uint64_t header_bytes = 4 + 4 * (uint64_t)r->shape.rank;
  uint64_t most = r->source.packed ? r->file_bytes * MAX_COMPRESSION : r->file_bytes - header_bytes;
  if (sg_shape_count(&r->shape, &r->elements) && (uint64_t)r->elements <= most / r->type->bytes) return SG_OK;
  return sg_error(
      r->context, SG_IO_FAILED,
      "idx: %s is truncated: its header announces %s values of type %s, more than its %llu bytes can hold", r->path,
      sg_shape_text(&r->shape).text, r->type->name, (unsigned long long)r->file_bytes);
}

static sg_status read_header(reader *r) {
  unsigned char bytes[4];
  if (read_bytes(r, bytes, 4, "magic number") != SG_OK) return SG_IO_FAILED;
  r->type = find_type(bytes[2]);
  if (bytes[0] != 0 || bytes[1] != 0 || !r->type) {
    return sg_error(r->context, SG_IO_FAILED,
                    "idx: %s is not an IDX file: it begins with %02x %02x %02x %02x, expected 00 00, a type "
                    "(08, 09, 0b, 0c, 0d or 0e) and a rank",
                    r->path, bytes[0], bytes[1], bytes[2], bytes[3]);
  }
  if (bytes[3] > SG_MAX_RANK) {
    return sg_error(r->context, SG_IO_FAILED, "idx: %s has %d dimensions, expected at most %d", r->path, bytes[3],
                    SG_MAX_RANK);
  }
  r->shape.rank = bytes[3];
  for (int d = 0; d < r->shape.rank; d++) {
    if (read_bytes(r, bytes, 4, "header") != SG_OK) return SG_IO_FAILED;
    r->shape.size[d] = (int64_t)big_endian(bytes, 4);
  }
  return check_size(r);
}

// ---- The values -----------------------------------------------------------------------------------

// Every IDX value is exact as a double.
static void decode(const value_type *type, const unsigned char *bytes, size_t count, double *values) {
  switch (type->code) {
  case 0x08:
    for (size_t i = 0; i < count; i++) values[i] = bytes[i];
    break;
  case 0x09:
    for (size_t i = 0; i < count; i++) values[i] = (int8_t)bytes[i];
    break;
  case 0x0b:
    for (size_t i = 0; i < count; i++) values[i] = (int16_t)big_endian(bytes + 2 * i, 2);
    break;
  case 0x0c:
    for (size_t i = 0; i < count; i++) values[i] = (int32_t)big_endian(bytes + 4 * i, 4);
    break;
  case 0x0d:
    for (size_t i = 0; i < count; i++) {
      uint32_t bits = (uint32_t)big_endian(bytes + 4 * i, 4);
      float value;
      memcpy(&value, &bits, sizeof value);
      values[i] = (double)value;
    }
    break;
  default:
    for (size_t i = 0; i < count; i++) {
      uint64_t bits = big_endian(bytes + 8 * i, 8);
      memcpy(&values[i], &bits, sizeof bits);
    }
  }
}

// In the dtype of a tensor.
typedef union elements {
  float f32[CHUNK_ELEMENTS];
  double f64[CHUNK_ELEMENTS];
  uint8_t u8[CHUNK_ELEMENTS];
  int64_t i64[CHUNK_ELEMENTS];
} elements;

// -0 + 0 is 0, while -0 + -0 and every other x + -0 is x.
static void convert(sg_dtype dtype, elements *to, const double *values, size_t count,
                    const sg_idx_options *options) {
  const double scale = options->scale, offset = options->offset == 0 ? -0.0 : options->offset;
  if (dtype == SG_F32) {
    for (size_t i = 0; i < count; i++) to->f32[i] = (float)(values[i] * scale + offset);
  } else if (dtype == SG_F64) {
    for (size_t i = 0; i < count; i++) to->f64[i] = values[i] * scale + offset;
  } else if (dtype == SG_U8) {
    for (size_t i = 0; i < count; i++) to->u8[i] = (uint8_t)values[i];
  } else {
    for (size_t i = 0; i < count; i++) to->i64[i] = (int64_t)(values[i] + offset);
  }
}

// u8 is for the bytes of a file as they are.
static sg_status check_bytes(reader *r, const sg_idx_options *options) {
  if (r->type->code != 0x08) {
    return sg_error(r->context, SG_INVALID_ARGUMENT, "idx: %s has values of type %s, expected dtype %s, not u8",
                    r->path, r->type->name, r->type->dtype == SG_I64 ? "i64, f32 or f64" : "f32 or f64");
  }
  if (options->scale == 1.0 && options->offset == 0.0) return SG_OK;
  return sg_error(r->context, SG_INVALID_ARGUMENT,
                  "idx: scale is %g and offset is %g, expected 1 and 0 for dtype u8", options->scale,
                  options->offset);
}

static sg_status check_options(reader *r, const sg_idx_options *options, sg_dtype dtype) {
  if (!isfinite(options->scale) || !isfinite(options->offset)) {
    return sg_error(r->context, SG_INVALID_ARGUMENT, "idx: scale is %g and offset is %g, expected finite numbers",
                    options->scale, options->offset);
  }
  if (sg_dtype_is_floating(dtype)) return SG_OK;
  if (dtype == SG_U8) return check_bytes(r, options);
  if (dtype != SG_I64) {
    return sg_error(r->context, SG_INVALID_ARGUMENT, "idx: dtype is %s, expected f32, f64, i64 or u8",
                    sg_dtype_name(dtype));
  }
  if (r->type->dtype != SG_I64) {
    return sg_error(r->context, SG_INVALID_ARGUMENT,
                    "idx: %s has values of type %s, expected dtype f32 or f64, not i64", r->path, r->type->name);
  }
  if (options->scale != 1.0 || options->offset != nearbyint(options->offset) || fabs(options->offset) > 0x1p52) {
    return sg_error(r->context, SG_INVALID_ARGUMENT,
                    "idx: scale is %g and offset is %g, expected 1 and a whole number for dtype i64",
                    options->scale, options->offset);
  }
  return SG_OK;
}

static sg_status read_values(reader *r, sg_tensor *tensor, const sg_idx_options *options) {
  const sg_dtype dtype = sg_tensor_dtype(tensor);
  unsigned char bytes[CHUNK_ELEMENTS * MAX_VALUE_BYTES];
  double values[CHUNK_ELEMENTS];
  elements converted;
  for (int64_t start = 0; start < r->elements; start += CHUNK_ELEMENTS) {
    int64_t left = r->elements - start;
    size_t count = left < CHUNK_ELEMENTS ? (size_t)left : CHUNK_ELEMENTS;
    if (read_bytes(r, bytes, count * r->type->bytes, "values") != SG_OK) return SG_IO_FAILED;
    decode(r->type, bytes, count, values);
    convert(dtype, &converted, values, count, options);
    if (sg_tensor_put(tensor, start, (int64_t)count, &converted, "idx")) return sg_error_status(r->context);
  }
  return expect_end(r);
}

static sg_tensor *read_tensor(reader *r, const sg_idx_options *options) {
  if (open_file(r) != SG_OK || read_header(r) != SG_OK) return NULL;
  sg_dtype dtype = options->dtype ? options->dtype : r->type->dtype;
  if (check_options(r, options, dtype) != SG_OK) return NULL;
  sg_tensor *tensor = sg_tensor_new(r->context, dtype, &r->shape);
  if (!tensor || read_values(r, tensor, options) != SG_OK) return NULL;
  return tensor;
}

sg_tensor *sg_idx_read(sg_context *context, const char *path, const sg_idx_options *options) {
  if (sg_error_status(context) != SG_OK) return NULL;
  reader r = {.context = context, .path = path, .descriptor = -1};
  sg_idx_options defaults = SG_IDX_DEFAULTS;
  sg_scope scope = sg_scope_open(context);
  sg_tensor *tensor = read_tensor(&r, options ? options : &defaults);
  byte_source_close(&r.source);
  if (r.descriptor >= 0) close(r.descriptor);
  return sg_scope_return(context, scope, tensor);
}
