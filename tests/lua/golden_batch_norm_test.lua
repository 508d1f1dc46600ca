-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.BatchNorm1d/2d/3d against PyTorch: the cases of tests/golden/batch_norm.golden, whose layout and inputs
-- tests/golden/generate_batch_norm.py describes. What the op computes is compared more sharply in C; this is about
-- the layer: its parameters, its running statistics and its two modes.

local lu = require "luaunit"
local sg = require "selenograd"
local nn = sg.nn

local X, GAMMA, BETA, DY, MEAN_BEFORE, VAR_BEFORE = 0, 1, 2, 3, 4, 5

-- ---- The file -----------------------------------------------------------------------------------

local function splitmix64(x)
  local z = x + 0x9E3779B97F4A7C15
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return z ~ (z >> 31)
end

local function rounded(value, dtype)
  return dtype == "f32" and string.unpack("<f", string.pack("<f", value)) or value
end

local function input(case, array, count)
  local offset, scale = 0, 1
  if array == X then offset, scale = case.offset, case.scale end
  if array == GAMMA or array == VAR_BEFORE then offset = 1 end
  if array == DY then scale = 2 end
  local values = {}
  for i = 0, count - 1 do
    local bits = splitmix64((case.number << 40) + (array << 32) + i) >> 40
    values[i + 1] = rounded(offset + (scale * (bits / 2.0 ^ 24) - scale / 2), case.dtype)
  end
  return values
end

