-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The places of arguments: PyTorch's order, where a dimension stands before the positions along it, tensors first,
-- and by name; and nil at the end, which is as good as absent.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local error_of = require("support").error_of

local function integers(values) return sg.tensor(values, {dtype = "i64"}) end

-- The ops for which the dimension may come second, from their descriptors.
local function with_dimension_second()
  local names = {}
  for _, name in ipairs(sg.ops()) do
    if sg.op_info(name).dimension_second then names[#names + 1] = name end
  end
  return names
end

TestPositions = {}

function TestPositions:testThoseOfPyTorchAreAmongThem()
  local found = table.concat(with_dimension_second(), " ")
  for _, name in ipairs {"gather", "index_select", "scatter_add", "index_add"} do
    lu.assertStrContains(found, name)
  end
end

-- The options but for one.
local function others(options, name)
  local left = {}
  for key, value in pairs(options) do
    if key ~= name then left[key] = value end
  end
  return left
end

-- Every such op, from its samples: as a function and as a method, in both orders.
function TestPositions:testBothOrdersAreOneCall()
  for _, name in ipairs(with_dimension_second()) do
    local attribute = sg.op_info(name).attributes[1]
    for number = 1, 100 do
      local sample = sg.op_sample(name, number, 0)
      if sample == nil then break end
      local x, index, source = table.unpack(sample.inputs)
      local dim = sample.options[attribute.name] or attribute.default
      local tensors_first = source and {x, index, source, sample.options} or {x, index, sample.options}
      local expected = sg[name](table.unpack(tensors_first)):totable()
      local order = source and {x, dim, index, source} or {x, dim, index}
      order[#order + 1] = others(sample.options, attribute.name)
      lu.assertEquals(sg[name](table.unpack(order)):totable(), expected)
      lu.assertEquals(x[name](table.unpack(order)):totable(), expected)
      local by_name = others(sample.options, attribute.name)
      by_name[sg.op_info(name).inputs[2].name] = index
      if source then by_name[sg.op_info(name).inputs[3].name] = source end
      lu.assertEquals(x[name](x, dim, by_name):totable(), expected)
    end
  end
end

-- PyTorch's arguments after the tensors, in its order, for every op. What they take: n a number or a list of
-- numbers, b true or false, s a string.
local of_pytorch = {
  glu = "dim:n", polygamma = "n:n", addcdiv = "value:n", addcmul = "value:n", celu = "alpha:n inplace:b",
  elu = "alpha:n inplace:b",
  hardshrink = "lambd:n", hardtanh = "min_val:n max_val:n inplace:b", logit = "eps:n",
  nan_to_num = "nan:n posinf:n neginf:n", softshrink = "lambd:n", threshold = "threshold:n value:n inplace:b",
  any = "dim:n keepdim:b", all = "dim:n keepdim:b", count_nonzero = "dim:n",
  amax = "dim:n keepdim:b", amin = "dim:n keepdim:b", argmax = "dim:n keepdim:b", argmin = "dim:n keepdim:b",
  batch_norm_inference = "training:b momentum:n eps:n", cat = "dim:n", clamp = "min:n max:n",
  conv1d = "stride:n padding:n dilation:n groups:n", conv2d = "stride:n padding:n dilation:n groups:n",
  conv3d = "stride:n padding:n dilation:n groups:n",
  conv_transpose1d = "stride:n padding:n output_padding:n groups:n dilation:n",
  add = "alpha:n", sub = "alpha:n", add_ = "alpha:n", sub_ = "alpha:n",
  rnn_tanh = "has_biases:b num_layers:n dropout:n train:b bidirectional:b batch_first:b",
  rnn_relu = "has_biases:b num_layers:n dropout:n train:b bidirectional:b batch_first:b",
  lstm = "has_biases:b num_layers:n dropout:n train:b bidirectional:b batch_first:b",
  gru = "has_biases:b num_layers:n dropout:n train:b bidirectional:b batch_first:b",
  rrelu = "lower:n upper:n training:b inplace:b",
  scaled_dot_product_attention = "dropout_p:n is_causal:b scale:n enable_gqa:b",
  conv_transpose2d = "stride:n padding:n output_padding:n groups:n dilation:n",
  conv_transpose3d = "stride:n padding:n output_padding:n groups:n dilation:n",
  cross_entropy = "size_average:b ignore_index:n reduce:b reduction:s label_smoothing:n",
  dropout = "p:n training:b inplace:b", dropout1d = "p:n training:b inplace:b",
  dropout2d = "p:n training:b inplace:b", dropout3d = "p:n training:b inplace:b",
  alpha_dropout = "p:n training:b inplace:b", feature_alpha_dropout = "p:n training:b inplace:b",
  local_response_norm = "size:n alpha:n beta:n k:n",
  grid_sample = "mode:s padding_mode:s align_corners:b", affine_grid = "size:n align_corners:b",
  expand = "shape:n", flatten = "start_dim:n end_dim:n",
  gather = "dim:n", gelu = "approximate:s", group_norm = "num_groups:n eps:n",
  index_add = "dim:n", index_put = "accumulate:b", index_put_ = "accumulate:b", index_select = "dim:n",
  huber_loss = "reduction:s delta:n", smooth_l1_loss = "size_average:b reduce:b reduction:s beta:n",
  soft_margin_loss = "size_average:b reduce:b reduction:s",
  kl_div = "size_average:b reduce:b reduction:s log_target:b",
  binary_cross_entropy = "size_average:b reduce:b reduction:s",
  binary_cross_entropy_with_logits = "size_average:b reduce:b reduction:s",
  nll_loss = "size_average:b ignore_index:n reduce:b reduction:s",
  hinge_embedding_loss = "margin:n size_average:b reduce:b reduction:s",
  margin_ranking_loss = "margin:n size_average:b reduce:b reduction:s",
  cosine_embedding_loss = "margin:n size_average:b reduce:b reduction:s",
  pairwise_distance = "p:n eps:n keepdim:b", cosine_similarity = "dim:n eps:n", normalize = "p:n dim:n eps:n",
  cdist = "p:n compute_mode:s", gumbel_softmax = "tau:n hard:b eps:n dim:n",
  triplet_margin_loss = "margin:n p:n eps:n swap:b size_average:b reduce:b reduction:s",
  ctc_loss = "blank:n reduction:s zero_infinity:b",
  gaussian_nll_loss = "full:b eps:n reduction:s",
  multi_margin_loss = "p:n margin:n weight:b size_average:b reduce:b reduction:s",
  multilabel_margin_loss = "size_average:b reduce:b reduction:s",
  multilabel_soft_margin_loss = "size_average:b reduce:b reduction:s",
  poisson_nll_loss = "log_input:b full:b size_average:b eps:n reduce:b reduction:s",
  legendre_polynomial_p = "n:n",
  isclose = "rtol:n atol:n equal_nan:b", einsum = "equation:s", softmin = "dim:n",
  pixel_shuffle = "upscale_factor:n", pixel_unshuffle = "downscale_factor:n",
  channel_shuffle = "groups:n",
  addmm = "beta:n alpha:n", addmv = "beta:n alpha:n", addr = "beta:n alpha:n", baddbmm = "beta:n alpha:n",
  addbmm = "beta:n alpha:n", matrix_power = "n:n",
  cholesky = "upper:b", cholesky_solve = "upper:b", svd = "full_matrices:b", qr = "mode:s", lstsq = "rcond:n",
  matrix_norm = "ord:s dim:n keepdim:b", cross = "dim:n", tensordot = "dims:n",
  instance_norm = "use_input_stats:b momentum:n eps:n",
  l1_loss = "size_average:b reduce:b reduction:s", layer_norm = "normalized_shape:n eps:n",
  leaky_relu = "negative_slope:n inplace:b",
  log_softmax = "dim:n", logsumexp = "dim:n keepdim:b", max = "dim:n keepdim:b",
  max_pool1d = "kernel_size:n stride:n padding:n dilation:n ceil_mode:b return_indices:b",
  adaptive_max_pool1d = "output_size:n return_indices:b", adaptive_avg_pool1d = "output_size:n",
  max_unpool1d = "kernel_size:n stride:n padding:n output_size:n",
  max_pool2d = "kernel_size:n stride:n padding:n dilation:n ceil_mode:b return_indices:b",
  adaptive_max_pool2d = "output_size:n return_indices:b", adaptive_avg_pool2d = "output_size:n",
  max_unpool2d = "kernel_size:n stride:n padding:n output_size:n",
  max_pool3d = "kernel_size:n stride:n padding:n dilation:n ceil_mode:b return_indices:b",
  adaptive_max_pool3d = "output_size:n return_indices:b", adaptive_avg_pool3d = "output_size:n",
  max_unpool3d = "kernel_size:n stride:n padding:n output_size:n",
  avg_pool1d = "kernel_size:n stride:n padding:n ceil_mode:b count_include_pad:b",
  avg_pool2d = "kernel_size:n stride:n padding:n ceil_mode:b count_include_pad:b divisor_override:n",
  avg_pool3d = "kernel_size:n stride:n padding:n ceil_mode:b count_include_pad:b divisor_override:n",
  lp_pool1d = "norm_type:n kernel_size:n stride:n ceil_mode:b",
  lp_pool2d = "norm_type:n kernel_size:n stride:n ceil_mode:b",
  im2col = "kernel_size:n dilation:n padding:n stride:n",
  fold = "output_size:n kernel_size:n dilation:n padding:n stride:n",
  interpolate = "size:n scale_factor:n mode:s align_corners:b recompute_scale_factor:b antialias:b",
  mean = "dim:n keepdim:b", min = "dim:n keepdim:b", mse_loss = "size_average:b reduce:b reduction:s",
  flip = "dims:n", roll = "shifts:n dims:n", ["repeat"] = "sizes:n", tile = "dims:n",
  diagonal = "offset:n dim1:n dim2:n", diag_embed = "offset:n dim1:n dim2:n", diag = "diagonal:n",
  tril = "diagonal:n", triu = "diagonal:n", rot90 = "k:n dims:n", broadcast_to = "shape:n",
  tensor_split = "sections:n indices:n dim:n", -- a number or a list, in one place
  pad = "pad:n mode:s value:n", unfold = "dimension:n size:n step:n", repeat_interleave = "repeats:n dim:n",
  scatter = "dim:n reduce:s", scatter_reduce = "dim:n reduce:s include_self:b", index = "dim:n",
  index_copy = "dim:n", index_fill = "dim:n", take_along_dim = "dim:n",
  embedding = "padding_idx:n",
  embedding_bag = "max_norm:n norm_type:n scale_grad_by_freq:b mode:s sparse:b include_last_offset:b padding_idx:n",
  one_hot = "num_classes:n", meshgrid = "indexing:s",
  narrow = "dim:n start:n length:n", select = "dim:n index:n", movedim = "source:n destination:n",
  swapaxes = "axis0:n axis1:n", swapdims = "dim0:n dim1:n", unflatten = "dim:n sizes:n",
  split = "split_size:n dim:n", chunk = "chunks:n dim:n", unbind = "dim:n",
  permute = "dims:n", reshape = "shape:n", rms_norm = "normalized_shape:n eps:n",
  scatter_add = "dim:n", softmax = "dim:n",
  softplus = "beta:n threshold:n", squeeze = "dim:n", stack = "dim:n", sum = "dim:n keepdim:b",
  sum_to = "shape:n", to = "dtype:s", transpose = "dim0:n dim1:n", unsqueeze = "dim:n",
  zeros = "shape:n", ones = "shape:n", full = "shape:n value:n", eye = "rows:n columns:n",
  arange = "start:n stop:n step:n", linspace = "start:n stop:n count:n",
  rand = "shape:n", randn = "shape:n", randint = "low:n high:n shape:n", randperm = "n:n",
  var = "dim:n unbiased:b keepdim:b", std = "dim:n unbiased:b keepdim:b",
  var_mean = "dim:n unbiased:b keepdim:b", std_mean = "dim:n unbiased:b keepdim:b",
  prod = "dim:n keepdim:b", nansum = "dim:n keepdim:b", nanmean = "dim:n keepdim:b",
  sort = "dim:n descending:b stable:b", argsort = "dim:n descending:b stable:b",
  topk = "k:n dim:n largest:b sorted:b", kthvalue = "k:n dim:n keepdim:b",
  nanmedian = "dim:n keepdim:b", aminmax = "dim:n keepdim:b", bincount = "minlength:n",
  histc = "bins:n min:n max:n", searchsorted = "out_int32:b right:b side:s", bucketize = "out_int32:b right:b",
  median = "dim:n keepdim:b", mode = "dim:n keepdim:b",
  nanquantile = "q:n qs:n dim:n keepdim:b interpolation:s", -- a number or a list, in one place
  quantile = "q:n qs:n dim:n keepdim:b interpolation:s",
  norm = "p:n dim:n keepdim:b dtype:s", vector_norm = "ord:n dim:n keepdim:b",
  cumsum = "dim:n dtype:s", cumprod = "dim:n dtype:s", logcumsumexp = "dim:n", cummax = "dim:n", cummin = "dim:n",
}
-- PyTorch has none of that name, or nothing after the tensors.
local not_of_pytorch = {
  adam_step = true, airy_ai_derivative = true, batch_norm = true, bessel_derivative = true, bessel_in = true,
  bessel_jn = true, bessel_kn = true, bessel_yn = true, centre = true, chi2 = true,
  conv_weight_grad = true, corner_scatter = true, cov = true, dilog_derivative = true, div_derivative = true,
  embed = true, erfcx_derivative = true, gammainc_derivative = true, grid_points = true, gumbel = true,
  lambertw_derivative = true, laplace = true, legendre_derivative = true, linear_recurrence = true,
  logcumsumexp_slopes = true, logistic = true, masked_batch_norm = true, matrix_rank = true, pair_distances = true,
  pareto = true, pinv = true, pow_derivative = true, prod_slopes = true, random_beta = true, random_gamma = true,
  resample = true, running_stats_step = true, scaled_bessel_derivative = true, sgd_step = true,
  sinc_derivative = true, slice = true, slice_fill_ = true, slice_put_ = true, solve = true,
  solve_triangular = true, spectral_norm = true, spectral_norm_step = true, standardize = true, student_t = true,
  swiglu = true, weibull = true, weight_norm = true, zeta_derivative = true,
}
local kinds = {
  number = "n", integer = "n", boolean = "b", dimension = "n", dimensions = "n", integers = "n", shape = "n",
  choice = "s", numbers = "n", string = "s",
}

-- What is typed in PyTorch's order has PyTorch's meaning, or is of a kind that is refused.
function TestPositions:testOptionsStandWherePyTorchHasThem()
  for _, name in ipairs(sg.ops()) do
    local attributes, position = sg.op_info(name).attributes, 0
    if #attributes > 0 and not not_of_pytorch[name] then
      lu.assertNotNil(of_pytorch[name], (
        "%s is not in the lists of positions_test.lua: give of_pytorch its options in PyTorch's order, name:kind "
        .. "with n number, b boolean, s string, or add it to not_of_pytorch"):format(name))
      for theirs, kind in of_pytorch[name]:gmatch("([%w_]+):(%a)") do
        position = position + 1
        local ours = attributes[position]
        if ours and ours.name ~= theirs and not ours.by_name then
          lu.assertNotEquals(kinds[ours.type], kind, ("%s takes %s for %s"):format(name, theirs, ours.name))
        end
      end
    end
  end
  local logits, labels = sg.tensor({{1, 2}, {3, 5}}), integers {1, 2}
  lu.assertErrorMsgContains("unexpected argument 4", sg.kl_div, logits, logits, nil, false)
  lu.assertEquals(sg.kl_div(logits, logits, nil, {log_target = true}):item(), 0)
  lu.assertEquals(sg.cross_entropy(logits, labels, nil, nil, 1):item(),
    sg.cross_entropy(logits, labels, {ignore_index = 1}):item())
end

-- A list that is the last thing given may be spelled out.
function TestPositions:testListsOfNumbers()
  local x = sg.tensor({{1, 2}})
  lu.assertEquals(x:tile(2, 2):totable(), {{1, 2, 1, 2}, {1, 2, 1, 2}})
  lu.assertEquals(x["repeat"](x, 2, 1, 1):totable(), {{{1, 2}}, {{1, 2}}})
  lu.assertEquals(x:permute(2, 1):totable(), {{1}, {2}})
  lu.assertEquals(x:flip(1, 2):totable(), {{2, 1}})
  lu.assertEquals(x:expand(3, -1).shape, {3, 2})
  lu.assertEquals(x:reshape(2, 1):totable(), {{1}, {2}})
  lu.assertEquals(sg.zeros(2, 3, 4):movedim(1, 3).shape, {3, 4, 2})
  lu.assertErrorMsgContains("tile: unexpected argument 4", x.tile, x, 2, 2, "2")
end

function TestPositions:testValues()
  local x, index = sg.tensor({{1, 2, 3}, {4, 5, 6}}), integers {{2, 1, 2}}
  lu.assertEquals(x:gather(1, index):totable(), {{4, 2, 6}})
  lu.assertEquals(x:gather(-2, index):totable(), {{4, 2, 6}})
  lu.assertEquals(x:index_select(2, integers {3, 3}):totable(), {{3, 3}, {6, 6}})
  lu.assertEquals(x:scatter_add(1, index, sg.ones(1, 3)):totable(), {{1, 3, 3}, {5, 5, 7}})
  lu.assertEquals(x:index_add(1, integers {2}, sg.ones(1, 3)):totable(), {{1, 2, 3}, {5, 6, 7}})
  lu.assertEquals(x:clone():index_add_(1, integers {2}, sg.ones(1, 3)):totable(), {{1, 2, 3}, {5, 6, 7}})
end

-- A method's self stands where PyTorch has it: x.where(condition, other).
function TestPositions:testSelfIsNotAlwaysFirst()
  local condition, x, other = sg.tensor({1, 0, 1}), sg.tensor({1, 2, 3}), sg.tensor({-1, -2, -3})
  lu.assertEquals(x:where(condition, other):totable(), {1, -2, 3})
  lu.assertEquals(x:where(condition, {b = other}):totable(), {1, -2, 3})
  lu.assertEquals(sg.where(condition, x, other):totable(), {1, -2, 3})
  local written = x:clone()
  lu.assertIs(written:where_(condition, other), written)
  lu.assertEquals(written:totable(), {1, -2, 3})
  lu.assertEquals(condition:totable(), {1, 0, 1})
  lu.assertStrContains(error_of(x.where, x), "where: condition is missing")
  lu.assertStrContains(error_of(x.where, x, condition), "where: b is missing")
  lu.assertStrContains(error_of(x.where, x, condition, other, other), "where: unexpected argument 4")
  lu.assertTrue(sg.op_info("where").inputs[2].self)
end

-- What stood second in var(dim, unbiased) is a number here, and no flag can pass for another.
function TestPositions:testVariance()
  local x = sg.tensor({{1, 2, 3}, {4, 5, 9}})
  lu.assertEquals(x:var(2, 0):totable(), x:var(2, {correction = 0}):totable())
  lu.assertStrContains(error_of(x.var, x, 2, false), "var: correction is false")
end

function TestPositions:testRefused()
  local x, index = sg.zeros(2, 3), integers {{1, 1, 1}}
  local cases = {
    {{x, 1}, "gather: index is missing"},
    {{x, 1, index, 2}, "gather: unexpected argument 4: the number 2"},
    {{x, index, 1, 2}, "gather: unexpected argument 4: the number 2"},
    {{x, 1, index, {dim = 1}}, "gather: dim is given twice"},
    {{x, 1, 2, index}, "gather: unexpected argument 4: a tensor i64 [1, 3]"},
    {{x, 0, index}, "gather: dim is 0; dimensions count from 1"},
    {{x, 1.5, index}, "gather: dim is the number 1.5, expected an integer"},
    {{x, 3, index}, "gather: "},
  }
  for _, case in ipairs(cases) do
    lu.assertStrContains(error_of(sg.gather, table.unpack(case[1])), case[2])
  end
end

-- Options written into the list they go with were dropped.
function TestPositions:testListsHoldNothingElse()
  local x, w = sg.ones(2, 3), sg.ones(2, {requires_grad = true})
  local cases = {
    {"zeros: a list has the field dtype beside 1 .. 2", sg.zeros, {2, 3, dtype = "f64"}},
    {"rand: a list has the field requires_grad beside 1 .. 1", sg.rand, {2, requires_grad = true}},
    {"full: a list has the field dtype", sg.full, {2, dtype = "f64"}, 1},
    {"randint: a list has the field dtype", sg.randint, 1, 3, {2, dtype = "i64"}},
    {"tensor: a list has the field dtype", sg.tensor, {1, 2, dtype = "f64"}},
    {"tensor: a list has the field dtype", sg.tensor, {{1, 2}, {1, 2, dtype = "f64"}}},
    {"cat: a list has the field dim beside 1 .. 2", sg.cat, {x, x, dim = 2}},
    {"stack: a list has the field dim", sg.stack, {x, x, dim = 2}},
    {"sum: a list has the field keepdim beside 1 .. 1", sg.sum, x, {1, keepdim = true}},
    {"reshape: a list has the field 4", x.reshape, x, {3, 2, [4] = 1}},
    {"max_pool2d: a list has the field stride", sg.max_pool2d, sg.ones(1, 1, 4, 4), {2, 2, stride = 1}},
    {"grad: a list has the field retain_graph", sg.grad, w:sum(), {w, retain_graph = true}},
    {"index: a list has the field step", function() return x[{ {1, 2, step = 2} }] end},
    {"index: a list has the field 0", function() return x[{1, [0] = 1}] end},
    {"gradcheck: a list has the field x", sg.gradcheck, sg.relu, {x}, {names = {"a", x = "b"}}},
    {"Conv2d: kernel_size has the key 'padding'", sg.nn.Conv2d, 3, 2, {3, 3, padding = 1}},
    {"ModuleDict: element 1 has the key 'x'", sg.nn.ModuleDict, {{"a", sg.nn.ReLU(), x = 1}}},
    {"zeros: the options have the key the number 1, expected names", sg.zeros, 2, {"f64"}},
    {"backward: the options have the key the number 1, expected names", w.backward, w:sum(), {true}},
  }
  for _, case in ipairs(cases) do lu.assertStrContains(error_of(case[2], table.unpack(case, 3)), case[1]) end
  local long = {requires_grad = true}
  for i = 1, 1000 do long[i] = i end
  lu.assertStrContains(error_of(sg.tensor, long), "tensor: a list has the field requires_grad beside 1 .. 1000")
  lu.assertEquals(sg.cat(table.pack(x, x)).shape, {4, 3})
  lu.assertEquals(#sg.nn.Sequential(table.pack(sg.nn.ReLU())), 1)
end

function TestPositions:testNilAtTheEnd()
  local x = sg.tensor({{-1, 2}})
  lu.assertEquals(sg.relu(x, nil):totable(), {{0, 2}})
  lu.assertEquals(x:relu(nil, nil):totable(), {{0, 2}})
  lu.assertEquals(x:sum({dim = 1}, nil):totable(), {-1, 2})
  lu.assertEquals(x:size(2, nil), 2)
  lu.assertEquals(sg.zeros(2, nil).shape, {2})
  lu.assertEquals(sg.cat({x, x}, nil).shape, {2, 2})
  lu.assertEquals(x:clone():add_(x, nil):totable(), {{-2, 4}})
  sg.nn.ReLU(nil)(x, nil)
  lu.assertStrContains(error_of(sg.relu, x, nil, 5), "relu: unexpected argument 3: the number 5")
  lu.assertStrContains(error_of(sg.relu, nil), "relu: x is missing")
end

os.exit(lu.LuaUnit.run())
