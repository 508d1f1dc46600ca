// SPDX-License-Identifier: GPL-3.0-or-later
//
// A function recognized as y = gamma xhat + beta, xhat = rstd (x - mean), with statistics over groups of x.
// Its derivative is known then, free of the noise of differences, and so is every mistake in it.
//
// With g = gamma dy, m elements in a group and v = kappa mean((x - mean)^2) (kappa: 1, or m/(m-1) when unbiased):
//   dx = rstd g - rstd mean(g) - kappa rstd xhat mean(g xhat)      for rstd = 1/sqrt(v + eps)
// and the last term divided by rstd sqrt(v) for rstd = 1/(sqrt(v) + eps). Without a mean (RMS normalization) there
// is no second term. S. Ioffe, C. Szegedy: "Batch normalization", ICML 2015; B. Zhang, R. Sennrich: "Root mean
// square layer normalization", NeurIPS 2019.
#ifndef SELENOGRAD_GRADCHECK_RECOGNIZED_H
#define SELENOGRAD_GRADCHECK_RECOGNIZED_H

#include "autograd/gradcheck/diagnosis/evidence/evidence.h"

// What statistics or means are taken over.
typedef struct normalization_over {
  unsigned mask;    // of dimensions
  int64_t split;    // groups of channels along dimension 1 (counted from 0), which is in the mask; 1: not split
  bool alternating; // channel c is in group c mod split, else c / (channels / split)
} normalization_over;

typedef struct normalization {
  const diagnosis *d;
  int input, gamma_input, beta_input; // positions; -1: none
  const sg_shape *shape;
  int64_t count, groups, members;
  const double *x, *y, *w;
  normalization_over over;
  bool centered, outside;
  double kappa, eps;
  int64_t *group;                 // of each element
  int64_t *first_group;           // the members of group 0, where most suppositions fail already
  int64_t *offset;                // room: of each element in another tensor
  double *gamma, *beta;           // of each element
  double *mean, *variance, *rstd; // of each group; the variance is biased
  double *first, *second;         // room for two sums over each group
  double *term[3];                // of each element: rstd g, rstd mean(g), rstd xhat mean(g xhat) ...
} normalization;

// Finds how output depends on input `input`; false: not like this.
bool normalization_recognize(normalization *n, const diagnosis *d, int input);
// Numbers the groups; returns how many there are.
int64_t normalization_group(const sg_shape *shape, const normalization_over *over, int64_t *group);
// Everything that people normalize over, the usual first; returns how many there are, at most normalization_overs.
int normalization_list(const sg_shape *shape, normalization_over *list);
enum { normalization_overs = 160 };
// The positions where number[i] is 0; returns how many.
int64_t normalization_first(const int64_t *number, int64_t count, int64_t *list);
// "Looks like batch normalization over dimensions 1, 3, 4: "
void normalization_say(const normalization *n);
// "batch normalization over dimensions 1, 3, 4", or "over dimensions 1, 3, 4" alone.
void normalization_say_kind(const normalization *n, const normalization_over *over, bool centered);
void normalization_say_over(const normalization *n, const normalization_over *over);
// The function's rstd of m elements, of which this is the sum of squares.
double normalization_rstd(const normalization *n, double squares, double m);
// What stands in front of xhat * mean(dy * xhat) in group g, beside rstd.
double normalization_last_factor(const normalization *n, int64_t g);

// What is left of the error, in squares, must be a millionth.
typedef struct normalization_remainder {
  long double left, error;
  bool close;
} normalization_remainder;
// Adds element i, where so much is predicted.
void normalization_compare(const normalization *n, int64_t i, double predicted, normalization_remainder *r);
bool normalization_explained(const normalization_remainder *r);

enum { normalization_rows = 3000 }; // that a regression has at most

// Coefficients of the terms, and how far rounding may have moved each. A term that is lost in the rounding of
// others is taken to be right, with an uncertainty of 0.
typedef struct normalization_fit {
  double c[3], uncertainty[3];
} normalization_fit;
// Over `count` elements; false: the terms are not independent.
bool normalization_regress(const normalization *n, const int64_t *rows, int64_t count, normalization_fit *f);

// Mistakes in the coefficients. `named`: those only that mean something, and these taken by what they mean.
bool normalization_wrong_coefficients(const normalization *n, bool named);

// The same in a part of the elements, the others being right: "there, the term mean(dy) is missing".
bool normalization_wrong_in_part(const normalization *n, const int64_t *rows, int64_t count);
// Means over other elements, gamma in another place, the derivative of another normalization.
bool normalization_wrong_means(const normalization *n);
// Other statistics than the function's, such as running ones.
bool normalization_wrong_statistics(const normalization *n);

// Mistakes in the derivative by gamma or beta, which is what `n` was recognized for.
bool normalization_wrong_parameter(const normalization *n);

// "eps is applied twice (2e-05 for 1e-05)", when the derivative has `used` instead of n->eps.
void normalization_say_eps(const normalization *n, double used);

#endif
