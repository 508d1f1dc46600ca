-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- A lesson: batch normalization as an op of your own, with the whole of its backward worked out by hand, and the
-- question whether it is right.
--
-- For a batch x of N rows, every column by itself:
--
--   mean = sum(x) / N        var = sum((x - mean)^2) / N        rstd = 1 / sqrt(var + eps)
--   xhat = (x - mean) * rstd                                    y = gamma * xhat + beta
--
-- mean and var depend on x too. With g = dy * gamma, what flows back to xhat, the chain rule gives
--
--   dx = rstd * (g - mean(g) - xhat * mean(g * xhat))
--   dgamma = sum(dy * xhat)        dbeta = sum(dy)
--
-- (Ioffe and Szegedy 2015, section 3, with the sums gathered.) The second and the third term of dx are those that
-- are forgotten: without one of them a network still learns, only worse.

local sg = require "selenograd"

local function statistics(x, eps)
  local centred = x - x:mean(1, {keepdim = true})
  local rstd = (centred:square():mean(1, {keepdim = true}) + eps):rsqrt()
  return centred * rstd, rstd
end

-- forward computes and says what backward will need. What is no tensor, here eps, just passes through; ctx keeps
-- such things as fields.
local function forward(ctx, x, gamma, beta, eps)
  local xhat = statistics(x, eps)
  ctx:save(x, gamma)
  ctx.eps = eps
  return gamma * xhat + beta
end

-- backward gets the gradient of y and returns one value for each argument of forward; eps, the last, needs none.
--
-- xhat is computed again from the saved x. Saving xhat itself would spare that work, and would do for the first
-- derivative. For the second, the derivative of this very function, xhat has to be seen to depend on x; what
-- forward computed has no history that says so. (Selenograd notices, and refuses such a second derivative.)
local function backward(ctx, dy)
  local x, gamma = ctx:saved()
  local xhat, rstd = statistics(x, ctx.eps)
  local g = dy * gamma
  local dx = rstd * (g - g:mean(1, {keepdim = true}) - xhat * (g * xhat):mean(1, {keepdim = true}))
  return dx, (dy * xhat):sum(1), dy:sum(1)
end

local my_batch_norm = sg.op {
  name = "my_batch_norm",
  summary = "batch normalization of the columns of a matrix.",
  formula = "y = gamma (x - mean) / sqrt(var + eps) + beta",
  reference = "Ioffe and Szegedy 2015",
  inputs = {{name = "x", doc = "(N, C)"}, {name = "gamma", doc = "(C)"}, {name = "beta", doc = "(C)"}, "eps"},
  outputs = {{name = "y", doc = "(N, C)"}},
  forward = forward,
  backward = backward,
}

sg.manual_seed(1)
local options = {dtype = "f64", requires_grad = true}
local x, gamma, beta = sg.randn(8, 3, options), sg.rand(3, options), sg.randn(3, options)
local names = {"x", "gamma", "beta"}

-- The checker varies tensors; eps is fixed here.
local function checked(op)
  return function(values, scale, shift) return op(values, scale, shift, 1e-5) end
end

print(sg.manual("my_batch_norm"))
print("The op against finite differences: its gradients, and the gradients of those.")
print(sg.assert_gradcheck(checked(my_batch_norm), {x, gamma, beta}, {order = 2, names = names}))

-- It is the same function as the built-in one.
local difference = (x:my_batch_norm(gamma, beta, 1e-5) - sg.batch_norm(x, gamma, beta, {eps = 1e-5})):abs()
print(("Largest difference from sg.batch_norm: %.1e"):format((difference:max()):item()))

-- What the checker says when the third term is forgotten. An op without a name is known to this script only.
local forgetful = sg.op {
  forward = forward,
  backward = function(ctx, dy)
    local saved_x, saved_gamma = ctx:saved()
    local xhat, rstd = statistics(saved_x, ctx.eps)
    local g = dy * saved_gamma
    return rstd * (g - g:mean(1, {keepdim = true})), (dy * xhat):sum(1), dy:sum(1)
  end,
}
print("\nThe same without the term xhat * mean(g * xhat):")
local report = sg.gradcheck(checked(forgetful), {x, gamma, beta}, {names = names})
print(report)
assert(not report.ok)
