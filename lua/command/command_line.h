// SPDX-License-Identifier: GPL-3.0-or-later
//
// What stands behind `selenograd`.
#ifndef SELENOGRAD_LUA_COMMAND_COMMAND_LINE_H
#define SELENOGRAD_LUA_COMMAND_COMMAND_LINE_H

#include "autograd/selenograd.h"

typedef struct command_line {
  sg_config config;
  const char *code;    // of -e
  const char *script;  // NULL: none
  int script_position; // of the script in argv, argc without one
  bool finished;       // --help has said all
  bool version;        // --version
} command_line;

// The exit code of a command line that makes no sense, and of what could not be checked: 1 is a script that failed,
// or a gradient that is wrong.
enum { COMMAND_TROUBLE = 2 };

// Prints a format with one %s to standard error, and how to get help. Returns COMMAND_TROUBLE.
int command_complain(const char *format, const char *what);
// Reads the arguments. Returns an exit code, other than EXIT_SUCCESS where they make no sense.
int command_line_read(int argc, char **argv, command_line *line);

#endif
