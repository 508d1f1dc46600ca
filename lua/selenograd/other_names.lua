-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Names that PyTorch has for an op beside the one that it has here.
return {
  absolute = "abs", arccos = "acos", arccosh = "acosh", arcsin = "asin", arcsinh = "asinh", arctan = "atan",
  arctan2 = "atan2", arctanh = "atanh", clip = "clamp", concat = "cat", concatenate = "cat", divide = "div",
  fix = "trunc", greater = "gt", greater_equal = "ge", less = "lt", less_equal = "le", moveaxis = "movedim",
  multiply = "mul", negative = "neg", not_equal = "ne", ravel = "flatten", subtract = "sub",
}
