-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Matrix products and what is made of them: y = a b has da = dy b', db = a' dy.
local sg = require "selenograd"
local s = require "mutants.support"

local t = s.transposed

local function family(name, shapes, names, f, gradients, mistakes)
  return {name = name, group = "matrix products", names = names, mistakes = s.with_near_misses(mistakes),
          inputs = s.filled(s.normal, 50, shapes), op = s.of_arguments(f, gradients)}
end

local function gradients(name, f, says)
  return {name = name, gradients = f, says = says, raises = says == "shape" and "shape" or nil}
end

local function product_gradients(dy, a, b) return sg.matmul(dy, t(b)), sg.matmul(t(a), dy) end
local function linear(x, weight, bias) return sg.matmul(x, t(weight)) + bias end
local function linear_gradients(dy, x, weight)
  return sg.matmul(dy, weight), sg.matmul(t(dy), x), sg.sum(dy, {dim = 1})
end
local function batched_gradients(dy, a, b) return s.sum_to(sg.matmul(dy, t(b)), a), sg.matmul(t(a), dy) end
local function attention(q, k, v) return sg.matmul(sg.softmax(sg.matmul(q, t(k)) * 0.5, {dim = -1}), v) end

-- The gradients of attention, with the softmax's term in the row sums times `row_sums`, and the scale.
local function attention_gradients(dy, q, k, v, row_sums, scale)
  local p = sg.softmax(sg.matmul(q, t(k)) * 0.5, {dim = -1})
  local dp = sg.matmul(dy, t(v))
  local ds = p * (dp - s.sum(dp * p, {2}) * (row_sums or 1)) * (scale or 0.5)
  return sg.matmul(ds, k), sg.matmul(t(ds), q), sg.matmul(t(p), dy)
end

return {
  family("matmul (4, 4)", {{4, 4}, {4, 4}}, {"a", "b"}, sg.matmul, product_gradients, {
    gradients("b not transposed", function(dy, a, b) return sg.matmul(dy, b), sg.matmul(t(a), dy) end,
      "b, not transposed"),
    gradients("a not transposed", function(dy, a, b) return sg.matmul(dy, t(b)), sg.matmul(a, dy) end,
      "a, not transposed"),
    gradients("factors in the wrong order", function(dy, a, b) return sg.matmul(t(b), dy), sg.matmul(t(a), dy) end,
      "order of factors"),
    gradients("dy not used", function(_, a, b) return t(b), t(a) end),
    gradients("element by element", function(dy, a, b) return dy * b, a * dy end, "by element"),
    gradients("half", function(dy, a, b)
      local da, db = product_gradients(dy, a, b)
      return da * 0.5, db * 0.5
    end, "factor"),
    s.transpose(1), s.transpose(2), s.exchange(1, 2), s.sign(2), s.relative(1, 1e-6), s.entry_doubled(2, 6),
    s.roll(1), s.cotangent_clipped(),
  }),
  family("matmul (3, 4) (4, 2)", {{3, 4}, {4, 2}}, {"a", "b"}, sg.matmul, product_gradients, {
    gradients("b zero", function(dy, a, b) return sg.matmul(dy, t(b)), b * 0 end, "zero"),
    gradients("db from the first row", function(dy, a, b)
      return sg.matmul(dy, t(b)), sg.matmul(t(a[{ {1, 1} }]), dy[{ {1, 1} }])
    end),
    gradients("gradients of wrong shapes", function(dy, a, b) return sg.matmul(b, t(dy)), sg.matmul(t(dy), a) end,
      "shape"),
    s.relative(2, 1e-5), s.missing(2),
  }),
  family("matmul (3, 2) (2, 2, 3)", {{3, 2}, {2, 2, 3}}, {"a", "b"}, sg.matmul, batched_gradients, {
    gradients("da of the first product", function(dy, a, b)
      return sg.matmul(dy[1], t(b[1])), sg.matmul(t(a), dy)
    end, "reduction"),
    gradients("da averaged", function(dy, a, b)
      local da, db = batched_gradients(dy, a, b)
      return da * 0.5, db
    end, "factor"),
    gradients("products exchanged", function(dy, a, b)
      local da, db = batched_gradients(dy, a, b)
      return da, sg.cat({db[{ {2, 2} }], db[{ {1, 1} }]}, 1)
    end),
  }),
  family("linear (3, 4) to 4", {{3, 4}, {4, 4}, {4}}, {"x", "weight", "bias"}, linear, linear_gradients, {
    gradients("weight transposed in dx", function(dy, x, w)
      local _, dw, db = linear_gradients(dy, x, w)
      return sg.matmul(dy, t(w)), dw, db
    end, "weight transposed"),
    gradients("bias averaged", function(dy, x, w)
      local dx, dw, db = linear_gradients(dy, x, w)
      return dx, dw, db / 3
    end, "factor"),
    gradients("bias of the last sample", function(dy, x, w)
      local dx, dw = linear_gradients(dy, x, w)
      return dx, dw, dy[3]
    end, "reduction"),
    gradients("weight averaged over the batch", function(dy, x, w)
      local dx, dw, db = linear_gradients(dy, x, w)
      return dx, dw / 3, db
    end, "factor"),
    s.transpose(2), s.zero(3), s.missing(3), s.sign(1), s.roll(2),
  }),
  family("linear of a batch (2, 3, 4) to 4", {{2, 3, 4}, {4, 4}}, {"x", "weight"},
    function(x, weight) return sg.matmul(x, t(weight)) end, function(dy, x, weight)
      return sg.matmul(dy, weight), sg.sum(sg.matmul(t(dy), x), {dim = 1})
    end, {
      gradients("weight transposed in dx", function(dy, x, weight)
        return sg.matmul(dy, t(weight)), sg.sum(sg.matmul(t(dy), x), {dim = 1})
      end, "weight transposed"),
    }),
  family("batched matmul (2, 3, 3) (2, 3, 3), halved", {{2, 3, 3}, {2, 3, 3}}, {"a", "b"},
    function(a, b) return sg.matmul(t(a), b) * 0.5 end, function(dy, a, b)
      return sg.matmul(b, t(dy)) * 0.5, sg.matmul(a, dy) * 0.5
    end, {
      gradients("as if a were not transposed", function(dy, a, b)
        return sg.matmul(dy, t(b)) * 0.5, sg.matmul(t(a), dy) * 0.5
      end, "transposed_a"),
    }),
  family("attention (3, 4)", {{3, 4}, {3, 4}, {3, 4}}, {"q", "k", "v"}, attention, attention_gradients, {
    gradients("softmax without its row sums", function(dy, q, k, v)
      return attention_gradients(dy, q, k, v, 0)
    end),
    gradients("row sums doubled", function(dy, q, k, v) return attention_gradients(dy, q, k, v, 2) end),
    gradients("scale forgotten", function(dy, q, k, v) return attention_gradients(dy, q, k, v, 1, 1) end, "factor"),
    gradients("p not transposed in dv", function(dy, q, k, v)
      local dq, dk = attention_gradients(dy, q, k, v)
      return dq, dk, sg.matmul(sg.softmax(sg.matmul(q, t(k)) * 0.5, {dim = -1}), dy)
    end),
    s.exchange(1, 2), s.exchange(2, 3), s.relative(2, 1e-6),
  }),
}
