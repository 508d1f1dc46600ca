// SPDX-License-Identifier: GPL-3.0-or-later
#include "lua/bind/base/check.h"
#include "lua/bind/base/number.h"

lua_numeric numeric_integer(int64_t value) { return sg_whole(value); }
lua_numeric numeric_real(double value) { return sg_real(value); }

lua_numeric numeric_of(lua_State *L, int index) {
  if (lua_isboolean(L, index)) return numeric_integer(lua_toboolean(L, index));
  return lua_isinteger(L, index) ? numeric_integer(lua_tointeger(L, index)) : numeric_real(lua_tonumber(L, index));
}

bool is_number(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TNUMBER || lua_type(L, index) == LUA_TBOOLEAN;
}

lua_numeric numeric_check(lua_State *L, int index, const char *function, const char *name) {
  number_check(L, index, function, name);
  return numeric_of(L, index);
}

sg_tensor *numeric_full(sg_context *context, sg_dtype dtype, const sg_shape *shape, lua_numeric number) {
  return number.whole ? sg_tensor_full_integer(context, dtype, shape, number.integer)
                      : sg_tensor_full(context, dtype, shape, number.value);
}

bool numeric_store(void *data, sg_dtype dtype, int64_t position, lua_numeric number) {
  if (dtype == SG_F32) {
    ((float *)data)[position] = number.whole ? (float)number.integer : (float)number.value;
  } else if (dtype == SG_F64) {
    ((double *)data)[position] = number.value;
  } else if (dtype == SG_BOOL) {
    ((uint8_t *)data)[position] = number.value != 0;
  } else {
    if (!number.whole && number.value != 0) return false;
    if (dtype == SG_I64) {
      ((int64_t *)data)[position] = number.integer;
    } else {
      if (number.integer < 0 || number.integer > UINT8_MAX) return false;
      ((uint8_t *)data)[position] = (uint8_t)number.integer;
    }
  }
  return true;
}
