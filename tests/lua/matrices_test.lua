-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Linear algebra from Lua: names and options, matrices that are counted from 1 in messages, norms by number.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local error_of = require("support").error_of

local function matrix(rows, options)
  options = options or {}
  options.dtype = "f64"
  return sg.tensor(rows, options)
end

TestMatrices = {}

function TestMatrices:testDecompositionsGiveTheMatrixBack()
  local x = matrix {{4, 1, 0}, {1, 3, 1}, {0, 1, 2}}
  local values, vectors = sg.eigh(x)
  sg.testing.assert_close((vectors * values):matmul(vectors:t()), x)
  local u, s, vh = x:svd()
  sg.testing.assert_close((u * s):matmul(vh), x)
  local q, r = x:qr()
  sg.testing.assert_close(q:matmul(r), x)
  local l = x:cholesky()
  sg.testing.assert_close(l:matmul(l:t()), x)
  sg.testing.assert_close(x:inv():matmul(x), sg.eye(3, 3, {dtype = "f64"}))
end

function TestMatrices:testTheWrongMatrixIsNamedAsLuaCounts()
  local x = matrix {{{1, 0}, {0, 1}}, {{1, 2}, {2, 4}}}
  lu.assertStrContains(error_of(sg.inverse, x), "inverse: the matrix x[2] of x [2, 2, 2] is singular")
  local twice = matrix({{2, 0}, {0, 2}}, {requires_grad = true})
  local _, vectors = sg.eigh(twice)
  lu.assertStrContains(error_of(vectors:sum().backward, vectors:sum()),
    "values 1 and 2 of matrix 1 are equal but for rounding, 2 and 2")
end

function TestMatrices:testNormsAreNamedOrNumbered()
  local x = matrix {{1, -2}, {2, 4}}
  lu.assertEquals(sg.matrix_norm(x):item(), 5)
  lu.assertEquals(sg.matrix_norm(x, 1):item(), 6)
  lu.assertEquals(sg.matrix_norm(x, -1.0):item(), 3)
  lu.assertEquals(sg.matrix_norm(x, math.huge):item(), sg.matrix_norm(x, "inf"):item())
  lu.assertEquals(x:matrix_norm {ord = -math.huge}:item(), 3)
  lu.assertAlmostEquals(sg.matrix_norm(x, 2):item(), sg.svdvals(x)[1]:item(), 1e-14)
  lu.assertStrContains(error_of(sg.matrix_norm, x, 3),
    "ord is the number 3, expected one of fro, nuc, 2, -2, 1, -1, inf, -inf")
end

function TestMatrices:testOptionsByName()
  local a, b = matrix {{2, 0}, {1, 4}}, matrix {{2, 4}}
  sg.testing.assert_close(sg.solve(a, b, {left = false}):matmul(a), b)
  sg.testing.assert_close(sg.solve_triangular(a, b:t(), {upper = false}), a:inverse():matmul(b:t()))
  lu.assertStrContains(error_of(sg.solve_triangular, a, b:t()), "upper")
  lu.assertEquals(sg.tensordot(a, a, {dims_a = {1, 2}, dims_b = {1, 2}}):item(), 21)
  lu.assertEquals(sg.cross(matrix {1, 2, 3}, matrix {4, 5, 7}):totable(), {-1, 5, -3})
end

os.exit(lu.LuaUnit.run())
