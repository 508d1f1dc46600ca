-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Losses as modules. Their options are those of the ops (`selenograd ops cross_entropy`), and so are the tensors
-- after the target, which may be given once for all as an option or at each call.
--   nn.CrossEntropyLoss(options)(logits, labels): logits (N, classes), labels i64 (N), counted from 1
--   nn.CrossEntropyLoss({weight = w})(logits, labels), nn.CrossEntropyLoss()(logits, labels, w)
--   nn.MSELoss(options)(x, target): mean of (x - target)^2; L1Loss, HuberLoss, SmoothL1Loss, SoftMarginLoss and
--   KLDivLoss likewise
--   nn.BCELoss, nn.BCEWithLogitsLoss: weight, and pos_weight, like the weight of CrossEntropyLoss; NLLLoss and
--   MultiLabelSoftMarginLoss and MultiMarginLoss likewise
--   nn.HingeEmbeddingLoss(options)(distances, target), nn.PoissonNLLLoss(options)(x, target)
--   nn.TripletMarginLoss(options)(anchor, positive, negative)
--   nn.CTCLoss(options)(log_probs, labels, input_lengths, target_lengths)
--   nn.GaussianNLLLoss(options)(x, target, var), nn.MultiLabelMarginLoss(options)(x, lists of labels)
--   nn.MarginRankingLoss(options)(x1, x2, target), nn.CosineEmbeddingLoss likewise: targets of 1 and -1
-- A weight given as an option is a buffer of the module, or a parameter if it is an nn.Parameter.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local module = require "selenograd.nn.module"

-- The tensors of an op after its first two, by name, absent.
local function further_tensors(op)
  local names, absent = {}, {}
  for i, port in ipairs(sg.op_info(op).inputs) do
    if i > 2 then
      names[#names + 1] = port.name
      absent[port.name] = false
    end
  end
  return names, absent
end

local function loss(name, op)
  local made = module.Module:extend(name)
  local names, absent = further_tensors(op)

  function made:init(options)
    local tensors
    self.options, tensors = arguments.op_options(name, op, options, absent)
    for _, tensor in ipairs(names) do
      local given = tensors[tensor]
      if module.is_parameter(given) then
        self:register_parameter(tensor, given)
      elseif given then
        self:register_buffer(tensor, given)
      end
    end
  end

  function made:forward(x, target, ...)
    arguments.no_more(name, 2 + #names, 0, x, target, ...)
    local extra = {...}
    for i, tensor in ipairs(names) do
      local own = self[tensor]
      if extra[i] ~= nil then arguments.tensor(name, tensor, extra[i]) end
      if own ~= nil and extra[i] ~= nil then fail("%s: %s is given twice", name, tensor) end
      if own ~= nil then extra[i] = own end
    end
    extra[#names + 1] = self.options
    return sg[op](x, target, table.unpack(extra, 1, #names + 1))
  end

  return made
end

return {
  CrossEntropyLoss = loss("CrossEntropyLoss", "cross_entropy"),
  MSELoss = loss("MSELoss", "mse_loss"),
  L1Loss = loss("L1Loss", "l1_loss"),
  HuberLoss = loss("HuberLoss", "huber_loss"),
  SmoothL1Loss = loss("SmoothL1Loss", "smooth_l1_loss"),
  SoftMarginLoss = loss("SoftMarginLoss", "soft_margin_loss"),
  KLDivLoss = loss("KLDivLoss", "kl_div"),
  NLLLoss = loss("NLLLoss", "nll_loss"),
  TripletMarginLoss = loss("TripletMarginLoss", "triplet_margin_loss"),
  CTCLoss = loss("CTCLoss", "ctc_loss"),
  GaussianNLLLoss = loss("GaussianNLLLoss", "gaussian_nll_loss"),
  PoissonNLLLoss = loss("PoissonNLLLoss", "poisson_nll_loss"),
  HingeEmbeddingLoss = loss("HingeEmbeddingLoss", "hinge_embedding_loss"),
  MarginRankingLoss = loss("MarginRankingLoss", "margin_ranking_loss"),
  CosineEmbeddingLoss = loss("CosineEmbeddingLoss", "cosine_embedding_loss"),
  MultiLabelSoftMarginLoss = loss("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss"),
  MultiLabelMarginLoss = loss("MultiLabelMarginLoss", "multilabel_margin_loss"),
  MultiMarginLoss = loss("MultiMarginLoss", "multi_margin_loss"),
  BCELoss = loss("BCELoss", "binary_cross_entropy"),
  BCEWithLogitsLoss = loss("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"),
}
