-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Trains a batch-normalized convolutional network on Fashion-MNIST, after proving the gradient of every parameter
-- of a small copy of that network.

local sg = require "selenograd"
local nn, optim, data = sg.nn, sg.optim, sg.data
local progress = require "selenograd.progress"

local usage = [[
Usage: selenograd [--threads N] train_fashion_mnist.lua [options]

  --data PATH       directory of the IDX.gz files (default /usr/share/datasets/fashion-mnist)
  --epochs N        passes over the training images (default 4)
  --batch-size N    images in a batch (default 128)
  --lr X            learning rate at the start; it falls to 0 along a cosine (default 0.003)
  --seed N          of the weights, the order of the images and dropout (default 1)
  --limit N         use only the first N training images
  --help            print this
]]

-- ---- Options ------------------------------------------------------------------------------------

local function fail(format, ...)
  io.stderr:write("train_fashion_mnist: ", string.format(format, ...), "\n")
  os.exit(1, true)
end

local function whole(least)
  return function(name, text)
    local value = math.tointeger(tonumber(text))
    if not value or value < least then fail("%s is %s, expected a whole number >= %d", name, text, least) end
    return value
  end
end

local function positive(name, text)
  local value = tonumber(text)
  if not (value and value > 0 and value < math.huge) then fail("%s is %s, expected a number > 0", name, text) end
  return value
end

local known = {
  ["--data"] = function(_, text) return text end,
  ["--epochs"] = whole(1),
  ["--batch-size"] = whole(2),
  ["--lr"] = positive,
  ["--seed"] = whole(0),
  ["--limit"] = whole(2),
}

local function parse(words)
  local options = {["--epochs"] = 4, ["--batch-size"] = 128, ["--lr"] = 0.003, ["--seed"] = 1}
  local i = 1
  while words[i] do
    local name = words[i]
    if name == "--help" then
      io.stdout:write(usage)
      os.exit(0, true)
    end
    if not known[name] then fail("unknown option %s; --help lists them", name) end
    if not words[i + 1] then fail("%s needs a value", name) end
    options[name] = known[name](name, words[i + 1])
    i = i + 2
  end
  return options
end

-- ---- The network --------------------------------------------------------------------------------

-- Images stay the bytes they are, a quarter of the memory of numbers; the network begins with making numbers of
-- mean 0 and deviation 1 of a batch.
local Standardize = nn.Module:extend("Standardize")

function Standardize:init(images)
  self.mean, self.deviation = sg.tidy(function()
    local numbers = images:to("f32")
    return numbers:mean():item(), math.sqrt(numbers:var({correction = 0}):item())
  end)
end

function Standardize:forward(images)
  return (images:to("f32") - self.mean) / self.deviation
end

function Standardize:extra_description()
  return string.format("mean=%.2f, deviation=%.2f", self.mean, self.deviation)
end

-- Biases would be cancelled by the batch normalization behind them, so only the last layer has one.
local function network(size)
  local dtype = size.dtype
  local map = size.image // 4
  return nn.Sequential(
    nn.Conv2d(1, size.channels[1], 3, {padding = 1, bias = false, dtype = dtype}),
    nn.BatchNorm2d(size.channels[1], {dtype = dtype}),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(size.channels[1], size.channels[2], 3, {padding = 1, bias = false, dtype = dtype}),
    nn.BatchNorm2d(size.channels[2], {dtype = dtype}),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(size.channels[2] * map * map, size.hidden, {bias = false, dtype = dtype}),
    nn.BatchNorm1d(size.hidden, {dtype = dtype}),
    nn.ReLU(),
    nn.Dropout(0.25),
    nn.Linear(size.hidden, size.classes, {dtype = dtype}))
end

local full = {image = 28, channels = {16, 32}, hidden = 128, classes = 10, dtype = "f32"}
local small = {image = 8, channels = {2, 3}, hidden = 6, classes = 4, dtype = "f64"}

-- ---- The proof ----------------------------------------------------------------------------------

