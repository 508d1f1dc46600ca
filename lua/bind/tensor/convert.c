// SPDX-License-Identifier: GPL-3.0-or-later
//
// x:to_(dtype), which changes the dtype of a leaf and leaves the Lua value what it is.
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/tensor/tensor.h"

typedef struct conversion {
  lua_tensor *slot;
  sg_dtype dtype;
} conversion;

static bool convert_work(sg_context *context, void *block) {
  conversion *p = block;
  if (p->slot->tensor == NULL) { // a finalizer has run since the arguments were checked
    sg_error(context, SG_INVALID_STATE, "to_: the tensor was freed");
    return false;
  }
  sg_tensor *converted = sg_retain(sg_leaf_convert(p->slot->tensor, p->dtype));
  if (converted == NULL) return false;
  tensor_slot_free(p->slot);
  p->slot->tensor = converted;
  return true;
}

// x:to_(dtype): x itself has the dtype from now on, and its gradient too. For a leaf; whoever holds x, an optimizer
// for example, goes on with it. Memory is no longer shared with views of x made before. Returns x.
static int tensor_convert(lua_State *L) {
  const sg_tensor *x = tensor_check(L, 1, "to_", "self");
  conversion p = {tensor_slot(L, 1), dtype_check(L, 2, "to_")};
  if (binding_open(L)->emergency) binding_error(L, "to_: memory is being collected, and x may be in use meanwhile");
  if (sg_tensor_dtype(x) != p.dtype) binding_run(L, binding_open(L), convert_work, &p);
  lua_settop(L, 1);
  return 1;
}

// x:float() is x:to("f32"), and so on.
static int to_dtype(lua_State *L, const char *name, sg_dtype dtype) {
  tensor_check(L, 1, name, "self");
  lua_settop(L, 1);
  lua_getiuservalue(L, lua_upvalueindex(1), BINDING_METHODS);
  lua_getfield(L, -1, "to");
  lua_pushvalue(L, 1);
  lua_pushstring(L, sg_dtype_name(dtype));
  lua_call(L, 2, 1);
  return 1;
}

static int tensor_float(lua_State *L) { return to_dtype(L, "float", SG_F32); }
static int tensor_double(lua_State *L) { return to_dtype(L, "double", SG_F64); }
static int tensor_long(lua_State *L) { return to_dtype(L, "long", SG_I64); }
static int tensor_bool(lua_State *L) { return to_dtype(L, "bool", SG_BOOL); }
static int tensor_byte(lua_State *L) { return to_dtype(L, "byte", SG_U8); }

const binding_function convert_methods[] = {
    {"to_", tensor_convert, 2}, {"float", tensor_float, 1}, {"double", tensor_double, 1},
    {"long", tensor_long, 1},   {"bool", tensor_bool, 1},   {"byte", tensor_byte, 1},
    {NULL, NULL, 0},
};
