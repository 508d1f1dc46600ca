-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Plugins: what loads works as if it were built in; what does not fit is refused, whole.
local lu = require "luaunit"
local sg = require "selenograd"

local tests = {}

local function refused(path, ...)
  local ops = #sg.ops()
  local loaded, message = pcall(sg.load_ops, path)
  lu.assertFalse(loaded)
  for _, part in ipairs { "load_ops_test.lua:%d+: load_ops: ", ... } do
    lu.assertStrMatches(message, ".*" .. part .. ".*")
  end
  lu.assertEquals(#sg.ops(), ops)
end

local function absent(name)
  lu.assertErrorMsgContains("there is no op", sg.op_info, name)
  lu.assertErrorMsgContains("sg has no", function() return sg[name] end)
  lu.assertErrorMsgContains(name, function() return sg.ones(1)[name] end)
end

local function copy(from, to, more)
  local source, target = assert(io.open(from, "rb")), assert(io.open(to, "wb"))
  target:write(source:read("a"), more or "")
  source:close()
  target:close()
end

-- ---- What fits --------------------------------------------------------------------------------------

local names = { "toy_cube", "toy_fused", "toy_wrong", "toy_split", "toy_blend" }
local before = #sg.ops()

absent "toy_cube"
lu.assertEquals(sg.load_ops "libtoy.so", names) -- a file of this folder, though without a slash
lu.assertEquals(#sg.ops(), before + #names)

function tests.testTheSameLibraryAgainChangesNothing()
  local cube, count = sg.toy_cube, #sg.ops()
  lu.assertEquals(sg.load_ops "./libtoy.so", names)
  lu.assertEquals(sg.load_ops("../plugin/libtoy.so"), names)
  lu.assertEquals(#sg.ops(), count)
  lu.assertIs(sg.toy_cube, cube)
end

-- Strings and lists of any length: what is given need not outlive the call.
function tests.testStringsAndLists()
  local x = sg.tensor({ 2, -1 }, { dtype = "f64", requires_grad = true })
  lu.assertEquals(x:toy_blend():totable(), { 4, -0.5 })
  lu.assertEquals(x:toy_blend({ 1, 2, 3 }, { 0, 1, 2 }, "negative"):totable(), { -17, -2 })
  lu.assertEquals(x:toy_blend(3, 1):totable(), { 6, -3 })
  local weights, powers = {}, {}
  for i = 1, 100 do weights[i], powers[i] = 1 / i, 1 end
  local y = x:toy_blend { weights = weights, powers = powers, mode = "nega" .. "tive", label = ("x"):rep(1000) }
  weights, powers = nil, nil
  collectgarbage()
  collectgarbage()
  y:backward(sg.ones_like(y))
  local sum = 0
  for i = 1, 100 do sum = sum + 1 / i end
  lu.assertAlmostEquals(x.grad:totable()[1], -sum, 1e-12)
  local function blend(t) return t:toy_blend { mode = "negative", powers = { 3, 2 } } end
  lu.assertTrue(sg.gradcheck(blend, { x }).ok)
  local page = require "selenograd.manual" "toy_blend"
  for _, part in ipairs { 'weights = {1, 0.5}, powers = {1, 2}, mode = "positive", label = ""',
    "number or list < 100", "integer or list >= 0", 'string "positive", "negative"' } do
    lu.assertStrContains(page, part)
  end
end

function tests.testStringsAndListsRefused()
  local x = sg.ones(1)
  local function refused_with(message, options)
    lu.assertErrorMsgContains("toy_blend: " .. message, x.toy_blend, x, options)
  end
  refused_with("mode is the string 'negativ', expected one of positive, negative; did you mean 'negative'?",
    { mode = "negativ" })
  refused_with("mode is the number 1, expected one of positive, negative", { mode = 1 })
  refused_with("label is the number 1, expected a string", { label = 1 })
  refused_with("label contains a zero byte", { label = "a\0b" })
  refused_with("weights is 200, expected a value below 100", { weights = { 1, 200 } })
  refused_with("weights is nan, expected a value below 100", { weights = { 0 / 0, 1 } })
  refused_with("weights is the string 'a', expected a number", { weights = { 1, "a" } })
  refused_with("powers is -1, expected a value of at least 0", { powers = { 1, -1 } })
  refused_with("powers is the number 1.5, expected an integer", { powers = 1.5 })
  refused_with("3 weights for 2 powers", { weights = { 1, 2, 3 } })
end

function tests.testFunctionMethodAndInPlace()
  local x = sg.tensor { 1, 2, -3 }
  lu.assertEquals(sg.toy_cube(x):totable(), { 1, 8, -27 })
  lu.assertEquals(x:toy_cube():totable(), { 1, 8, -27 })
  local below, above = x:toy_split { at = 1.5 }
  lu.assertEquals(below:totable(), { 1, 1.5, -3 })
  lu.assertEquals(above:totable(), { 0, 0.5, 0 })
  lu.assertErrorMsgContains("did you mean 'at'", x.toy_split, x, { att = 1 })
  lu.assertErrorMsgContains("toy_cube: x has dtype i64", sg.toy_cube, sg.tensor({ 1 }, { dtype = "i64" }))
  x:toy_cube_()
  lu.assertEquals(x:totable(), { 1, 8, -27 })
end

function tests.testManual()
  local info = sg.op_info "toy_split"
  lu.assertEquals(info.outputs[2].name, "above")
  lu.assertEquals(info.attributes[1].default, 1)
  lu.assertEquals(info.derivatives, "none")
  lu.assertEquals(sg.op_info("toy_cube").derivatives, "of every order")
  lu.assertEquals(sg.op_info("toy_fused").derivatives, "the first only")
  lu.assertStrContains(require "selenograd.manual" "toy_cube", "y = sg.toy_cube(x)")
end

function tests.testGradients()
  local x = sg.tensor({ 0.5, -1.5, 2 }, { dtype = "f64", requires_grad = true })
  lu.assertTrue(sg.gradcheck(sg.toy_cube, { x }, { order = 2 }).ok)
  lu.assertTrue(sg.gradcheck(sg.toy_fused, { x }).ok)
  lu.assertFalse(sg.gradcheck(sg.toy_wrong, { x }).ok)
  lu.assertError(sg.grad, sg.toy_fused(x):sum(), { x }, { create_graph = true })
  lu.assertErrorMsgContains("toy_split: x [3] requires a gradient, and toy_split has no", sg.toy_split, x)
  lu.assertFalse(sg.no_grad(function() return (sg.toy_split(x)) end).requires_grad)
  lu.assertFalse(sg.toy_split(x:detach()).requires_grad)
end

-- A graph that refers to the plugin is there while the state closes; sanitizers watch.
function tests.testGraphOutlivesTheTest()
  local x = sg.tensor({ 0.5 }, { requires_grad = true })
  kept = x:toy_cube():toy_fused()
end

-- ---- What does not ----------------------------------------------------------------------------------

function tests.testFiles()
  refused("./nowhere.so", "'./nowhere.so': No such file or directory")
  refused("", "the path is empty")
  refused("libtoy.so\0", "has a zero in it")
  refused(7, "the path is the number 7, expected a string")
  refused(nil, "the path is missing")
  refused(".", "it is a directory, expected a shared library")
  refused("/dev/null", "it is no regular file")
  local path = os.tmpname()
  assert(io.open(path, "w")):write("no library at all"):close()
  refused(path, path .. ": ")
  os.remove(path)
end

-- The linker would wait at a pipe for ever.
function tests.testAPipe()
  local path = os.tmpname()
  os.remove(path)
  lu.assertTrue(os.execute(("mkfifo '%s'"):format(path)))
  refused(path, "it is no regular file")
  os.remove(path)
end

-- The linker maps what the header promises: a page that is not there ends the process.
function tests.testLibrariesThatWereCutShort()
  local file = assert(io.open("libtoy.so", "rb"))
  local whole, path = file:read("a"), os.tmpname()
  file:close()
  for _, length in ipairs { 0, 3, 63, 64, 500, 4096, #whole // 4, #whole // 2, #whole - 4096, #whole - 1 } do
    assert(io.open(path, "wb")):write(whole:sub(1, length)):close()
    refused(path, path .. ": it is no [sw]%S+ ") -- no shared library, no whole library
  end
  os.remove(path)
end

function tests.testStrangers()
  refused("libstranger.so", "libstranger.so: it is no plugin: it does not export selenograd_plugin")
  refused("libmisfit_symbol.so", "undefined symbol: sg_missing")
end

function tests.testMisfits()
  refused("libmisfit_abi.so", "compiled for version 4711 of the plugin interface, and Selenograd %S+ has %w+ %d")
  refused("libmisfit_size.so", "other headers: sg_call has 8 bytes there and %d+ in Selenograd")
  refused("libmisfit_engine.so", "linked to another copy of the engine")
  refused("libmisfit_name.so", "the plugin has no name")
  refused("libmisfit_list.so", "the plugin has no ops")
  refused("libmisfit_empty.so", "the plugin has no ops")
  refused("libmisfit_samples.so", "libmisfit_samples.so: op unchecked: it has no samples")
  absent "unchecked"
end

function tests.testNamesThatAreTaken()
  refused("libclash_relu.so", "libclash_relu.so: there is already an op named relu")
  refused("libclash_tensor.so", "cannot be named tensor, as sg.tensor exists")
  refused("libclash_nn.so", "cannot be named nn, as sg.nn exists")
  refused("libclash_item.so", "cannot be named item, as tensors have a method x:item")
  refused("libclash_fill.so", "cannot be named fill, as tensors have a method x:fill_")
  refused("libclash_end.so", "cannot be named end, a keyword of Lua")
  for _, name in ipairs { "relu", "tensor", "nn", "item", "fill", "end" } do absent("faultless_" .. name) end
end

function tests.testALibraryThatChanged()
  local path = os.tmpname()
  os.remove(path)
  copy("libclash_relu.so", path)
  refused(path, "already an op named relu") -- and unloaded again
  os.remove(path)
  copy("libextra.so", path)
  lu.assertEquals(sg.load_ops(path), { "faultless_extra", "extra" })
  lu.assertEquals(sg.load_ops(path), { "faultless_extra", "extra" })
  os.remove(path) -- a linker, too, makes a new file
  copy("libextra.so", path, "more")
  refused(path, path .. " has changed since it was loaded")
  copy("libextra.so", path .. "2")
  refused(path .. "2", "already an op named faultless_extra") -- equal, and yet another library
  os.remove(path .. "2")
  os.remove(path)
end

TestLoadOps = tests
os.exit(lu.LuaUnit.run(), true)
