// SPDX-License-Identifier: GPL-3.0-or-later
//
// The recorded graph as tables; selenograd.graph makes text of it, selenograd.checkpoint looks for leaves in it.
#include "autograd/graph.h"
#include "autograd/op.h"
#include "lua/bind/base/check.h"
#include "lua/bind/base/error.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/base/table.h"
#include "lua/bind/functions.h"
#include "lua/bind/tensor/tensor.h"

// The graph lies in a userdata, so that it is closed whatever is raised.
static int close_graph(lua_State *L) {
  sg_graph **graph = lua_touserdata(L, 1);
  if (*graph != NULL) sg_graph_close(*graph);
  *graph = NULL;
  return 0;
}

enum { TENSORS = 1, OLDEST, LIST, BOX, RESULT, LEAVES, PLACES }; // on the stack

// The place of a leaf in the list LEAVES; PLACES has it by the leaf's address.
static lua_Integer place_of_leaf(lua_State *L, sg_tensor *leaf) {
  if (lua_rawgetp(L, PLACES, leaf) == LUA_TNIL) {
    const lua_Integer place = (lua_Integer)lua_rawlen(L, LEAVES) + 1;
    lua_tensor *slot = tensor_new_slot(L, binding_of(L));
    slot->tensor = sg_retain(leaf);
    lua_rawseti(L, LEAVES, place);
    lua_pushinteger(L, place);
    lua_rawsetp(L, PLACES, leaf);
    lua_pushinteger(L, place);
    lua_replace(L, -2);
  }
  const lua_Integer place = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return place;
}

static void set_shape(lua_State *L, const sg_shape *shape) {
  tensor_shape_push(L, shape);
  lua_setfield(L, -2, "shape");
}

static void push_input(lua_State *L, const sg_graph_input *input) {
  lua_createtable(L, 0, 3);
  set_shape(L, &input->shape);
  if (input->leaf != NULL) {
    table_set_integer(L, "leaf", place_of_leaf(L, input->leaf));
  } else if (input->source >= 0) {
    table_set_integer(L, "source", input->source + 1);
    table_set_integer(L, "output", input->output + 1);
  } else if (input->outside) {
    table_set_flag(L, "outside", true);
  }
}

static void push_op(lua_State *L, const sg_graph *graph, int64_t place) {
  const sg_graph_op op = sg_graph_at(graph, place);
  lua_createtable(L, 0, 5);
  table_set_text(L, "op", op.op->name);
  table_set_integer(L, "number", (int64_t)op.number);
  table_set_integer(L, "saved_bytes", (int64_t)op.saved_bytes);
  lua_createtable(L, op.input_count, 0);
  for (int i = 0; i < op.input_count; i++) {
    const sg_graph_input input = sg_graph_input_of(graph, place, i);
    push_input(L, &input);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "inputs");
  lua_createtable(L, op.output_count, 0);
  for (int p = 0; p < op.output_count; p++) {
    const sg_shape shape = sg_graph_output_shape(graph, place, p);
    lua_createtable(L, 0, 2);
    set_shape(L, &shape);
    table_set_text(L, "dtype", sg_dtype_name(sg_graph_output_dtype(graph, place, p)));
    lua_rawseti(L, -2, p + 1);
  }
  lua_setfield(L, -2, "outputs");
}

// Where a tensor comes from: {source =, output =}, or {leaf =} for one that requires a gradient, else {}.
static void push_result(lua_State *L, const sg_graph *graph, sg_tensor *tensor) {
  int output;
  const int64_t source = sg_graph_producer(graph, tensor, &output);
  const bool leaf = sg_tensor_is_leaf(tensor) && sg_tensor_requires_grad(tensor);
  const sg_graph_input as_input = {.leaf = leaf ? tensor : NULL,
                                   .source = source,
                                   .output = output,
                                   .outside = !sg_tensor_is_leaf(tensor),
                                   .shape = *sg_tensor_shape(tensor)};
  push_input(L, &as_input);
}

static sg_graph *open_graph(lua_State *L, sg_graph **box, int count, uint64_t oldest) {
  binding *b = binding_open(L);
  sg_tensor **tensors = lua_newuserdatauv(L, (size_t)count * sizeof *tensors, 0);
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, LIST, i + 1);
    tensors[i] = tensor_check(L, -1, "recorded_graph", "an element of the list");
    lua_pop(L, 1);
  }
  *box = sg_graph_open(b->context, count, tensors, oldest);
  if (*box == NULL) binding_raise(L, b, "recorded_graph");
  lua_pop(L, 1);
  return *box;
}

// recorded_graph(tensors, oldest): {ops =, leaves =, results =} of what was recorded after number `oldest`: ops in
// the order of recording, the leaves that require a gradient, and where each of the tensors comes from.
static int recorded_graph(lua_State *L) {
  const int count = (int)list_check(L, TENSORS, "recorded_graph");
  const int64_t oldest = integer_check(L, OLDEST, "recorded_graph", "oldest");
  lua_settop(L, OLDEST);
  handles_copy(L, TENSORS, count);
  sg_graph **box = box_push(L, sizeof(sg_graph *), close_graph);
  lua_createtable(L, 0, 3);
  lua_newtable(L);
  lua_newtable(L);
  const sg_graph *graph = open_graph(L, box, count, (uint64_t)oldest);
  luaL_checkstack(L, LUA_MINSTACK, "recorded_graph");
  lua_newtable(L);
  for (int64_t i = 0; i < sg_graph_count(graph); i++) {
    push_op(L, graph, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, RESULT, "ops");
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, LIST, i + 1);
    push_result(L, graph, tensor_check(L, -1, "recorded_graph", "an element of the list"));
    lua_rawseti(L, -3, i + 1);
    lua_pop(L, 1);
  }
  lua_setfield(L, RESULT, "results");
  lua_pushvalue(L, LEAVES);
  lua_setfield(L, RESULT, "leaves");
  sg_graph_close(*box);
  *box = NULL;
  lua_settop(L, RESULT);
  return 1;
}

// recorded_number(): how many ops have been recorded so far.
static int recorded_number(lua_State *L) {
  return lua_pushinteger(L, (lua_Integer)sg_recorded(binding_open(L)->context)), 1;
}

// same_tensor(a, b): whether two values are one tensor.
static int same_tensor(lua_State *L) {
  const sg_tensor *a = tensor_check(L, 1, "same_tensor", "a"), *b = tensor_check(L, 2, "same_tensor", "b");
  return lua_pushboolean(L, a == b), 1;
}

const binding_function graph_functions[] = {{"recorded_graph", recorded_graph, 2},
                                            {"recorded_number", recorded_number, 0},
                                            {"same_tensor", same_tensor, 2},
                                            {NULL, NULL, 0}};
