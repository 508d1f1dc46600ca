-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- fashion_mnist(path, {dtype = "f32"}): the data set of Xiao, Rasul and Vollgraf (2017), 28x28 grey images of 10
-- kinds of clothing, from a directory with its four IDX.gz files (or unpacked ones). Default: where Debian's
-- dataset-fashion-mnist puts them.
--
-- Returns {train = {images, labels}, test = {images, labels}, classes = {...}} with fields `images`, f32
-- (60000 or 10000, 1, 28, 28) in [0, 1], and `labels`, i64 from 1 to 10, positions in `classes`. With dtype = "u8"
-- images are the bytes from 0 to 255, in a quarter of the memory; images:to("f32") / 255 are the numbers.

local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"
local idx = require "selenograd.data.idx"

local default_path = "/usr/share/datasets/fashion-mnist"

local classes = {
  "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
}

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function find(directory, name)
  for _, path in ipairs {directory .. "/" .. name .. ".gz", directory .. "/" .. name} do
    if exists(path) then return path end
  end
  fail("fashion_mnist: %s/%s.gz is missing; install the Debian package dataset-fashion-mnist "
    .. "(apt install dataset-fashion-mnist) or give the directory of the files", directory, name)
end

local function read_part(directory, prefix, dtype)
  local image_path = find(directory, prefix .. "-images-idx3-ubyte")
  local label_path = find(directory, prefix .. "-labels-idx1-ubyte")
  local images = idx(image_path, {dtype = dtype, scale = dtype == "u8" and 1 or 1 / 255})
  local labels = idx(label_path, {dtype = "i64", offset = 1})
  local shape = images.shape
  if #shape ~= 3 then
    fail("fashion_mnist: %s has shape [%s], expected 3 dimensions", image_path, table.concat(shape, ", "))
  end
  if #labels.shape ~= 1 or labels.shape[1] ~= shape[1] then
    fail("fashion_mnist: %s has shape [%s], expected [%d], one label for each image", label_path,
      table.concat(labels.shape, ", "), shape[1])
  end
  return {images = images:reshape({shape[1], 1, shape[2], shape[3]}), labels = labels}
end

local function fashion_mnist(path, options)
  local directory = path == nil and default_path or arguments.text("fashion_mnist", "path", path)
  options = arguments.options("fashion_mnist", options, {dtype = arguments.DEFAULT_DTYPE})
  local dtype = arguments.choice("fashion_mnist", "dtype", options.dtype, {"f32", "f64", "u8"})
  return {
    train = read_part(directory, "train", dtype), test = read_part(directory, "t10k", dtype), classes = classes,
  }
end

return fashion_mnist
