// SPDX-License-Identifier: GPL-3.0-or-later
//
// The only list of row functions. ROW(name) stands for the function name_row of each variant. Operands are called
// x, a, b, c in the order of the row, results y; d_name is the derivative of name, with the operands (x or y, d_y)
// and the result d_x.
// clang-format off

// arithmetic.c
ROW(neg)
ROW(abs)            ROW(d_abs)
ROW(sign)
ROW(square)         ROW(d_square)
ROW(add)
ROW(sub)
ROW(mul)
ROW(div)
ROW(maximum)
ROW(minimum)
ROW(add_scaled)     // a + parameter[0] b
// comparison.c: 1 or 0
ROW(eq)
ROW(ne)
ROW(lt)
ROW(le)
ROW(gt)
ROW(ge)
// choice.c: b where a is not 0, else c
ROW(where)          // a has the dtype of b and c
ROW(where_integer)  // a is i64
// power.c
ROW(sqrt)           ROW(d_sqrt)           // from y
ROW(rsqrt)          ROW(d_rsqrt)          // from y
ROW(pow)
ROW(pow_derivative) // parameter: how many times by a and by b, two int64_t of at most POW_ORDERS
// unary.c
ROW(exp)
ROW(log)
ROW(sin)            ROW(d_sin)
ROW(cos)            ROW(d_cos)
ROW(tanh)           ROW(d_tanh)
ROW(erf)            ROW(d_erf)
ROW(erfc)           ROW(d_erfc)
ROW(sigmoid)        ROW(d_sigmoid)
ROW(sigmoid_slope)
ROW(relu)           ROW(d_relu)           // from y
ROW(clamp)          ROW(d_clamp)          // parameter: the lower and the upper bound
ROW(leaky_relu)     ROW(d_leaky_relu)     // parameter: the slope for x < 0
ROW(softplus)       ROW(d_softplus)       // parameter: beta
ROW(silu)           ROW(d_silu)
ROW(gelu)           ROW(d_gelu)
ROW(gelu_tanh)      ROW(d_gelu_tanh)
// pair_loss.c: f(x - target); the derivatives have operands x, target, d_y, results d_x, d_target, and a factor as
// parameter
ROW(square_loss)    ROW(d_square_loss)
ROW(absolute_loss)  ROW(d_absolute_loss)
// dropout.c
ROW(dropout)        // results y, mask; parameter: dropout_parameter
// optimizer.c: operand gradient; results, which it reads too: parameter and the optimizer's state
ROW(sgd)            // parameter, momentum buffer (NULL: no momentum); parameter: sgd_parameter
ROW(adam)           // parameter, m, v; parameter: adam_parameter
// clang-format on
