// SPDX-License-Identifier: GPL-3.0-or-later
//
// The only list of row functions. ROW(name) stands for the function name_row of f32, f64 and i64,
// FLOATING_ROW(name) for one that i64 has not, ANY_ROW(name) for one that bytes, u8 and bool, have too. Operands
// are called x, a, b, c in the order of the row, results y; d_name is the derivative of name, with the operands
// (x or y, d_y) and the result d_x.
// clang-format off

// arithmetic.c
ROW(neg)
ROW(abs)            FLOATING_ROW(d_abs)
ROW(sign)
ROW(square)         FLOATING_ROW(d_square)
ROW(add)
ROW(sub)
ROW(mul)
FLOATING_ROW(div)
ROW(maximum)
ROW(minimum)
ROW(add_scaled)              // a + parameter[0] b
// comparison.c: y is bytes, 1 or 0; what is not 0 is true
ANY_ROW(eq)
ANY_ROW(ne)
ANY_ROW(lt)
ANY_ROW(le)
ANY_ROW(gt)
ANY_ROW(ge)
ANY_ROW(logical_and)
ANY_ROW(logical_or)
ANY_ROW(logical_xor)
ANY_ROW(logical_not)
ANY_ROW(isnan)
ANY_ROW(isinf)
ANY_ROW(isfinite)
// choice.c: b where a is not 0, else c
ANY_ROW(where_f32)  // where_DTYPE: of a
ANY_ROW(where_f64)
ANY_ROW(where_i64)
ANY_ROW(where_byte) // bool or u8
// conversion.c: of x, which is dense
FLOATING_ROW(from_i64)
FLOATING_ROW(from_byte) // bool or u8
// power.c
FLOATING_ROW(sqrt)           FLOATING_ROW(d_sqrt)           // from y
FLOATING_ROW(rsqrt)          FLOATING_ROW(d_rsqrt)          // from y
FLOATING_ROW(reciprocal)     FLOATING_ROW(d_reciprocal)
FLOATING_ROW(pow)
FLOATING_ROW(pow_derivative) // parameter: how many times by a and by b, two int64_t of at most POW_ORDERS
// quotient.c
FLOATING_ROW(div_derivative) // of g a / b; parameter: how many times by b, an int64_t of at most POW_ORDERS
// unary.c
FLOATING_ROW(exp)
FLOATING_ROW(log)            FLOATING_ROW(d_log)
FLOATING_ROW(sin)            FLOATING_ROW(d_sin)
FLOATING_ROW(cos)            FLOATING_ROW(d_cos)
FLOATING_ROW(tanh)           FLOATING_ROW(d_tanh)
FLOATING_ROW(erf)            FLOATING_ROW(d_erf)
FLOATING_ROW(erfc)           FLOATING_ROW(d_erfc)
FLOATING_ROW(sigmoid)        FLOATING_ROW(d_sigmoid)
FLOATING_ROW(sigmoid_slope)
FLOATING_ROW(relu)           FLOATING_ROW(d_relu)           // from y
FLOATING_ROW(clamp)          FLOATING_ROW(d_clamp)          // parameter: the lower and the upper bound
FLOATING_ROW(leaky_relu)     FLOATING_ROW(d_leaky_relu)     // parameter: the slope for x < 0
FLOATING_ROW(softplus)       FLOATING_ROW(d_softplus)       // parameter: beta and the threshold
FLOATING_ROW(silu)           FLOATING_ROW(d_silu)
FLOATING_ROW(gelu)           FLOATING_ROW(d_gelu)
FLOATING_ROW(gelu_tanh)      FLOATING_ROW(d_gelu_tanh)
// rounding.c
ROW(floor)
ROW(ceil)
ROW(round)
ROW(trunc)
FLOATING_ROW(frac)
ROW(fmod)
ROW(remainder)
ROW(floor_divide)
FLOATING_ROW(copysign)
FLOATING_ROW(nan_to_num)     FLOATING_ROW(d_nan_to_num)     // parameter: in place of NaN, infinity, -infinity
// combination.c
FLOATING_ROW(lerp)
FLOATING_ROW(addcmul)        // a + parameter[0] b c
FLOATING_ROW(addcdiv)        // a + parameter[0] b / c
// activation.c
FLOATING_ROW(hardtanh)       FLOATING_ROW(d_hardtanh)       // parameter: the lower and the upper bound
FLOATING_ROW(relu6)          FLOATING_ROW(d_relu6)
FLOATING_ROW(hardsigmoid)    FLOATING_ROW(d_hardsigmoid)
FLOATING_ROW(hardswish)      FLOATING_ROW(d_hardswish)
FLOATING_ROW(hardshrink)     FLOATING_ROW(d_hardshrink)     // parameter: lambda
FLOATING_ROW(softshrink)     // parameter: lambda; its derivative is d_hardshrink
FLOATING_ROW(threshold)      FLOATING_ROW(d_threshold)      // parameter: the threshold and the value
FLOATING_ROW(prelu)
FLOATING_ROW(softsign)       FLOATING_ROW(d_softsign)
FLOATING_ROW(elu)            FLOATING_ROW(d_elu)            // parameter: alpha
FLOATING_ROW(celu)           FLOATING_ROW(d_celu)           // parameter: alpha
FLOATING_ROW(selu)           FLOATING_ROW(d_selu)
FLOATING_ROW(logsigmoid)     FLOATING_ROW(d_logsigmoid)
FLOATING_ROW(tanhshrink)     FLOATING_ROW(d_tanhshrink)
FLOATING_ROW(mish)           FLOATING_ROW(d_mish)
FLOATING_ROW(glu)            // of the halves a and b
FLOATING_ROW(swiglu)
// special.c
FLOATING_ROW(erfinv)
FLOATING_ROW(lgamma)
FLOATING_ROW(digamma)
FLOATING_ROW(polygamma)       // parameter: how many times, an int64_t of at most SPECIAL_ORDERS
FLOATING_ROW(sinc)
FLOATING_ROW(sinc_derivative) // the same
// logarithm.c
FLOATING_ROW(logaddexp)
FLOATING_ROW(xlogy)
FLOATING_ROW(logit)          FLOATING_ROW(d_logit)          // parameter: eps
FLOATING_ROW(exp2)           FLOATING_ROW(d_exp2)
FLOATING_ROW(expm1)          FLOATING_ROW(d_expm1)
FLOATING_ROW(log1p)          FLOATING_ROW(d_log1p)
FLOATING_ROW(log2)           FLOATING_ROW(d_log2)
FLOATING_ROW(log10)          FLOATING_ROW(d_log10)
// trigonometry.c
FLOATING_ROW(tan)            FLOATING_ROW(d_tan)            // from y
FLOATING_ROW(asin)           FLOATING_ROW(d_asin)
FLOATING_ROW(acos)           FLOATING_ROW(d_acos)
FLOATING_ROW(atan)           FLOATING_ROW(d_atan)
FLOATING_ROW(atan2)
FLOATING_ROW(hypot)
FLOATING_ROW(hypot_slope)    // a / hypot(a, b)
// hyperbolic.c
FLOATING_ROW(sinh)           FLOATING_ROW(d_sinh)
FLOATING_ROW(cosh)           FLOATING_ROW(d_cosh)
FLOATING_ROW(asinh)          FLOATING_ROW(d_asinh)
FLOATING_ROW(acosh)          FLOATING_ROW(d_acosh)
FLOATING_ROW(atanh)          FLOATING_ROW(d_atanh)
// pair_loss.c: a loss of x and target, and its derivatives by both; operands: x, target, weight, one p for each
// element, and of derivatives d_y; the third and fourth may be absent; parameter: a factor of all, and p
FLOATING_ROW(mse_loss)             FLOATING_ROW(d_mse_loss)
FLOATING_ROW(l1_loss)              FLOATING_ROW(d_l1_loss)
FLOATING_ROW(huber_loss)           FLOATING_ROW(d_huber_loss)           // p: delta
FLOATING_ROW(smooth_l1_loss)       FLOATING_ROW(d_smooth_l1_loss)       // p: beta
FLOATING_ROW(soft_margin_loss)     FLOATING_ROW(d_soft_margin_loss)
FLOATING_ROW(kl_div)               FLOATING_ROW(d_kl_div)               // p: 1 if target is a logarithm
FLOATING_ROW(binary_cross_entropy) FLOATING_ROW(d_binary_cross_entropy)
FLOATING_ROW(binary_cross_entropy_with_logits)                          // p: weight of target
FLOATING_ROW(d_binary_cross_entropy_with_logits)
// row_sum.c: adds up the results of another row; parameter: row_sum
FLOATING_ROW(sum_of_row)
// dropout.c
FLOATING_ROW(dropout)        // results y, mask; parameter: dropout_parameter
FLOATING_ROW(rrelu)          // results y, slope; parameter: rrelu_parameter
// optimizer.c: operand gradient; results, which it reads too: parameter and the optimizer's state
FLOATING_ROW(sgd)            // parameter, momentum buffer (NULL: no momentum); parameter: sgd_parameter
FLOATING_ROW(adam)           // parameter, m, v; parameter: adam_parameter
// clang-format on
