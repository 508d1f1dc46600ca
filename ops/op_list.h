// SPDX-License-Identifier: GPL-3.0-or-later
//
// The only list of ops. OP(name) stands for the descriptor op_name, defined in the file name.c of its family's
// folder.
// clang-format off

// elementwise/
OP(abs)
OP(add)
OP(clamp)
OP(cos)
OP(div)
OP(eq)
OP(erf)
OP(erfc)
OP(exp)
OP(ge)
OP(gelu)
OP(gt)
OP(le)
OP(leaky_relu)
OP(log)
OP(lt)
OP(maximum)
OP(minimum)
OP(mul)
OP(ne)
OP(neg)
OP(pow)
OP(relu)
OP(rsqrt)
OP(sigmoid)
OP(sign)
OP(silu)
OP(sin)
OP(softplus)
OP(sqrt)
OP(square)
OP(sub)
OP(tanh)
OP(where)
// reduce/
OP(sum)
OP(sum_to)
// shape/
OP(expand)
OP(reshape)
OP(transpose)
OP(permute)
OP(cat)
OP(slice)
OP(embed)
OP(index_select)
OP(index_add)
OP(squeeze)
OP(unsqueeze)
OP(flatten)
OP(stack)
OP(gather)
OP(scatter_add)
OP(to)
// linalg/
// nn/
// norm/
// loss/
// clang-format on
