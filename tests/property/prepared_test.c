// SPDX-License-Identifier: GPL-3.0-or-later
//
// A call that is prepared once and computed again with other values gives, bit for bit, what the op gives of these
// values, and refuses what the op refuses: nothing that prepare decided, and nothing that an earlier computation
// left, depends on elements.
#include <string.h>

#include "autograd/prepared.h"
#include "tests/support/registry.h"

enum { REPLAYS = 3 };

// Puts the elements of one tensor into another one of its dtype and shape.
static void give(const test_case *test, sg_tensor *to, const sg_tensor *from) {
  if (!to || sg_tensor_elements(to) == 0) return;
  if (sg_tensor_dtype(to) != sg_tensor_dtype(from) || sg_tensor_bytes(to) != sg_tensor_bytes(from))
    fail_case(test, "its inputs differ from seed to seed");
  memcpy(sg_tensor_write(to, "test"), sg_tensor_data(from), sg_tensor_bytes(to));
}

static void require_same_refusal(const test_case *test, sg_context *c, const sg_prepared *prepared,
                                 const char *message) {
  if (sg_prepared_check(prepared) == SG_OK) fail_case(test, "a prepared call accepts what is refused: %s", message);
  if (strcmp(sg_error_message(c), message) != 0)
    fail_case(test, "refused otherwise than '%s': %s", message, sg_error_message(c));
  sg_error_clear(c);
}

// The op applied to these inputs, and the prepared call computed of the same elements.
static void check_replay(test_case *test, sg_dtype dtype, uint64_t seed, sg_prepared *prepared, int count,
                         sg_tensor *const *given) {
  sg_context *c = test->context;
  sg_tensor *inputs[SG_MAX_PORTS];
  sg_tensors expected;
  sg_sample_inputs(c, test->op, test->sample, dtype, seed, inputs);
  for (int i = 0; i < count; i++) give(test, given[i], inputs[i]);
  reset_random(c);
  if (sg_apply_list(c, test->op, count, inputs, test->sample->options, &expected)) {
    char message[SG_MESSAGE_BYTES];
    strcpy(message, sg_error_message(c));
    sg_error_clear(c);
    require_same_refusal(test, c, prepared, message);
    return;
  }
  sg_prepared_check(prepared);
  require_ok(test, c, "asking the prepared call");
  reset_random(c);
  sg_compute(prepared);
  if (prepared->call.output_count != expected.count) fail_case(test, "another number of outputs");
  for (int p = 0; p < expected.count; p++) {
    if (!expected.tensor[p]) continue;
    require_same_bits(test, "computed again", sg_op_output_port(test->op, p)->name, prepared->call.outputs[p],
                      expected.tensor[p]);
  }
}

static void check_of(test_case *test, sg_dtype dtype) {
  if (sg_op_compose(test->op)) return; // its parts are prepared, and tested so
  sg_context *c = test->context;
  sg_tensor *given[SG_MAX_PORTS];
  sg_prepared prepared;
  const int count = sg_sample_inputs(c, test->op, test->sample, dtype, 1, given);
  if (sg_prepare(c, test->op, count, given, test->sample->options, &prepared)) require_ok(test, c, "preparing");
  for (uint64_t replay = 0; replay < REPLAYS; replay++)
    check_replay(test, dtype, replay + 1, &prepared, count, given);
}

static void check_dtypes(test_case *test) {
  check_of(test, SG_F32);
  check_of(test, SG_F64);
}

int main(int argc, char **argv) {
  const property properties[] = {{"computes_again_what_it_gives", PROPERTY_OF_SAMPLE, check_dtypes}};
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
