-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What the functions of sg and the methods of tensors take and give that are no ops, which have descriptors: for
-- sg.help and for the definitions that editors read. A line is
--
--   name(parameter: type, optional?: type, ...: type): type, type -- words
--     which may go on in lines that begin with two spaces
--
-- in the types of LuaCATS, with Tensor for selenograd.Tensor and dtype for selenograd.dtype.
-- tests/lua/stubs_test.lua holds the lists to what there is.

local other_names = require "selenograd.other_names"

local signatures = {functions = {}, methods = {}}

local functions = [[
allclose(a: Tensor, b: Tensor, options?: {rtol?: number, atol?: number, equal_nan?: boolean}): boolean --
  Whether all elements are close.
assert_gradcheck(f: function, inputs: Tensor|any[], options?: table): table -- The report of a gradient check,
  or an error with it.
checkpoint(f: function, ...: any): any -- f(...), computed again for the derivative and not kept.
closest(name: string, names: string[]): string -- "; did you mean 'x'?" for the nearest name, or "".
command_traceback(message: any): string? -- The traceback of an error in the selenograd command.
detect_anomaly(f: function, ...: any): any -- f(...), with an error at the first NaN or infinity.
enable_grad(f: function, ...: any): any -- f(...), with ops recorded.
equal(a: Tensor, b: Tensor): boolean -- Whether shapes and all elements are equal.
file_kind(path: string): string? -- What is at a path: "file", "folder" or something else; nil: nothing.
file_target(path: string): string? -- Where a link leads.
full_like(x: Tensor, value: number, options?: {dtype?: dtype, requires_grad?: boolean}): Tensor -- In the shape
  of x.
get_default_dtype(): dtype -- The dtype of new tensors.
get_printoptions(): table -- How tensors print.
get_rng_state(): table -- The state of the random stream.
grad(outputs: Tensor|Tensor[], inputs: Tensor|Tensor[], options?: {grad_outputs?: Tensor|Tensor[],
  create_graph?: boolean, retain_graph?: boolean, allow_unused?: boolean}): any -- Gradients, which touch no
  .grad.
gradcheck(f: function, inputs: Tensor|any[], options?: table): table -- A report on whether the gradient of f
  is right.
graph(outputs: Tensor|Tensor[], options?: {file?: string, names?: table}): string -- The recorded graph in the
  language DOT.
help(x?: any) -- Prints the manual of an op or a function.
hessian(f: function, inputs: Tensor|Tensor[], options?: {create_graph?: boolean}): any -- Second derivatives of
  a number.
hvp(f: function, inputs: Tensor|Tensor[], v: Tensor|Tensor[], options?: {create_graph?: boolean}): any, any --
  The value of f, and its Hessian times v.
info(): table -- Version, machine and settings.
is_anomaly_enabled(): boolean -- Whether NaNs and infinities are errors.
is_grad_enabled(): boolean -- Whether ops are recorded.
is_recomputing(): boolean -- Whether a checkpointed function is computed again.
is_tensor(x: any): boolean -- Whether a value is a tensor.
is_terminal(file: any): boolean -- Whether an open file is a terminal.
isa(): string -- The instruction set of the kernels.
jacobian(f: function, inputs: Tensor|Tensor[], options?: {create_graph?: boolean}): any -- All derivatives of
  all outputs.
jvp(f: function, inputs: Tensor|Tensor[], v: Tensor|Tensor[], options?: {create_graph?: boolean}): any, any --
  The outputs of f, and J v.
keep(...: any): any -- What sg.tidy does not free.
load_ops(path: string): string[] -- Adds the ops of a shared library.
manual_seed(seed: integer) -- Begins the random stream anew.
memory(): table -- Bytes and tensors in use.
no_grad(f: function, ...: any): any -- f(...), with nothing recorded.
ones_like(x: Tensor, options?: {dtype?: dtype, requires_grad?: boolean}): Tensor -- In the shape of x.
op_info(name: string): table -- What the descriptor of an op says.
op_sample(name: string, number: integer, seed: integer): table? -- Inputs and options of a sample of an op.
ops(): string[] -- The names of all ops.
rand_like(x: Tensor, options?: {dtype?: dtype, requires_grad?: boolean}): Tensor -- In the shape of x.
randn_like(x: Tensor, options?: {dtype?: dtype, requires_grad?: boolean}): Tensor -- In the shape of x.
release_cache() -- Gives cached memory back.
reset_peak() -- The peak of memory in use counts from now on.
set_default_dtype(dtype: dtype) -- The dtype of new tensors.
set_detect_anomaly(enabled: boolean): boolean -- Whether NaNs and infinities are errors; what was so before.
set_grad_enabled(enabled: boolean): boolean -- Whether ops are recorded; what was so before.
set_memory_limit(bytes: integer) -- The most memory of all tensors; 0: none.
set_printoptions(options: table) -- How tensors print.
set_rng_state(state: table) -- The state of the random stream.
set_threads(count: integer) -- How many threads compute.
tensor(values: number|boolean|table, options?: {dtype?: dtype, requires_grad?: boolean}): Tensor -- Of a number
  or nested lists.
threads(): integer -- How many threads compute.
tidy(f: function, ...: any): any -- f(...), whose tensors end with it, but for its results.
time(): number -- A monotonic clock in seconds.
view(x: Tensor, shape: integer[]): Tensor -- The elements of x in another shape.
vjp(f: function, inputs: Tensor|Tensor[], v?: Tensor|Tensor[], options?: {create_graph?: boolean}): any, any --
  The outputs of f, and v J.
zeros_like(x: Tensor, options?: {dtype?: dtype, requires_grad?: boolean}): Tensor -- In the shape of x.
deg2rad(x: Tensor): Tensor -- Degrees as radians.
rad2deg(x: Tensor): Tensor -- Radians as degrees.
diff(x: Tensor, n?: integer, dim?: integer): Tensor -- Each element less the one before it, n times.
expand_as(x: Tensor, other: Tensor): Tensor -- Broadcast to the shape of another.
view_as(x: Tensor, other: Tensor): Tensor -- The elements in the shape of another.
reshape_as(x: Tensor, other: Tensor): Tensor -- The elements in the shape of another.
type_as(x: Tensor, other: Tensor): Tensor -- Converted to the dtype of another.
fliplr(x: Tensor): Tensor -- The columns in the opposite order.
flipud(x: Tensor): Tensor -- The rows in the opposite order.
isposinf(x: Tensor): Tensor -- Which elements are infinity.
isneginf(x: Tensor): Tensor -- Which elements are -infinity.
new_zeros(x: Tensor, ...: integer|integer[]): Tensor -- Zeros in the dtype of x.
new_ones(x: Tensor, ...: integer|integer[]): Tensor -- Ones in the dtype of x.
new_full(x: Tensor, shape: integer[], value: number): Tensor -- A number in a tensor of the dtype of x.
]]

