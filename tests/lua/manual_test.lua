-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd.manual: what `selenograd ops` prints.

local lu = require "luaunit"
local sg = require "selenograd"
local manual = require "selenograd.manual"

function test_contents_have_a_line_for_each_op()
  local count = 0
  for line in manual():gmatch("[^\n]+") do
    count = count + 1
    lu.assertStrContains(line, sg.op_info(line:match("^%S+")).summary)
  end
  lu.assertEquals(count, #sg.ops())
end

function test_page_of_batch_norm()
  local page = manual("batch_norm")
  lu.assertStrContains(page, "y, mean, var = sg.batch_norm(x, gamma, beta, {eps = 1e-05})")
  lu.assertStrContains(page, "input   gamma  optional: scale of each channel")
  lu.assertStrContains(page, "option  eps    number >= 0: added to the variance")
  lu.assertStrContains(page, "Derivatives: of every order.")
  lu.assertStrContains(page, "Reference: Ioffe and Szegedy 2015")
end

-- What every argument is, whatever its kind: lists, choices, required options, tensors in any number.
function test_every_op_has_a_page_that_names_its_arguments()
  for _, name in ipairs(sg.ops()) do
    local op, page = sg.op_info(name), manual(name)
    lu.assertStrContains(page, name == "repeat" and 'sg["repeat"](' or "sg." .. name .. "(")
    for _, list in ipairs {op.inputs, op.attributes, op.outputs} do
      for _, argument in ipairs(list) do lu.assertStrContains(page, " " .. argument.name .. " ") end
    end
    lu.assertNotStrContains(page, " \n")
  end
  lu.assertStrContains(manual("cat"), "sg.cat({tensors, ...}, {dim = 1})")
  lu.assertStrContains(manual("mse_loss"), 'reduction = "mean"')
  lu.assertStrContains(manual("argmax"), "Derivatives: none.")
  lu.assertStrContains(manual("gather"), "y = sg.gather(x, index, {dim = ...}), or sg.gather(x, dim, index)\n")
end

function test_an_example_and_what_it_prints()
  lu.assertStrContains(manual("abs"), "\n  print(sg.abs(sg.tensor {3, -2, 0}))\n\n  tensor({3, 2, 0}, f32 [3])\n")
end

function test_help()
  local printed = {}
  local before = print
  print = function(...) printed[#printed + 1] = table.concat({...}) end
  pcall(sg.help, "abs")
  pcall(sg.help, sg.abs)
  print = before
  lu.assertEquals(printed, {(manual("abs"):gsub("\n$", "")), (manual("abs"):gsub("\n$", ""))})
  lu.assertErrorMsgContains("help: 3 is no op", sg.help, 3)
end

function test_unknown_op()
  lu.assertErrorMsgContains("there is no op 'batchnorm'; did you mean 'batch_norm'?", manual, "batchnorm")
end

os.exit(lu.LuaUnit.run())
