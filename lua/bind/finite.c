// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the library's modules ask of the values of a tensor before they go on.
#include "lua/bind/base/handle.h"
#include "lua/bind/functions.h"
#include <math.h>

// first_not_finite(x): the position of the first element that is NaN or infinite, counted from 1, or nil. The
// answer is a step of the values, so unlike item() it takes no number out of a custom op's arguments.
static int first_not_finite(lua_State *L) {
  const sg_tensor *x = tensor_check(L, 1, "first_not_finite", "x");
  const int64_t count = sg_dtype_is_floating(sg_tensor_dtype(x)) ? sg_tensor_elements(x) : 0;
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(sg_tensor_value(x, i))) return lua_pushinteger(L, i + 1), 1;
  return lua_pushnil(L), 1;
}

const binding_function finite_functions[] = {{"first_not_finite", first_not_finite, 1}, {NULL, NULL, 0}};