-- Scales and shifts away from 1 and 0. A shift below zero lets every rectifier cut something off; of a channel that
-- is never cut, the next batch normalization would cancel the shift, and a gradient of zero proves nothing.
local function scatter_normalization(module)
  if not module.running_var then return end
  nn.init.uniform_(module.weight, 0.5, 1.5)
  nn.init.uniform_(module.bias, -0.8, -0.2)
end

local function prove_gradients()
  local model = network(small):apply(scatter_normalization)
  local images = sg.randn(6, 1, small.image, small.image, {dtype = "f64"})
  local labels = sg.tensor({1, 2, 3, 4, 1, 2}, {dtype = "i64"})
  local report = sg.gradcheck(model, {images}, {
    names = {"images"},
    training = true, -- the running statistics are still those of no data, and would let no unit through
    loss = function(logits) return sg.cross_entropy(logits, labels) end,
  })
  print("\nGradients of a small f64 copy of the network, against finite differences:")
  print(report)
  if not report.ok then fail("the gradients are not right; not training with them") end
end

-- ---- Training and evaluation --------------------------------------------------------------------

local function count_right(logits, labels)
  return logits:argmax(2):eq(labels):sum():item()
end

local function evaluate(model, set)
  model:eval()
  local right = 0
  for images, labels in data.batches(set.images, set.labels, {batch_size = 500}) do
    right = right + sg.no_grad(function() return count_right(model(images), labels) end)
  end
  model:train()
  return 100 * right / #set.labels
end

local function train_epoch(run, label)
  local loader = run.loader
  local bar = progress(label, #loader, {terminal = run.terminal})
  local start, batch, total = sg.time(), 0, 0
  for images, labels in loader:batches() do
    local loss = sg.cross_entropy(run.model(images), labels)
    run.optimizer:zero_grad()
    loss:backward()
    run.optimizer:step()
    run.scheduler:step()
    batch = batch + 1
    total = total + loss:item()
    bar:show(batch, string.format("loss %.4f  %.0f images/s", total / batch,
      batch * loader.batch_size / (sg.time() - start)))
  end
  bar:clear()
  return total / batch, batch * loader.batch_size / (sg.time() - start)
end

local function train(options, train_set, test_set)
  local model = nn.Sequential(Standardize(train_set.images), network(full))
  local optimizer = optim.Adam(model:parameters(), {lr = options["--lr"]})
  local loader = data.loader({train_set.images, train_set.labels}, {
    batch_size = math.min(options["--batch-size"], #train_set.labels),
    shuffle = true,
    drop_last = true,
  })
  local epochs = options["--epochs"]
  local run = {
    model = model,
    optimizer = optimizer,
    loader = loader,
    scheduler = optim.CosineAnnealingLR(optimizer, epochs * #loader),
    terminal = sg.is_terminal(io.stdout),
  }
  print(model)
  local accuracy
  for epoch = 1, epochs do
    local label = string.format("epoch %d/%d", epoch, epochs)
    local loss, speed = train_epoch(run, label)
    accuracy = evaluate(model, test_set)
    print(string.format("%s  loss %.4f  %.0f images/s  test accuracy %.2f %%", label, loss, speed, accuracy))
  end
  return accuracy
end

-- ---- Main ---------------------------------------------------------------------------------------

local function read(options)
  local start = sg.time()
  local found, sets = pcall(data.fashion_mnist, options["--data"], {dtype = "u8"})
  if not found then fail("%s", (tostring(sets):gsub("^[^:]*:%d+: ", ""))) end
  local train_set, test_set = sets.train, sets.test
  local limit = math.min(options["--limit"] or math.huge, #train_set.labels)
  if limit < #train_set.labels then
    train_set.images, train_set.labels = train_set.images[{{1, limit}}], train_set.labels[{{1, limit}}]
  end
  print(string.format("%d training and %d test images of %d classes, read in %.1f s", #train_set.labels,
    #test_set.labels, #sets.classes, sg.time() - start))
  return train_set, test_set
end

local options = parse(arg)
sg.manual_seed(options["--seed"])
local train_set, test_set = read(options)
prove_gradients()
local accuracy = train(options, train_set, test_set)
print(string.format("test accuracy: %.2f %%", accuracy))
