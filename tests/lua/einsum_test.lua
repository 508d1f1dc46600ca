-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The ways to write a call of einsum.
local lu = require "luaunit"
local sg = require "selenograd"

TestEinsum = {}

local a, b = sg.tensor {{1, 2}, {3, 4}}, sg.tensor {{5, 6}, {7, 8}}
local product = {{19, 22}, {43, 50}}

function TestEinsum:testTextFirstOrLast()
  lu.assertEquals(sg.einsum("ij,jk->ik", a, b):totable(), product)
  lu.assertEquals(sg.einsum("ij,jk->ik", {a, b}):totable(), product)
  lu.assertEquals(sg.einsum({a, b}, "ij,jk->ik"):totable(), product)
  lu.assertEquals(sg.einsum({a, b}, {equation = "ij,jk->ik"}):totable(), product)
  lu.assertEquals(sg.einsum("ii", a):item(), 5)
  lu.assertEquals(sg.einsum("i,i,i->", a[1], a[1], a[1]):item(), 9)
end

function TestEinsum:testManyOperands()
  local ones = {}
  for i = 1, 16 do ones[i] = sg.ones(2) * 2 end
  lu.assertEquals(sg.einsum(("i,"):rep(15) .. "i->", table.unpack(ones)):item(), 2 * 2 ^ 16)
end

function TestEinsum:testGradient()
  local x = sg.tensor({{1, 2}, {3, 4}}, {dtype = "f64", requires_grad = true})
  local y = sg.einsum("ij,jk,kl->il", x, x, x)
  y:sum():backward()
  local expected = sg.tensor({{1, 2}, {3, 4}}, {dtype = "f64", requires_grad = true})
  expected:matmul(expected):matmul(expected):sum():backward()
  sg.testing.assert_close(x.grad, expected.grad)
end

function TestEinsum:testRefusals()
  local function refused(part, ...) lu.assertErrorMsgContains(part, sg.einsum, ...) end
  refused('einsum: the equation "ij,jk" has a label for different extents', "ij,jk", a, sg.ones(3, 2))
  refused("einsum: operands is", "ij")
  refused("einsum: unexpected argument", "ij", a, nil, 5)
  refused("einsum: unexpected argument 4: the number 5", "ij,jk", a, b, 5)
  refused("einsum: equation is missing", {a, b})
  refused("einsum: unexpected argument 3: the string 'ji'", "ij", a, "ji")
end

os.exit(lu.LuaUnit.run())
