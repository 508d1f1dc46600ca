-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What a diagnosis has to contain, in lower case, to count as having named a mistake: any one of the Lua patterns.
-- A mistake may ask for several words, "gamma, missing", each of which has to be there.
return {
  sign = {"sign"},
  factor = {"factor", "times"},
  zero = {"zero", "is missing", "is 0"},
  entry = {"element", "entry"},
  finite = {"finite", "nan", "infinit"},
  transposed = {"transpos"},
  roll = {"roll", "shift", "off by one"},
  exchanged = {"gradient of", "belongs to", "exchanged", "swapped"},
  reduction = {"reduc", "broadcast", "shape"},
  shape = {"shape"},
  deterministic = {"deterministic"},
  writes = {"writes", "wrote"},
  state = {"deterministic", "taken again"},
  linear = {"linear", "cotangent"},
  ["mean(dy)"] = {"mean%(dy%)", "mean%(d_xhat%)", "mean%(gamma"},
  xhat = {"xhat %* mean", "xhat mean", "mean%(dy %* xhat"},
  dy = {"dy"},
  gamma = {"gamma"},
  rstd = {"rstd"},
  eps = {"eps"},
  missing = {"is missing", "is forgotten"},
  ["wrong sign"] = {"of the wrong sign"},
  doubled = {"doubled"},
  halved = {"halved"},
  twice = {"twice"},
  bessel = {"n %- 1 instead of n"},
  outside = {"outside of the square root"},
}