local function read_cases()
  local folder = debug.getinfo(1, "S").source:match("^@(.*)lua/[^/]*$")
  local file = assert(io.open(folder .. "golden/batch_norm.golden", "rb"))
  local bytes = file:read("a")
  file:close()
  local position = 1
  local function take(format)
    local value
    value, position = string.unpack(format, bytes, position)
    return value
  end
  local function take_doubles(count)
    local values = {}
    for i = 1, count do values[i] = take("<d") end
    return values
  end
  assert(take("c8") == "SGBN0001")
  local cases = {}
  for i = 1, take("<i4") do
    local case = {number = take("<i4"), dtype = ({"f32", "f64"})[take("<i4")], affine = take("<i4"), shape = {}}
    local rank = take("<i4")
    for d = 1, 5 do
      local size = take("<i4")
      if d <= rank then case.shape[d] = size end
    end
    for _, name in ipairs {"eps", "momentum", "offset", "scale"} do case[name] = take("<d") end
    case.elements, case.channels = 1, case.shape[2]
    for _, size in ipairs(case.shape) do case.elements = case.elements * size end
    case.y, case.dx = take_doubles(case.elements), take_doubles(case.elements)
    for _, name in ipairs {"dgamma", "dbeta", "running_mean", "running_var"} do
      case[name] = take_doubles(case.channels)
    end
    cases[i] = case
  end
  lu.assertEquals(position, #bytes + 1)
  return cases
end

local cases = read_cases()

-- ---- Comparing ----------------------------------------------------------------------------------

local function channel_of(case, element)
  local inner = case.elements // case.channels // case.shape[1]
  return (element - 1) // inner % case.channels + 1
end

-- Rounding the mean moves the normalized values by |mean| / sqrt(var + eps) roundings: 64 for the operations on the
-- way, as generate_batch_norm.py allows PyTorch's own f32.
local function tolerance(case)
  local x = input(case, X, case.elements)
  local sum, square, largest = {}, {}, 0
  for i, value in ipairs(x) do
    local c = channel_of(case, i)
    sum[c] = (sum[c] or 0) + value - case.offset
    square[c] = (square[c] or 0) + (value - case.offset) ^ 2
    largest = math.max(largest, math.abs(value))
  end
  local magnification, n = 1, case.elements // case.channels
  for c = 1, case.channels do
    local var = square[c] / n - (sum[c] / n) ^ 2
    magnification = math.max(magnification, 1 + largest / math.sqrt(var + case.eps))
  end
  return 64 * magnification * 2.0 ^ (case.dtype == "f32" and -24 or -53)
end

local function assert_close(case, what, tensor, expected, relative)
  local values = tensor:reshape({tensor:numel()}):totable()
  lu.assertEquals(#values, #expected)
  local largest = 1
  for _, value in ipairs(expected) do largest = math.max(largest, math.abs(value)) end
  for i, value in ipairs(values) do
    if not (math.abs(value - expected[i]) <= relative * largest) then
      lu.fail(("case %d (%s, [%s]): element %d of %s is %.17g, expected %.17g within %.3g"):format(case.number,
        case.dtype, table.concat(case.shape, ", "), i, what, value, expected[i], relative * largest))
    end
  end
end

-- ---- Building -----------------------------------------------------------------------------------

local classes = {[2] = nn.BatchNorm1d, [3] = nn.BatchNorm1d, [4] = nn.BatchNorm2d, [5] = nn.BatchNorm3d}

local function same(a, b)
  return table.concat(a, ",") == table.concat(b, ",")
end

local function tensor(case, array)
  local per_element = array == X or array == DY
  local values = sg.tensor(input(case, array, per_element and case.elements or case.channels), {dtype = case.dtype})
  return per_element and values:reshape(case.shape) or values
end

-- A case with gamma or beta alone is one with the other's initial value.
local function layer_of(case, momentum)
  local layer = classes[#case.shape](case.channels, {eps = case.eps, momentum = momentum, affine = case.affine ~= 0,
    dtype = case.dtype})
  sg.no_grad(function()
    if case.affine & 1 ~= 0 then layer.weight:copy_(tensor(case, GAMMA)) end
    if case.affine & 2 ~= 0 then layer.bias:copy_(tensor(case, BETA)) end
  end)
  layer.running_mean:copy_(tensor(case, MEAN_BEFORE))
  layer.running_var:copy_(tensor(case, VAR_BEFORE))
  return layer
end

-- ---- Tests --------------------------------------------------------------------------------------

TestGolden = {}

function TestGolden:testTraining()
  for _, case in ipairs(cases) do
    local layer, x, bound = layer_of(case, case.momentum), tensor(case, X), tolerance(case)
    x.requires_grad = true
    local y = layer(x)
    y:backward(tensor(case, DY))
    assert_close(case, "y", y, case.y, bound)
    assert_close(case, "dx", x.grad, case.dx, bound)
    if case.affine & 1 ~= 0 then assert_close(case, "weight.grad", layer.weight.grad, case.dgamma, bound) end
    if case.affine & 2 ~= 0 then assert_close(case, "bias.grad", layer.bias.grad, case.dbeta, bound) end
    lu.assertEquals(layer.weight == nil, case.affine == 0)
    assert_close(case, "running_mean", layer.running_mean, case.running_mean, bound)
    assert_close(case, "running_var", layer.running_var, case.running_var, bound)
    lu.assertEquals(layer.num_batches_tracked:item(), 1)
  end
end

-- Training, then evaluation by PyTorch's running statistics, which stay as they are.
function TestGolden:testEvaluationAfterTraining()
  for _, case in ipairs(cases) do
    local layer, x = layer_of(case, case.momentum), tensor(case, X)
    layer(x)
    layer:eval()
    local expected, largest = {}, 1
    local gamma, beta = input(case, GAMMA, case.channels), input(case, BETA, case.channels)
    for i, value in ipairs(input(case, X, case.elements)) do
      local c = channel_of(case, i)
      local rstd = 1 / math.sqrt(case.running_var[c] + case.eps)
      largest = math.max(largest, (math.abs(value) + math.abs(case.running_mean[c])) * rstd)
      expected[i] = (value - case.running_mean[c]) * rstd
      if case.affine & 1 ~= 0 then expected[i] = expected[i] * gamma[c] end
      if case.affine & 2 ~= 0 then expected[i] = expected[i] + beta[c] end
    end
    local unit = 2.0 ^ (case.dtype == "f32" and -24 or -53)
    assert_close(case, "y in evaluation", layer(x), expected, math.max(tolerance(case), 64 * unit * largest))
    assert_close(case, "running_mean", layer.running_mean, case.running_mean, tolerance(case))
    lu.assertEquals(layer.num_batches_tracked:item(), 1)
  end
end

-- momentum = false: after k batches the running statistics are the average of PyTorch's statistics of each, which
-- follow from a case's running statistics: batch = (running - (1 - momentum) before) / momentum.
function TestGolden:testCumulativeAverage()
  local layer, count, mean, var, bound
  local function batch_statistic(case, running, before, c)
    return (running[c] - (1 - case.momentum) * before[c]) / case.momentum
  end
  local batches, layers = 0, 0
  for i, case in ipairs(cases) do
    local previous = cases[i - 1]
    if not previous or previous.dtype ~= case.dtype or not same(previous.shape, case.shape) then
      layer, count, mean, var, bound = layer_of(case, false), 0, {}, {}, 0
      layers = layers + 1
    end
    if case.momentum > 0 then
      layer(tensor(case, X))
      count = count + 1
      local mean_before = input(case, MEAN_BEFORE, case.channels)
      local var_before = input(case, VAR_BEFORE, case.channels)
      for c = 1, case.channels do
        local new_mean = batch_statistic(case, case.running_mean, mean_before, c)
        local new_var = batch_statistic(case, case.running_var, var_before, c)
        mean[c] = (mean[c] or 0) + (new_mean - (mean[c] or 0)) / count
        var[c] = (var[c] or 0) + (new_var - (var[c] or 0)) / count
      end
      -- Undoing the momentum magnifies the file's own rounding; the average of large batches rounds by their size.
      bound = math.max(bound, tolerance(case), 64 * 2.0 ^ -53 / case.momentum)
      assert_close(case, "running_mean", layer.running_mean, mean, bound)
      assert_close(case, "running_var", layer.running_var, var, bound)
      lu.assertEquals(layer.num_batches_tracked:item(), count)
      batches = batches + 1
    end
  end
  lu.assertEquals(layers, 32)
  lu.assertTrue(batches > 150)
end

function TestGolden:testEveryKindOfCase()
  local seen = {}
  for _, case in ipairs(cases) do
    seen[case.dtype], seen["affine" .. case.affine], seen["rank" .. #case.shape] = true, true, true
  end
  local kinds = {"f32", "f64", "affine0", "affine1", "affine2", "affine3", "rank2", "rank3", "rank4", "rank5"}
  for _, kind in ipairs(kinds) do lu.assertTrue(seen[kind], kind) end
end

os.exit(lu.LuaUnit.run())
