// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the files of the binding share.
//
// Three rules keep every path free of leaks and of tensors that are gone:
//   - A Lua error is never raised while C owns something Lua does not know of. A function creates empty userdata,
//     checks its arguments, runs the engine through binding_run, which fills the userdata, or raises.
//   - A tensor taken from the stack is there until Lua next allocates or runs: then a finalizer may close the
//     handle or convert what is in it. So what allocates comes first, and the tensors are taken last; whoever
//     cannot do so holds them with tensor_hold. A handle in a table of the user's may even be collected, so it is
//     put on the stack, or by handles_copy into a table of one's own.
//   - Every C function is a closure with the binding as its first upvalue and the tensor metatable as its second.
#ifndef SELENOGRAD_LUA_BINDING_H
#define SELENOGRAD_LUA_BINDING_H

#include "autograd/op.h"
#include <lauxlib.h>
#include <lua.h>

// A tensor as Lua sees it. `tensor` is NULL before it is filled and after it was freed. While sg.tidy runs, the
// tensors made inside are linked in order of their creation.
typedef struct lua_tensor {
  sg_tensor *tensor;
  struct lua_tensor *older, *newer;
  bool watched;         // whether it keeps contexts of custom ops, see custom_op_cycle.c
  uint64_t returned_by; // the number of the last sg.tidy whose results it was among
} lua_tensor;

typedef struct binding {
  sg_context *context; // NULL once the Lua state is closing
  lua_tensor *newest;  // the newest tensor inside sg.tidy; NULL outside
  uint64_t tidy_count;
  // Collector pressure, see collector.c.
  uint64_t base_bytes, high_bytes;
  double debt_bytes;
  bool emergency;      // a full collection for want of memory is running: what is in use must not be closed
  bool keep_traceback; // the command wants tracebacks of errors that crossed the engine
  size_t library_prefix_length;
  lua_State *L; // that called the engine work which is running
  int referring;       // how many contexts of custom ops have fields that may refer to tensors
  struct custom_context *released; // of custom ops: their nodes ended, Lua still holds them
  const char *library_prefix; // "@" and the folder of the library's own Lua modules; anchored in a user value
} binding;

enum {
  BINDING_ERROR = 1,
  BINDING_TRACEBACK,
  BINDING_LIBRARY,
  BINDING_METHODS, // of tensors
  BINDING_MODULE,  // the table `sg`
  BINDING_FIND,    // a function: what sg[name] is
  BINDING_PLUGINS, // what the files of loaded plugins were like
  BINDING_HANDLER, // what binding_pcall handles messages with
  BINDING_CUSTOM_OPS,
  BINDING_CUSTOM_CONTEXTS, // those that nodes hold, by their address
  BINDING_CUSTOM_METATABLE, // of those
  BINDING_WATCHED,          // which of them a handle keeps, see custom_op_cycle.c
  BINDING_FIND_CYCLES,      // the function that looks for cycles
  BINDING_CUSTOM_BACKWARD, // what calls a custom op's backward
  BINDING_VALUES = BINDING_CUSTOM_BACKWARD,
};

static inline binding *binding_of(lua_State *L) { return lua_touserdata(L, lua_upvalueindex(1)); }
// The binding with an open context; raises when the Lua state is closing.
binding *binding_open(lua_State *L);

// A function or method for Lua, with the most arguments it takes, self among them. More are refused before it runs,
// so that none is ever ignored; ANY_NUMBER says that it looks after them itself.
typedef struct binding_function {
  const char *name;
  lua_CFunction function;
  int most;
} binding_function;
enum { ANY_NUMBER = -1 };

// Adds functions to the table on top of the stack, with the two upvalues.
void binding_set_functions(lua_State *L, const binding_function *functions);
extern const luaL_Reg tensor_metamethods[];
extern const binding_function tensor_methods[], create_functions[], random_functions[], gradient_functions[],
    gradient_methods[], lifetime_functions[], settings_functions[], op_add_functions[], op_info_functions[],
    op_options_functions[], custom_op_functions[], gradcheck_functions[], file_functions[], optimizer_functions[],
    plugin_functions[], json_functions[], op_sample_functions[], info_functions[], convert_methods[],
    finally_functions[], finite_functions[];

// ---- error.c ------------------------------------------------------------------------------------------------

