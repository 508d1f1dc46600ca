-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Wrong input from a script: each an error with the script's line, the op, the argument and the shapes, after which
-- everything works and nothing has leaked.
local lu = require "luaunit"
local sg = require "selenograd"

local function square(options)
  return sg.tensor({{1, 2}, {3, 4}}, {dtype = "f64", requires_grad = not (options and options.plain)})
end
local function labels(...) return sg.tensor({...}, {dtype = "i64"}) end

-- The message of f's error, without the position, which must be a line of this file.
local function message_of(f)
  local ok, message = pcall(f)
  lu.assertFalse(ok)
  local rest = tostring(message):match("bad_input_test%.lua:%d+: (.*)")
  lu.assertNotNil(rest, "no line of the script in: " .. tostring(message))
  return rest
end

-- Live bytes when all garbage is gone.
local function live_bytes()
  for _ = 1, 3 do collectgarbage() end
  return sg.memory().live_bytes
end

local function refuses(expected, f)
  message_of(f) -- once for what stays: the growth of lists
  local before = live_bytes()
  lu.assertStrContains(message_of(f), expected)
  lu.assertEquals(live_bytes(), before)
  lu.assertEquals(sg.exp(sg.zeros(1)):item(), 1)
end

function TestShapes()
  local x = square()
  refuses("matmul: a [2, 2] has rows of 2 elements, b [3, 2] has columns of 3", function()
    sg.matmul(x, sg.ones(3, 2, {dtype = "f64"}))
  end)
  refuses("conv2d: x has shape [2, 2], expected (N, C, H, W)", function() sg.conv2d(x, x) end)
  refuses("batch_norm: gamma has shape [2], expected [3] (channels of x [4, 3])", function()
    sg.batch_norm(sg.ones(4, 3), sg.ones(2))
  end)
  refuses("add: a has shape [2, 2], b has shape [3]: they do not broadcast", function()
    return x + sg.ones(3, {dtype = "f64"})
  end)
  refuses("sum: dimension 3 is outside 1..2 and -2..-1 (x has shape [2, 2])", function() sg.sum(x, 3) end)
end

function TestDtypes()
  local x = square()
  refuses("exp: x has dtype i64, expected f32 or f64", function() sg.exp(labels(1, 2)) end)
  refuses("add: b has dtype f32, the inputs before it have f64", function() return x + sg.ones(2, 2) end)
end

function TestArguments()
  local x = square()
  refuses("exp: x is the string 'x', expected a tensor or a number", function() sg.exp("x") end)
  refuses("mul: b is missing", function() sg.mul(x) end)
  refuses("exp: unknown option 'nope'", function() sg.exp(x, {nope = 1}) end)
end

function TestOptions()
  local x = square()
  refuses("batch_norm: eps is -1, expected a value of at least 0", function()
    sg.batch_norm(sg.ones(4, 3), nil, nil, {eps = -1})
  end)
  refuses("dropout: p is 1.5, expected a value in [0, 1)", function() sg.dropout(x, {p = 1.5}) end)
  refuses("dropout: p is -0.5, expected a value in [0, 1)", function() sg.dropout(x, {p = -0.5}) end)
  refuses("expected a finite number >= 0", function()
    sg.gradcheck(function(a) return a * a end, {x}, {step = 0 / 0})
  end)
end

function TestIndices()
  local x = square()
  refuses("cross_entropy: target[2] = 4 is outside 1..3", function()
    sg.cross_entropy(sg.ones(2, 3), labels(1, 4))
  end)
  refuses("index_select: index holds 0 (element 1), expected 1..2 (dimension 1 of x [2, 2])", function()
    sg.index_select(x, labels(0), 1)
  end)
  refuses("position 5 is out of range for dimension 1 of shape [2, 2]", function() return x[5] end)
end

function TestSizes()
  refuses("a tensor cannot have the shape [2147483648, 2147483648, 4]", function()
    sg.zeros(1 << 31, 1 << 31, 4)
  end)
  sg.set_memory_limit(sg.memory().live_bytes + (1 << 20))
  refuses("of the limit of", function() sg.zeros(1 << 20) end)
  sg.set_memory_limit(0)
  lu.assertEquals(sg.zeros(1 << 20):numel(), 1 << 20)
end

function TestBackward()
  refuses("backward: the tensor has shape [2, 2]; only one of a single element can do without", function()
    local x = square()
    local y = x * x
    y:backward()
  end)
  refuses("backward of sum: this graph has been differentiated already and its saved values are freed", function()
    local y = (square() * 2):sum()
    y:backward()
    y:backward()
  end)
  refuses("backward: the tensor [1] has no graph", function() sg.ones(1):backward() end)
  refuses("requires a gradient", function()
    local x = square()
    x:fill_(1)
  end)
end

-- What a failing step had already computed is no longer there afterwards.
function TestFailureWithinABackwardPass()
  local x, w = square(), square {plain = true}
  local y = (x * w):sum()
  w:fill_(0)
  local expected = "backward of mul: b [2, 2], which its derivative needs, was changed in place by fill_"
  lu.assertStrContains(message_of(function() y:backward() end), expected)
  lu.assertNil(x.grad)
end

os.exit(lu.LuaUnit.run())
