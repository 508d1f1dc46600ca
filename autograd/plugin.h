// SPDX-License-Identifier: GPL-3.0-or-later
//
// Plugins: ops in a shared library of their own, loaded into a running program.
//
// A plugin is linked to the shared library selenograd and exports one constant, which one line defines:
//
//   #include <selenograd.h>
//
//   static const sg_op op_swish = {...};
//   SG_PLUGIN("mine", &op_swish);
//
// Lua loads it by sg.load_ops("./libmine.so"), C by sg_load_ops(context, "./libmine.so"). From then on its ops are
// what the built-in ones are. scripts/custom_op_c/ is a complete project to copy.
//
// Lifetimes: a library whose ops were registered stays loaded until the process ends. Nodes of a graph point to the
// descriptors, tensors keep nodes alive beyond sg_close, and other contexts may use the same library, so there is
// no moment at which the engine could know that unloading is safe. What stays is one mapping of a file.
//
// Code in a plugin runs with all rights of the program, from the moment it is loaded: load only what you trust.
#ifndef SELENOGRAD_PLUGIN_H
#define SELENOGRAD_PLUGIN_H

#include "autograd/op.h"

SG_PUBLIC_BEGIN

// The version of what a plugin and the engine share: the layouts of sg_op, sg_plan, sg_call and sg_sample with all
// that they contain, and the meaning of hooks and flags. Raised with every change of one of them. The sizes are
// compared as well, for the day when somebody forgets.
#define SG_PLUGIN_ABI 7

typedef struct sg_plugin {
  uint32_t abi; // SG_PLUGIN_ABI of the headers that the plugin was compiled with; stays the first field for ever
  uint32_t op_bytes, plan_bytes, call_bytes, sample_bytes; // sizeof of the structs in those headers
  const void *(*engine)(void); // sg_engine: the copy of the engine that the plugin is linked to
  const char *name;            // of the plugin, for messages
  const sg_op *const *ops;     // NULL-terminated
} sg_plugin;

// The constant that a plugin exports.
extern const sg_plugin selenograd_plugin;

// Defines it: a name, then the addresses of the op descriptors.
#define SG_PLUGIN(plugin_name, ...)                                                                                \
  static const sg_op *const selenograd_plugin_ops[] = {__VA_ARGS__, NULL};                                         \
  const sg_plugin selenograd_plugin = {SG_PLUGIN_ABI,     sizeof(sg_op), sizeof(sg_plan), sizeof(sg_call),         \
                                       sizeof(sg_sample), sg_engine,     plugin_name,     selenograd_plugin_ops}

// An address that tells this copy of the engine from others in the process.
const void *sg_engine(void);

// Loads the library at `path`, which is relative to the current directory (never looked for in the folders of the
// linker), checks that it is a plugin for this engine, and registers its ops: all of them, or none.
// Loading the same library again changes nothing and succeeds.
// Errors: SG_IO_FAILED when there is no such file or the dynamic linker refuses it, with the linker's own words;
// SG_INVALID_ARGUMENT for everything that sg_plugin_check finds and for a name that another op has.
sg_status sg_load_ops(sg_context *context, const char *path);

// The same in steps. Opening loads and checks; NULL on failure, after which the library is unloaded again.
// `library` receives what sg_plugin_close wants: call it when no op of the plugin was registered by what follows,
// be it that something failed, or that all were registered before.
const sg_plugin *sg_plugin_open(sg_context *context, const char *path, void **library);
void sg_plugin_close(void *library);
// Registering works also for a plugin that is part of the program. Its ops that are registered already are passed
// over; another op with the name of one of them is an error, and then none is registered.
sg_status sg_plugin_register(sg_context *context, const sg_plugin *plugin);

// Whether a plugin fits: the ABI version, the sizes, the copy of the engine; and for each op whether its descriptor
// is sound (sg_op_check), has a summary for the manual, and has a forward and samples. An op without samples is
// refused and not only complained of: the gradient checks run on samples, and an op that cannot be checked is the
// one whose gradient will be wrong. One is enough: {.name = "plain", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3))}}.
sg_status sg_plugin_check(sg_context *context, const sg_plugin *plugin);

SG_PUBLIC_END

#endif
