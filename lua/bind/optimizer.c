// SPDX-License-Identifier: GPL-3.0-or-later
//
// The update steps of optim.*, one call for each parameter: sgd_step and adam_step. Their formulas are in
// "ops/nn/optimizer_step.h".
#include "lua/bind/base/check.h"
#include "lua/bind/base/collector.h"
#include "lua/bind/base/handle.h"
#include "lua/bind/functions.h"
#include "ops/nn/optimizer_step.h"

typedef struct sgd_request {
  sg_tensor *parameter, *gradient, *momentum_buffer;
  sg_sgd_options options;
} sgd_request;

typedef struct adam_request {
  sg_tensor *parameter, *gradient, *exp_avg, *exp_avg_sq;
  sg_adam_options options;
} adam_request;

static bool sgd_work(sg_context *context, void *arguments) {
  sgd_request *r = arguments;
  bool recording = sg_set_grad_enabled(context, false);
  sg_status status = sg_sgd_step(context, r->parameter, r->gradient, r->momentum_buffer, &r->options);
  sg_set_grad_enabled(context, recording);
  return status == SG_OK;
}

// sgd_step(parameter, gradient, momentum_buffer or nil, lr, momentum, dampening, weight_decay, nesterov, maximize,
//          first): moves the parameter and updates the buffer in place.
static int sgd_step(lua_State *L) {
  sgd_request request = {.parameter = tensor_check(L, 1, "sgd", "parameter"),
                         .gradient = tensor_check(L, 2, "sgd", "gradient"),
                         .momentum_buffer = lua_isnil(L, 3) ? NULL : tensor_check(L, 3, "sgd", "momentum_buffer"),
                         .options = {.lr = number_check(L, 4, "sgd", "lr"),
                                     .momentum = number_check(L, 5, "sgd", "momentum"),
                                     .dampening = number_check(L, 6, "sgd", "dampening"),
                                     .weight_decay = number_check(L, 7, "sgd", "weight_decay"),
                                     .nesterov = lua_toboolean(L, 8),
                                     .maximize = lua_toboolean(L, 9),
                                     .first = lua_toboolean(L, 10)}};
  binding_run(L, binding_open(L), sgd_work, &request);
  return 0;
}

static bool adam_work(sg_context *context, void *arguments) {
  adam_request *r = arguments;
  bool recording = sg_set_grad_enabled(context, false);
  sg_status status = sg_adam_step(context, r->parameter, r->gradient, r->exp_avg, r->exp_avg_sq, &r->options);
  sg_set_grad_enabled(context, recording);
  return status == SG_OK;
}

// adam_step(parameter, gradient, exp_avg, exp_avg_sq, step, lr, beta1, beta2, eps, weight_decay, decoupled,
// maximize): moves the parameter and updates both averages in place. `step` counts from 1.
static int adam_step(lua_State *L) {
  adam_request request = {.parameter = tensor_check(L, 1, "adam", "parameter"),
                          .gradient = tensor_check(L, 2, "adam", "gradient"),
                          .exp_avg = tensor_check(L, 3, "adam", "exp_avg"),
                          .exp_avg_sq = tensor_check(L, 4, "adam", "exp_avg_sq"),
                          .options = {.step = integer_check(L, 5, "adam", "step"),
                                      .lr = number_check(L, 6, "adam", "lr"),
                                      .beta1 = number_check(L, 7, "adam", "beta1"),
                                      .beta2 = number_check(L, 8, "adam", "beta2"),
                                      .eps = number_check(L, 9, "adam", "eps"),
                                      .weight_decay = number_check(L, 10, "adam", "weight_decay"),
                                      .decoupled = lua_toboolean(L, 11),
                                      .maximize = lua_toboolean(L, 12)}};
  binding_run(L, binding_open(L), adam_work, &request);
  return 0;
}

const binding_function optimizer_functions[] = {
    {"sgd_step", sgd_step, 10},
    {"adam_step", adam_step, 12},
    {NULL, NULL, 0},
};
