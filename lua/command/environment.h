// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the libraries find in the environment.
#ifndef SELENOGRAD_LUA_COMMAND_ENVIRONMENT_H
#define SELENOGRAD_LUA_COMMAND_ENVIRONMENT_H

// Starts the program anew, if need be, with what OpenMP and OpenBLAS should find in the environment and the user
// has not set.
void command_prepare_environment(char **arguments);

#endif
