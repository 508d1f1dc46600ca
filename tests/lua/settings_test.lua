-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Default dtype, print options, shapes as text, and short names of tensors' methods.
local lu = require "luaunit"
local sg = require "selenograd"

local function refused(message, f, ...)
  local ok, text = pcall(f, ...)
  lu.assertFalse(ok)
  lu.assertStrContains(text, message)
end

TestDefaultDtype = {}

function TestDefaultDtype:tearDown() sg.set_default_dtype("f32") end

function TestDefaultDtype:test_what_is_made_without_a_dtype()
  sg.set_default_dtype("f64")
  lu.assertEquals(sg.get_default_dtype(), "f64")
  for name, x in pairs {
    zeros = sg.zeros(2), scalar = sg.zeros(), tensor = sg.tensor {1, 2}, rand = sg.rand(2), randn = sg.randn(),
    eye = sg.eye(2), arange = sg.arange(0.5, 3), linspace = sg.linspace(0, 1, 3), full = sg.full({2}, 0.5),
    leaf = sg.zeros(2, {requires_grad = true}), product = sg.tensor {true, false} * 0.5,
    linear = sg.nn.Linear(2, 3).weight, batch_norm = sg.nn.BatchNorm1d(3).running_mean,
    layer_norm = sg.nn.LayerNorm(3).weight, prelu = sg.nn.PReLU().weight,
  } do
    lu.assertEquals({name, x.dtype}, {name, "f64"})
  end
  lu.assertEquals(sg.zeros(2, {dtype = "f32"}).dtype, "f32")
  lu.assertEquals(sg.zeros_like(sg.zeros(2, {dtype = "f32"})).dtype, "f32")
  lu.assertEquals({sg.tensor {true}.dtype, sg.randint(1, 3, {2}).dtype}, {"bool", "i64"})
  lu.assertEquals(sg.nn.Linear(2, 3, {dtype = "f32"}).weight.dtype, "f32")
  sg.set_default_dtype("f32")
  lu.assertEquals({sg.zeros(2).dtype, sg.nn.Linear(2, 3).weight.dtype}, {"f32", "f32"})
end

function TestDefaultDtype:test_refused()
  refused('set_default_dtype: dtype is "i64", expected "f32" or "f64"', sg.set_default_dtype, "i64")
  refused("set_default_dtype: dtype is missing", sg.set_default_dtype)
  lu.assertEquals(sg.get_default_dtype(), "f32")
end

TestPrinting = {}

function TestPrinting:tearDown() sg.set_printoptions {profile = "default"} end

local x = sg.tensor {1.23456, 1000.5}

function TestPrinting:test_options()
  lu.assertEquals(tostring(x), "tensor({   1.2346, 1000.5000}, f32 [2])")
  sg.set_printoptions {precision = 2, linewidth = 20}
  lu.assertEquals(tostring(x), "tensor({   1.23,\n        1000.50}, f32 [2])")
  sg.set_printoptions {sci_mode = true}
  lu.assertEquals(tostring(sg.tensor {2}), "tensor({2.00e+00}, f32 [1])")
  sg.set_printoptions {profile = "default", threshold = 5, edgeitems = 1}
  lu.assertEquals(tostring(sg.arange(0, 6)), "tensor({0, ..., 5}, f32 [6])")
  lu.assertEquals(tostring(sg.arange(0, 5)), "tensor({0, 1, 2, 3, 4}, f32 [5])")
end

function TestPrinting:test_the_options_can_be_read()
  lu.assertEquals(sg.get_printoptions(),
    {precision = 4, threshold = 1000, edgeitems = 3, linewidth = 100, sci_mode = "auto"})
  sg.set_printoptions {profile = "full", sci_mode = false, precision = 6}
  local options = sg.get_printoptions()
  lu.assertEquals({options.precision, options.sci_mode, options.threshold > 1 << 30}, {6, false, true})
end

function TestPrinting:test_the_largest_number_with_all_digits()
  sg.set_printoptions {sci_mode = false, precision = 17}
  lu.assertStrContains(tostring(sg.tensor(-1e308, {dtype = "f64"})), "-1000000000000000010979063629440455417404923")
end

function TestPrinting:test_refused()
  refused("unknown option 'precison'; did you mean 'precision'?", sg.set_printoptions, {precison = 2})
  refused("precision is -2, expected a whole number in [0, 17]", sg.set_printoptions, {precision = -2})
  refused("sci_mode is the number 2, expected true, false or \"auto\"", sg.set_printoptions, {sci_mode = 2})
  refused("profile is the string 'x'", sg.set_printoptions, {profile = "x"})
  refused("the options have the key", sg.set_printoptions, {4})
  refused("the options are the number 3", sg.set_printoptions, 3)
  lu.assertEquals(sg.get_printoptions().precision, 4)
end

TestShapes = {}

function TestShapes:test_text_and_comparison()
  local shape = sg.zeros(2, 3).shape
  lu.assertEquals({tostring(shape), "shape " .. shape, tostring(sg.zeros().shape)},
    {"[2, 3]", "shape [2, 3]", "[]"})
  lu.assertTrue(shape == sg.ones(2, 3).shape and shape == {2, 3})
  lu.assertFalse(shape == {3, 2} or shape == {2} or shape == {2, 3, 1})
  lu.assertEquals({#shape, shape[1], sg.zeros(shape).shape[2]}, {2, 2, 3})
  lu.assertEquals(sg.nn.LayerNorm(shape).weight.shape, {2, 3})
end

function TestShapes:test_methods()
  local y = sg.zeros(2, 3)
  lu.assertEquals({y.ndim, y:view(3, 2).shape[1], sg.view(y, 6).shape[1]}, {2, 3, 6})
  lu.assertEquals({y:double().dtype, y:float().dtype, y:long().dtype, y:bool().dtype, y:byte().dtype},
    {"f64", "f32", "i64", "bool", "u8"})
  lu.assertTrue(y:requires_grad_().requires_grad)
  lu.assertFalse(y:requires_grad_(false).requires_grad)
  refused("requires_grad_: the argument is the number 1", y.requires_grad_, y, 1)
  refused("cannot require a gradient", y.requires_grad_, y:long())
  refused("unexpected argument 2", y.float, y, 2)
end

os.exit(lu.LuaUnit.run())