// Raises a message with the position of the script line that called, skipping the library's own Lua modules.
int binding_error(lua_State *L, const char *format, ...) __attribute__((noreturn));
// Raises the engine's pending error (or the user's own error that caused it) and clears it. `function`, when not
// NULL, is put before a message of the engine.
int binding_raise(lua_State *L, binding *b, const char *function) __attribute__((noreturn));
// The position of the calling script line, "file:line: " or "", is pushed.
void binding_push_where(lua_State *L);
// Pushes "; did you mean 'x'?" for the candidate nearest to `name`, "" when none is near. Candidates are given one
// by one: start with guess_start, then guess_try each, then guess_push.
typedef struct guess {
  const char *name, *best;
  size_t distance;
} guess;
guess guess_start(const char *name);
void guess_try(guess *g, const char *candidate);
const char *guess_push(lua_State *L, const guess *g);
// What stands at a stack index, in words for a message: "a string", "a tensor f32 [2, 3]". Pushed.
const char *binding_describe(lua_State *L, int index);
// Calls the function at the top below its arguments in protected mode. An error stays at the top of the stack; its
// traceback is kept when the command asked for it. Returns the status of lua_pcall.
// Raises nothing; two more places on the stack must be free.
int binding_pcall(lua_State *L, binding *b, int argument_count, int result_count);
// Puts text in front of the error at the top of the stack, if it is a message, and of its traceback.
void binding_prefix_error(lua_State *L, const char *format, ...);
// Takes the error at the top of the stack, to be raised by binding_raise, and makes it the engine's pending error.
sg_status binding_callback_failed(lua_State *L, binding *b);
// Below the top an error message that binding_pcall caught, at the top the same in other words: the kept traceback
// goes over to those.
void binding_reword_error(lua_State *L);
void error_open(lua_State *L);
extern const binding_function error_functions[];

// ---- tensor.c -----------------------------------------------------------------------------------------------

// The userdata at an index when it is a tensor (freed or not), else NULL.
lua_tensor *tensor_slot(lua_State *L, int index);
// The tensor at an index, NULL when there is something else; raises when the tensor was freed.
sg_tensor *tensor_test(lua_State *L, int index);
// The tensor at an index; raises "function: name is a string, expected a tensor".
sg_tensor *tensor_check(lua_State *L, int index, const char *function, const char *name);
// Pushes a new userdata without a tensor in it.
lua_tensor *tensor_new_slot(lua_State *L, binding *b);
// The same as tensor_check, and pushes a second handle of the tensor: it stays while that is on the stack, whatever
// becomes of the first. Once it is needed no more, tensor_let_go(L, index of the second handle) frees it at once.
sg_tensor *tensor_hold(lua_State *L, int index, const char *function, const char *name);
void tensor_let_go(lua_State *L, int index);
// Pushes a list of `count` values, those of the list at `index` or, when that is a tensor, the tensor.
void handles_copy(lua_State *L, int index, int count);
// Frees what is in it, if anything is.
void tensor_slot_free(lua_tensor *slot);
void tensor_slot_unlink(binding *b, lua_tensor *slot);

// ---- collector.c --------------------------------------------------------------------------------------------

// Runs engine work in a scope of its own. When it fails for want of memory, Lua's garbage is collected and the work
// is tried once more; when it fails, its error is raised. `work` returns false on failure, must not touch the
// stack, and keeps what it wants to keep by sg_retain into userdata made before. The tensors it uses are those of
// handles on the stack, or held: between the attempts finalizers run. Afterwards the collector is fed.
typedef bool binding_work(sg_context *context, void *arguments);
void binding_run(lua_State *L, binding *b, binding_work *work, void *arguments);
// The same for a function whose name the engine's messages lack.
void binding_run_as(lua_State *L, binding *b, const char *function, binding_work *work, void *arguments);
void collector_open(lua_State *L, binding *b);
void collector_feed(lua_State *L, binding *b);

// ---- values.c ------------------------------------------------------------------------------------------------

// A number as Lua holds it, so that large integers do not pass through a double. `whole`: `integer` is its value. A
// float that is 0 does not count, for -0.0 would lose its sign; its `integer` is 0 all the same.
typedef struct lua_numeric {
  double value;
  int64_t integer;
  bool whole;
} lua_numeric;
// Whether there is a number, or a boolean, which counts as 1 or 0.
bool is_number(lua_State *L, int index);
lua_numeric numeric_check(lua_State *L, int index, const char *function, const char *name);
// The number at an index.
lua_numeric numeric_of(lua_State *L, int index);
lua_numeric numeric_integer(int64_t value);
lua_numeric numeric_real(double value);
// A tensor full of it, and filling one with it; an error of the engine when the dtype is i64 and it is not whole.
sg_tensor *numeric_full(sg_context *context, sg_dtype dtype, const sg_shape *shape, lua_numeric number);
sg_status numeric_fill(sg_tensor *tensor, lua_numeric number);
// Writes one element. False, and nothing written: an i64 cannot be that.
bool numeric_store(void *data, sg_dtype dtype, int64_t position, lua_numeric number);

// Whether the value at `index` is a table of options: a table without list elements.
bool is_options(lua_State *L, int index);
// Reads a list of integers, or one integer.
void ints_check(lua_State *L, int index, const char *function, const char *name, sg_ints *list);
// Reads a shape from a list of sizes at `index`, or from the integers at index .. last; returns the index after it.
int shape_check(lua_State *L, int index, int last, const char *function, sg_shape *shape);
// Refuses arguments behind the first `most`; nil counts as absent. `function` is for the message.
void surplus_check(lua_State *L, int most, const char *function);
// The length of the list at `index`, a table. A key other than 1 .. length, or n = length, is refused: an option
// written into the list, as in zeros{2, dtype = "f64"}, would be read by nobody.
lua_Unsigned list_check(lua_State *L, int index, const char *function);
// An integer, also one written as a float; raises "function: name is ..., expected an integer".
int64_t integer_check(lua_State *L, int index, const char *function, const char *name);
// A string without zero bytes.
const char *string_check(lua_State *L, int index, const char *function, const char *name);
// Something that can be called.
void callable_check(lua_State *L, int index, const char *function, const char *name);
double number_check(lua_State *L, int index, const char *function, const char *name);
sg_dtype dtype_check(lua_State *L, int index, const char *function);

