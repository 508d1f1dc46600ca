-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd.data: IDX files of every type and every kind of damage, minibatches, standardization.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of = support.error_of
local data = sg.data

-- ---- Files made by hand -------------------------------------------------------------------------

local paths = {}

local function write(bytes, suffix)
  local name = os.tmpname()
  paths[#paths + 1] = name
  if suffix then
    name = name .. suffix
    paths[#paths + 1] = name
  end
  local file = assert(io.open(name, "wb"))
  file:write(bytes)
  file:close()
  return name
end

local function remove_files()
  for _, path in ipairs(paths) do os.remove(path) end
  paths = {}
end

local function header(code, ...)
  local sizes = {...}
  local bytes = {string.char(0, 0, code, #sizes)}
  for _, size in ipairs(sizes) do bytes[#bytes + 1] = string.pack(">I4", size) end
  return table.concat(bytes)
end

local function crc32(bytes)
  local crc = 0xffffffff
  for i = 1, #bytes do
    crc = crc ~ bytes:byte(i)
    for _ = 1, 8 do crc = crc & 1 == 1 and crc >> 1 ~ 0xedb88320 or crc >> 1 end
  end
  return crc ~ 0xffffffff
end

-- A gzip file (RFC 1952) with one uncompressed block (RFC 1951).
local function gzip(bytes)
  return "\x1f\x8b\x08\0\0\0\0\0\0\xff" .. "\1" .. string.pack("<I2I2", #bytes, ~#bytes & 0xffff) .. bytes
    .. string.pack("<I4I4", crc32(bytes), #bytes)
end

local function assert_rejected(path, ...)
  local message = error_of(data.idx, path)
  for _, part in ipairs {...} do lu.assertStrContains(message, part) end
end

local six = header(0x08, 2, 3) .. string.char(1, 2, 3, 4, 5, 255)

-- ---- IDX ----------------------------------------------------------------------------------------

TestIdx = {}

function TestIdx:tearDown() remove_files() end

function TestIdx:testEveryType()
  local cases = {
    {0x08, ">B", {0, 7, 255}, "i64"},
    {0x09, ">b", {-128, -1, 127}, "i64"},
    {0x0b, ">i2", {-32768, -2, 32767}, "i64"},
    {0x0c, ">i4", {-2147483648, 3, 2147483647}, "i64"},
    {0x0d, ">f", {-1.5, 0.25, 1e30}, "f32"},
    {0x0e, ">d", {-1.5, 0.1, 1e300}, "f64"},
  }
  for _, case in ipairs(cases) do
    local code, format, values, dtype = table.unpack(case)
    local bytes = header(code, 3)
    for _, value in ipairs(values) do bytes = bytes .. string.pack(format, value) end
    local tensor = data.idx(write(bytes))
    lu.assertEquals(tensor.dtype, dtype)
    lu.assertEquals(tensor.shape, {3})
    for i, value in ipairs(values) do lu.assertAlmostEquals(tensor:totable()[i], value, math.abs(value) * 1e-7) end
  end
end

function TestIdx:testShapesAndGzip()
  lu.assertEquals(data.idx(write(six)):totable(), {{1, 2, 3}, {4, 5, 255}})
  lu.assertEquals(data.idx(write(gzip(six), ".gz")):totable(), {{1, 2, 3}, {4, 5, 255}})
  lu.assertEquals(data.idx(write(header(0x08) .. "\7")).shape, {})
  lu.assertEquals(data.idx(write(header(0x08, 0, 28))).shape, {0, 28})
end

function TestIdx:testOptions()
  local path = write(six)
  local images = data.idx(path, {dtype = "f32", scale = 1 / 255})
  lu.assertEquals(images.dtype, "f32")
  lu.assertAlmostEquals(images:totable()[2][3], 1, 1e-7)
  lu.assertAlmostEquals(images:totable()[1][2], 2 / 255, 1e-7)
  local labels = data.idx(path, {offset = 1})
  lu.assertEquals(labels.dtype, "i64")
  lu.assertEquals(labels:totable(), {{2, 3, 4}, {5, 6, 256}})
end

-- The sign of a zero stays, with an offset of 0 as without.
function TestIdx:testBytesAsTheyAre()
  local x = data.idx(write(six), {dtype = "u8"})
  lu.assertEquals(x.dtype, "u8")
  lu.assertEquals(x:totable(), {{1, 2, 3}, {4, 5, 255}})
  local signed = write(header(0x09, 1) .. "\255")
  local read_idx = require("selenograd.core").read_idx
  local cases = {
    {data.idx, {write(six), {dtype = "u8", scale = 2}},
      "scale is 2 and offset is 0, expected 1 and 0 for dtype u8"},
    {data.idx, {write(six), {dtype = "u8", offset = 1}}, "expected 1 and 0 for dtype u8"},
    {data.idx, {signed, {dtype = "u8"}}, "expected dtype i64, f32 or f64, not u8"},
    {data.idx, {write(header(0x0d, 1) .. ("x"):rep(4)), {dtype = "u8"}}, "expected dtype f32 or f64, not u8"},
    {data.idx, {write(six), {dtype = "bool"}}, "dtype is \"bool\", expected one of f32, f64, i64, u8"},
    {read_idx, {write(six), "bool", 1, 0}, "dtype is bool, expected f32, f64, i64 or u8"},
  }
  for _, case in ipairs(cases) do
    lu.assertStrContains(error_of(case[1], table.unpack(case[2])), case[3])
  end
end

function TestIdx:testNegativeZero()
  for code, format in pairs {[0x0d] = ">f", [0x0e] = ">d"} do
    local path = write(header(code, 2) .. string.pack(format, -0.0) .. string.pack(format, 0.0))
    for _, options in ipairs {{}, {dtype = "f32"}, {dtype = "f64", offset = 0}, {scale = 0.5}} do
      local values = data.idx(path, options):totable()
      lu.assertEquals({1 / values[1], 1 / values[2]}, {-math.huge, math.huge})
    end
    lu.assertEquals(1 / data.idx(path, {scale = -1}):totable()[2], -math.huge)
  end
end

function TestIdx:testBadOptions()
  local path = write(six)
  lu.assertStrContains(error_of(data.idx, path, {scale = 2}), "scale is 2")
  lu.assertStrContains(error_of(data.idx, path, {offset = 0.5}), "offset is 0.5")
  lu.assertStrContains(error_of(data.idx, path, {dtype = "f32", scale = 0 / 0}), "finite")
  lu.assertStrContains(error_of(data.idx, path, {dtype = "f16"}), "dtype")
  lu.assertStrContains(error_of(data.idx, path, {scalee = 1}), "scalee")
  lu.assertStrContains(error_of(data.idx, 5), "path")
  lu.assertStrContains(error_of(data.idx, write(header(0x0d, 1) .. string.pack(">f", 1)), {dtype = "i64"}), "float")
end

function TestIdx:testMissingFile()
  assert_rejected("/nonexistent/file", "idx: /nonexistent/file", "No such file")
end

function TestIdx:testDirectory()
  assert_rejected("/usr", "idx: /usr is a directory")
end

function TestIdx:testWrongMagic()
  assert_rejected(write("\x89PNG\r\n"), "not an IDX file", "89 50 4e 47")
  assert_rejected(write(header(0x0a, 1) .. "a"), "not an IDX file")
  assert_rejected(write("\0\0\8\9" .. ("\0\0\0\1"):rep(9) .. "a"), "9 dimensions")
end

function TestIdx:testTruncated()
  assert_rejected(write(""), "truncated", "magic number")
  assert_rejected(write(six:sub(1, 3)), "truncated", "magic number")
  assert_rejected(write(six:sub(1, 7)), "truncated", "header")
  assert_rejected(write(six:sub(1, -2)), "truncated", "[2, 3]")
  assert_rejected(write(gzip(six:sub(1, -2)), ".gz"), "truncated", "values")
  for length = 11, #gzip(six) - 1 do
    assert_rejected(write(gzip(six):sub(1, length), ".gz"), "truncated")
  end
end

function TestIdx:testHeaderThatPromisesTooMuch()
  assert_rejected(write(header(0x0e, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff) .. "abc"), "truncated")
  assert_rejected(write(gzip(header(0x08, 1000000, 1000000) .. "abc"), ".gz"), "truncated")
end

function TestIdx:testTooLong()
  assert_rejected(write(six .. "x"), "more than the [2, 3] values")
  assert_rejected(write(gzip(six .. "x"), ".gz"), "more than the [2, 3] values")
end

function TestIdx:testNotGzip()
  assert_rejected(write(six, ".gz"), "does not contain gzip data")
  assert_rejected(write("", ".gz"), "does not contain gzip data")
end

-- Several gzip members one after the other are one file; anything else behind a member is no part of it.
function TestIdx:testMembers()
  for cut = 1, #six - 1 do
    local parts = gzip(six:sub(1, cut)) .. gzip("") .. gzip(six:sub(cut + 1))
    lu.assertEquals(data.idx(write(parts, ".gz")):totable(), {{1, 2, 3}, {4, 5, 255}})
  end
  for _, trailing in ipairs {"x", "\0", ("\0"):rep(512), "garbage", "\x1f", "\x1fx", ("x"):rep(100000)} do
    assert_rejected(write(gzip(six) .. trailing, ".gz"), "something behind its gzip data that is no gzip data")
  end
  assert_rejected(write(gzip(six) .. "\x1f\x8b", ".gz"), "truncated")
  assert_rejected(write(gzip(six) .. "\x1f\x8bxxxxxxxxxxxxxxxx", ".gz"), "damaged")
  assert_rejected(write(gzip(six) .. gzip("more"), ".gz"), "more than the [2, 3] values")
end

function TestIdx:testDamagedGzip()
  local good = gzip(six)
  assert_rejected(write(good:sub(1, -7) .. "\0\0" .. good:sub(-4), ".gz"), "damaged")
end

function TestIdx:testNothingLeaks()
  local path = write(six:sub(1, -2))
  collectgarbage()
  local before = sg.memory().live_bytes
  for _ = 1, 50 do pcall(data.idx, path) end
  collectgarbage()
  lu.assertEquals(sg.memory().live_bytes, before)
end

-- ---- Fashion-MNIST ------------------------------------------------------------------------------

TestFashionMnist = {}

function TestFashionMnist:testMissingDataNamesThePackage()
  local message = error_of(data.fashion_mnist, "/nonexistent")
  lu.assertStrContains(message, "/nonexistent/train-images-idx3-ubyte.gz")
  lu.assertStrContains(message, "dataset-fashion-mnist")
  lu.assertStrContains(error_of(data.fashion_mnist, {}), "fashion_mnist: path is a table, expected a string")
  lu.assertStrContains(error_of(data.fashion_mnist, false), "fashion_mnist: path is false, expected a string")
end

function TestFashionMnist:testImagesAsNumbersAndAsBytes()
  local directory = os.tmpname()
  os.remove(directory)
  assert(os.execute("mkdir " .. directory))
  local function file(name, bytes)
    local out = assert(io.open(directory .. "/" .. name, "wb"))
    out:write(bytes)
    out:close()
  end
  for _, prefix in ipairs {"train", "t10k"} do
    file(prefix .. "-images-idx3-ubyte", header(0x08, 2, 1, 3) .. string.char(0, 51, 255, 1, 2, 3))
    file(prefix .. "-labels-idx1-ubyte", header(0x08, 2) .. string.char(0, 9))
  end
  local set = data.fashion_mnist(directory)
  local raw = data.fashion_mnist(directory, {dtype = "u8"})
  local message = error_of(data.fashion_mnist, directory, {dtype = "i64"})
  os.execute("rm -r " .. directory)
  lu.assertEquals(set.train.images.dtype, "f32")
  lu.assertEquals(set.train.images.shape, {2, 1, 1, 3})
  lu.assertEquals(set.test.labels:totable(), {1, 10})
  lu.assertEquals(raw.test.images.dtype, "u8")
  lu.assertEquals(raw.test.images:totable(), {{{{0, 51, 255}}}, {{{1, 2, 3}}}})
  lu.assertAlmostEquals(set.train.images:totable()[1][1][1][2], 0.2, 1e-7) -- 51 / 255, in f32
  lu.assertStrContains(message, "dtype is \"i64\", expected one of f32, f64, u8")
end

-- ---- Standardization ----------------------------------------------------------------------------

TestStandardize = {}

function TestStandardize:testWhole()
  local train = sg.tensor({{1, 2}, {3, 6}}, {dtype = "f64"}) -- mean 3, variance 3.5
  local test = sg.tensor({3, 4}, {dtype = "f64"})
  local a, b, mean, deviation = data.standardize(train, test)
  lu.assertAlmostEquals(mean:item(), 3, 1e-12)
  lu.assertAlmostEquals(deviation:item(), math.sqrt(3.5), 1e-12)
  lu.assertAlmostEquals(a:totable()[2][2], 3 / math.sqrt(3.5), 1e-12)
  lu.assertAlmostEquals(b:totable()[1], 0, 1e-12)
  lu.assertAlmostEquals(b:totable()[2], 1 / math.sqrt(3.5), 1e-12)
  lu.assertEquals(train:totable(), {{1, 2}, {3, 6}})
end

function TestStandardize:testPerColumnWithAConstantOne()
  local train = sg.tensor({{1, 5}, {3, 5}}, {dtype = "f64"})
  local result = data.standardize(train, {dim = {1}}):totable()
  lu.assertAlmostEquals(result[1][1], -1, 1e-12)
  lu.assertAlmostEquals(result[2][1], 1, 1e-12)
  lu.assertEquals({result[1][2], result[2][2]}, {0, 0})
end

function TestStandardize:testBadArguments()
  lu.assertStrContains(error_of(data.standardize, sg.tensor({1}, {dtype = "i64"})), "i64")
  lu.assertStrContains(error_of(data.standardize), "no values")
  lu.assertStrContains(error_of(data.standardize, sg.zeros(2), nil, sg.zeros(2)), "standardize: argument 2 is nil")
  lu.assertStrContains(error_of(data.standardize, sg.zeros(0)), "no values")
end

os.exit(lu.LuaUnit.run())
