// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "autograd/elf.h"
#include "autograd/context.h"

static const char identity = 0;

const void *sg_engine(void) { return &identity; }

// ---- The plugin against the engine ----------------------------------------------------------------

static sg_status check_abi(sg_context *context, const sg_plugin *plugin) {
  if (plugin->abi != SG_PLUGIN_ABI) {
    return sg_error(context, SG_INVALID_ARGUMENT,
                    "it was compiled for version %u of the plugin interface, and Selenograd %s has version %u; "
                    "compile it again with the headers of this Selenograd",
                    plugin->abi, SELENOGRAD_VERSION, SG_PLUGIN_ABI);
  }
  const struct {
    const char *name;
    size_t there, here;
  } sizes[] = {
      {"sg_op", plugin->op_bytes, sizeof(sg_op)},
      {"sg_plan", plugin->plan_bytes, sizeof(sg_plan)},
      {"sg_call", plugin->call_bytes, sizeof(sg_call)},
      {"sg_sample", plugin->sample_bytes, sizeof(sg_sample)},
  };
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    if (sizes[i].there == sizes[i].here) continue;
    return sg_error(
        context, SG_INVALID_ARGUMENT,
        "it was compiled with other headers: %s has %zu bytes there and %zu in Selenograd %s; compile it "
        "again with the headers of this Selenograd",
        sizes[i].name, sizes[i].there, sizes[i].here, SELENOGRAD_VERSION);
  }
  if (!plugin->engine || plugin->engine() != sg_engine()) {
    return sg_error(context, SG_INVALID_ARGUMENT,
                    "it is linked to another copy of the engine than the one that loads it; link it to the shared "
                    "library selenograd, and the program too");
  }
  return SG_OK;
}

// ---- Its ops --------------------------------------------------------------------------------------

static const char *sample_input_problem(const sg_sample_input *input) {
  int64_t elements;
  const sg_shape *shape = &input->shape;
  if ((unsigned)input->kind > SG_SAMPLE_SPD) return "has an input of an unknown kind";
  if ((unsigned)input->dtype > SG_DTYPES) return "has an input of an unknown dtype";
  if (shape->rank < 0 || shape->rank > SG_MAX_RANK || !sg_shape_count(shape, &elements)) {
    return "has an input of an impossible shape";
  }
  if (input->kind == SG_SAMPLE_VALUES && !input->values && elements > 0) return "has an input without its values";
  return NULL;
}

// A bad sample may give more inputs than there are, or fewer than the op needs.
static const char *sample_problem(const sg_op *op, const sg_sample *sample, bool bad) {
  if (bad && !sample->error) return "does not say which error to expect";
  if (!bad && sample->error) return "expects an error and belongs to the bad ones";
  int ports = sg_op_input_ports(op);
  bool variadic = ports > 0 && sg_op_inputs(op)[ports - 1].flags & SG_VARIADIC;
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    const char *problem = sample_input_problem(&sample->inputs[i]);
    if (problem) return problem;
    bool given = sample->inputs[i].kind != SG_SAMPLE_ABSENT,
         optional = i >= ports || sg_op_inputs(op)[i].flags & SG_OPTIONAL;
    if (!bad && !given && !optional) return "leaves out an input";
    if (!bad && given && i >= ports && !variadic) return "has more inputs than the op";
  }
  return NULL;
}

static sg_status check_samples(sg_context *context, const sg_op *op, bool bad) {
  const sg_sample *sample;
  for (int i = 0; (sample = bad ? sg_op_bad_sample(op, i) : sg_op_sample(op, i)) != NULL; i++) {
    const char *problem = sample_problem(op, sample, bad);
    if (problem) {
      return sg_error(context, SG_INVALID_ARGUMENT, "op %s: %s '%s' %s", op->name, bad ? "bad sample" : "sample",
                      sample->name, problem);
    }
  }
  return SG_OK;
}

static sg_status check_plugin_op(sg_context *context, const sg_op *op) {
  if (sg_op_check(context, op)) return context->status;
  const char *problem = NULL;
  if (!sg_op_forward(op) && !sg_op_compose(op)) problem = "it has no forward";
  if (!op->summary || !op->summary[0]) problem = "it has no summary, one sentence for the manual";
  if (!sg_op_sample(op, 0)) problem = "it has no samples; the gradient checks need at least one";
  if (problem) return sg_error(context, SG_INVALID_ARGUMENT, "op %s: %s", op->name, problem);
  if (check_samples(context, op, false)) return context->status;
  return check_samples(context, op, true);
}

sg_status sg_plugin_check(sg_context *context, const sg_plugin *plugin) {
  if (context->status) return context->status;
  if (!plugin) return sg_error(context, SG_INVALID_ARGUMENT, "there is no plugin");
  if (check_abi(context, plugin)) return context->status;
  if (!plugin->name || !plugin->name[0]) return sg_error(context, SG_INVALID_ARGUMENT, "the plugin has no name");
  if (!plugin->ops || !plugin->ops[0]) return sg_error(context, SG_INVALID_ARGUMENT, "the plugin has no ops");
  for (const sg_op *const *op = plugin->ops; *op; op++) {
    if (check_plugin_op(context, *op)) return context->status;
    for (const sg_op *const *other = plugin->ops; other < op; other++) {
      if (strcmp((*other)->name, (*op)->name) == 0) {
        return sg_error(context, SG_INVALID_ARGUMENT, "the plugin has two ops named %s", (*op)->name);
      }
    }
  }
  return SG_OK;
}

// ---- Loading --------------------------------------------------------------------------------------

sg_status sg_plugin_register(sg_context *context, const sg_plugin *plugin) {
  if (sg_plugin_check(context, plugin)) return context->status;
  return sg_ops_add(context, plugin->ops);
}

static const sg_plugin *find_plugin(sg_context *context, void *library) {
  const sg_plugin *plugin = dlsym(library, "selenograd_plugin");
  if (!plugin) {
    sg_error(context, SG_INVALID_ARGUMENT,
             "it is no plugin: it does not export selenograd_plugin, which SG_PLUGIN of autograd/plugin.h defines");
    return NULL;
  }
  return sg_plugin_check(context, plugin) ? NULL : plugin;
}

// The linker gets the absolute path: it remembers libraries by the names they were asked for, and a relative one
// would find the old library from another directory.
const sg_plugin *sg_plugin_open(sg_context *context, const char *path, void **library) {
  char file[PATH_MAX];
  *library = NULL;
  if (context->status) return NULL;
  if (!realpath(path, file)) {
    sg_error(context, SG_IO_FAILED, "'%s': %s", path, strerror(errno));
    return NULL;
  }
  const char *problem = sg_elf_problem(file);
  if (problem) {
    sg_error(context, SG_IO_FAILED, "%s: %s", path, problem);
    return NULL;
  }
  *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!*library) {
    sg_error(context, SG_IO_FAILED, "%s", dlerror());
    return NULL;
  }
  const sg_plugin *plugin = find_plugin(context, *library);
  if (!plugin) {
    sg_error_prefix(context, "%s: ", path);
    sg_plugin_close(*library);
    *library = NULL;
  }
  return plugin;
}

void sg_plugin_close(void *library) { dlclose(library); }

sg_status sg_load_ops(sg_context *context, const char *path) {
  void *library;
  const sg_plugin *plugin = sg_plugin_open(context, path, &library);
  if (!plugin) return context->status;
  size_t count = context->op_count;
  if (sg_plugin_register(context, plugin)) sg_error_prefix(context, "%s: ", path);
  if (context->op_count == count) sg_plugin_close(library);
  return context->status;
}