// ---- arguments.c --------------------------------------------------------------------------------------------

enum { MAX_OPTIONS_BYTES = 1024 };

// What is known of an op before it is called.
typedef struct op_entry {
  const sg_op *op;
  int input_ports, output_ports, visible_outputs;
  bool writes; // into its first argument, which is its result
  int self; // the port that x is in x:NAME(...)
  bool variadic;
  bool dimension_second; // see arguments.c
} op_entry;

typedef struct op_arguments {
  const op_entry *entry;
  int input_count;
  sg_tensor **inputs;               // `fixed`, or a block owned by a userdata on the stack
  unsigned numbers;                 // bit i: input i was given as the number numbers[i]
  const void *options;              // NULL: the defaults
  sg_tensor *fixed[SG_MAX_PORTS];
  lua_numeric number[SG_MAX_PORTS];
  lua_tensor *slots[SG_MAX_PORTS];  // where the visible outputs go, filled by the caller
  _Alignas(16) unsigned char options_block[MAX_OPTIONS_BYTES];
} op_arguments;

// Reads the value at `index` as an attribute into its field of an options struct. Raises "op: name is ...".
void attribute_read(lua_State *L, int index, const char *op, const sg_attribute *a, unsigned char *options);
// Reads the arguments first .. last of a call of an op against its descriptor, or raises.
void arguments_read(lua_State *L, const op_entry *entry, int first, int last, op_arguments *arguments);
// The work of applying the op, for binding_run.
bool arguments_apply(sg_context *context, void *arguments);
// Makes the size checks that arguments_read relies on. NULL, or what is wrong with the descriptor.
const char *op_entry_fill(op_entry *entry, const sg_op *op);

// ---- op_call.c, op_add.c ------------------------------------------------------------------------------------

// What an op's closures call, with the op_entry as their third upvalue: sg.NAME and x:NAME, the same as a unary
// metamethod, and x:NAME_.
int binding_call_op(lua_State *L);
int binding_call_op_unary(lua_State *L);
int binding_call_op_method(lua_State *L);
int binding_call_op_inplace(lua_State *L);
// Gives an op its places in Lua: the function sg.NAME, the methods x:NAME and x:NAME_ where they make sense, and
// the metamethod of its operator. The context knows the op already, or the caller registers it next; its
// descriptor outlives the Lua state.
void binding_add_op(lua_State *L, const sg_op *op);
// Raises "function: ..." when a new op cannot have this name: a keyword of Lua, or already an op, sg.NAME, x:NAME
// or x:NAME_.
void binding_check_op_name(lua_State *L, const char *function, const char *name);

// ---- custom_op.c --------------------------------------------------------------------------------------------

void custom_op_open(lua_State *L);
// Whether an op was defined in Lua; pushes its definition then.
bool custom_op_definition(lua_State *L, const sg_op *op);
// The descriptor of the custom op whose function is at `index`, NULL for everything else.
const sg_op *custom_op_of(lua_State *L, int index);
// Lets Lua collect the contexts of nodes that ended. Allocates and raises nothing.
void custom_op_drain(lua_State *L, binding *b);

// A handle that is watched is being used: nodes hold the contexts again that it alone kept. Runs no Lua code.
void custom_op_touch(lua_State *L, int index, lua_tensor *slot);

// ---- op_info.c ----------------------------------------------------------------------------------------------

// Pushes the value of an attribute in an op's options struct, as Lua writes it: dimensions count from 1.
void attribute_push(lua_State *L, const sg_attribute *attribute, const void *options);

// ---- info.c -------------------------------------------------------------------------------------------------

// Pushes a list of sentences: what is wrong with the libraries and the process that this runs on.
void binding_push_warnings(lua_State *L, binding *b);

// ---- small things used across files -------------------------------------------------------------------------

// The options {dtype = , requires_grad = } of the functions that create tensors.
typedef struct create_options {
  sg_dtype dtype;
  bool requires_grad;
} create_options;
// Reads them from the table at `index` (nil and none are allowed), with defaults already in `options`.
void create_options_read(lua_State *L, int index, const char *function, create_options *options);

typedef struct option_field {
  const char *name;
  bool *value;
} option_field;
// Reads boolean options by name from the table at `index` (nil and none are allowed); raises for unknown names.
void bool_options_read(lua_State *L, int index, const char *function, const option_field *fields);

int tensor_index_get(lua_State *L, binding *b);
int tensor_index_set(lua_State *L);
int tensor_text(lua_State *L);
// How many tables without a value the nested tables of this tensor have, 0 when it has elements: any number is
// possible.
int64_t tensor_empty_rows(const sg_tensor *x);

#endif
