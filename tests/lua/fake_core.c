// SPDX-License-Identifier: GPL-3.0-or-later
//
// Loaded before OpenBLAS, it answers in its place: what an old one says on a processor that it does not know.
char *openblas_get_corename(void);
char *openblas_get_corename(void) { return (char *)"Prescott"; }
