// SPDX-License-Identifier: GPL-3.0-or-later
//
// info(): what Selenograd runs on, and what is wrong with it.
#include "lua/bind/base/table.h"
#include "lua/bind/functions.h"
#include "ops/ops.h"
#include <jansson.h>
#include <string.h>
#include <zlib.h>

// OpenBLAS says "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...".
static void set_openblas(lua_State *L) {
  sg_products_info info = sg_products_describe();
  const char *version = strchr(info.library, ' ');
  version = version != NULL ? version + 1 : info.library;
  lua_pushlstring(L, version, strcspn(version, " "));
  lua_setfield(L, -2, "openblas");
  table_set_text(L, "openblas_build", info.library);
  table_set_text(L, "openblas_core", info.core);
  if (info.better_core != NULL) table_set_text(L, "openblas_better_core", info.better_core);
}

void binding_push_warnings(lua_State *L, binding *b) {
  const char *f32 = sg_products_warning(b->context, SG_F32), *f64 = sg_products_warning(b->context, SG_F64);
  const char *better_core = sg_products_describe().better_core;
  lua_newtable(L);
  if (f32 == NULL && f64 == NULL) return;
  const char *scope = f32 == f64 ? "" : f32 != NULL ? " (f32)" : " (f64)";
  lua_pushfstring(L, "%s%s", f32 != NULL ? f32 : f64, scope);
  if (better_core != NULL)
    lua_pushfstring(L, "; OpenBLAS has the routines of %s, set OPENBLAS_CORETYPE=%s before the program starts",
                    sg_products_describe().core, better_core);
  else lua_pushliteral(L, "");
  lua_concat(L, 2);
  lua_rawseti(L, -2, 1);
  if (f32 == NULL || f64 == NULL || f32 == f64) return;
  lua_pushfstring(L, "%s (f64)", f64);
  lua_rawseti(L, -2, 2);
}

static int info(lua_State *L) {
  binding *b = binding_open(L);
  lua_createtable(L, 0, 12);
  table_set_text(L, "version", SELENOGRAD_VERSION);
  lua_getglobal(L, "_VERSION");
  lua_setfield(L, -2, "lua");
  set_openblas(L);
  table_set_text(L, "gsl", sg_gsl_version());
  table_set_text(L, "zlib", zlibVersion());
  table_set_text(L, "jansson", jansson_version_str());
  table_set_text(L, "isa", sg_isa(b->context));
  lua_pushinteger(L, sg_threads(b->context));
  lua_setfield(L, -2, "threads");
  binding_push_warnings(L, b);
  lua_setfield(L, -2, "warnings");
  return 1;
}

const binding_function info_functions[] = {{"info", info, 0}, {NULL, NULL, 0}};