local methods = [[
allclose(other: Tensor, options?: {rtol?: number, atol?: number, equal_nan?: boolean}): boolean -- Whether all
  elements are close.
backward(gradient?: Tensor, options?: {create_graph?: boolean, retain_graph?: boolean}) -- Adds gradients to
  the .grad of leaves.
bool(): Tensor -- Converted to bool.
byte(): Tensor -- Converted to u8.
clone(): Tensor -- A copy, through which gradients flow.
contiguous(): Tensor -- x itself: every tensor is.
detach(): Tensor -- The same values without history.
dim(): integer -- The number of dimensions.
double(): Tensor -- Converted to f64.
equal(other: Tensor): boolean -- Whether shapes and all elements are equal.
float(): Tensor -- Converted to f32.
graph(options?: {file?: string, names?: table}): string -- The recorded graph in the language DOT.
is_floating_point(): boolean -- Whether it is f32 or f64.
item(): number|boolean -- The only element.
long(): Tensor -- Converted to i64.
numel(): integer -- The number of elements.
producer(): string? -- The name of the op that made it.
register_hook(f: fun(gradient: Tensor): Tensor?): table -- f sees the gradient in every pass, and may give
  another.
requires_grad_(requires_grad?: boolean): Tensor -- x, which requires a gradient from now on.
retain_grad(): Tensor -- backward gives this result a .grad, too.
size(dim?: integer): any -- The shape, or one extent.
to_(dtype: dtype): Tensor -- Converts a leaf where it is.
totable(): any -- The elements as nested lists.
view(...: integer|integer[]): Tensor -- The elements in another shape.
deg2rad(): Tensor -- Degrees as radians.
rad2deg(): Tensor -- Radians as degrees.
diff(n?: integer, dim?: integer): Tensor -- Each element less the one before it, n times.
expand_as(other: Tensor): Tensor -- Broadcast to the shape of another.
view_as(other: Tensor): Tensor -- The elements in the shape of another.
reshape_as(other: Tensor): Tensor -- The elements in the shape of another.
type_as(other: Tensor): Tensor -- Converted to the dtype of another.
fliplr(): Tensor -- The columns in the opposite order.
flipud(): Tensor -- The rows in the opposite order.
isposinf(): Tensor -- Which elements are infinity.
isneginf(): Tensor -- Which elements are -infinity.
new_zeros(...: integer|integer[]): Tensor -- Zeros in the dtype of x.
new_ones(...: integer|integer[]): Tensor -- Ones in the dtype of x.
new_full(shape: integer[], value: number): Tensor -- A number in a tensor of the dtype of x.
tolist(): any -- The elements as nested lists.
]]

local function read(text, into)
  for line in text:gsub("\n  ", " "):gmatch("[^\n]+") do
    local name, parameters, rest = line:match("^([%w_]+)(%b())(.*)$")
    local results, words = rest:match("^:? ?(.-) ?%-%- (.*)$")
    local full = parameters:gsub("%f[%w_]Tensor%f[^%w_]", "selenograd.Tensor")
    full = full:gsub(": dtype%f[^%w_]", ": selenograd.dtype")
    into[name] = {
      name = name, parameters = full:sub(2, -2), words = words, line = name .. parameters,
      results = results:gsub("%f[%w_]Tensor%f[^%w_]", "selenograd.Tensor"):gsub("^dtype$", "selenograd.dtype"),
    }
  end
end

read(functions, signatures.functions)
read(methods, signatures.methods)
for name, original in pairs(other_names) do
  local words = ("The same as %s."):format(original)
  for _, place in next, signatures do
    place[name] = {name = name, parameters = "...: any", words = words, line = name .. "(...)", results = "any"}
  end
end
signatures.methods.concat, signatures.methods.concatenate = nil, nil

-- The parameters of one: a list of {name =, optional =, type =}.
function signatures.parameters(signature)
  local list, text, at = {}, signature.parameters, 1
  while at <= #text do
    local name, optional, from = text:match("^%s*([%w_%.]+)(%??): ()", at)
    local depth, stop = 0, from
    while stop <= #text do
      local c = text:sub(stop, stop)
      if c:find("[{(]") then depth = depth + 1 end
      if c:find("[})]") then depth = depth - 1 end
      if c == "," and depth == 0 then break end
      stop = stop + 1
    end
    list[#list + 1] = {name = name, optional = optional == "?", type = text:sub(from, stop - 1)}
    at = stop + 1
  end
  return list
end

return signatures
