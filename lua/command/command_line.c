// SPDX-License-Identifier: GPL-3.0-or-later
//
// The options of the command.
#include "lua/command/command_line.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: selenograd [options] FILE.lua [arguments]   run a script ('-' reads standard input)\n"
    "       selenograd [options] -e CODE [arguments]    run a line of Lua\n"
    "       selenograd [options]                        a prompt\n"
    "       selenograd check FILE.lua [options]         prove gradients; 'check --help' tells how\n"
    "       selenograd ops [NAME]                       what ops there are, or all about one\n"
    "\n"
    "options:\n"
    "  --threads N           threads to compute with (default: the number of processors)\n"
    "  --seed N              seed of the random numbers (default: 0)\n"
    "  --memory-limit SIZE   most bytes of live tensors, such as 500M or 2G (default: none)\n"
    "  --help                this text\n"
    "  --version             versions, also of the libraries, and what the processor is used for\n";

int command_complain(const char *format, const char *what) {
  fprintf(stderr, "selenograd: ");
  fprintf(stderr, format, what);
  fprintf(stderr, "\nTry 'selenograd --help'.\n");
  return COMMAND_TROUBLE;
}

// ---- Options ------------------------------------------------------------------------------------------------

static bool read_number(const char *text, unsigned long long most, unsigned long long *value, const char **rest) {
  char *end;
  errno = 0;
  if (text[0] < '0' || text[0] > '9') return false;
  *value = strtoull(text, &end, 10);
  *rest = end;
  return errno == 0 && *value <= most;
}

static bool read_size(const char *text, uint64_t *size) {
  static const char units[] = "KMGT";
  unsigned long long value;
  const char *rest;
  if (!read_number(text, UINT64_MAX, &value, &rest)) return false;
  int shift = 0;
  const char *unit = *rest != '\0' ? strchr(units, *rest) : NULL;
  if (unit != NULL) {
    shift = 10 * (int)(unit - units + 1);
    rest++;
  }
  if (*rest == 'B') rest++;
  *size = (uint64_t)value << shift;
  return *rest == '\0' && value > 0 && value <= (uint64_t)INT64_MAX >> shift; // what Lua can show
}

static int read_value_option(const char *name, const char *value, sg_config *config) {
  unsigned long long number;
  const char *rest = "";
  if (strcmp(name, "--memory-limit") == 0) {
    if (!read_size(value, &config->memory_limit))
      return command_complain("--memory-limit: '%s' is not a size such as 500M or 2G", value);
  } else if (strcmp(name, "--threads") == 0) {
    if (!read_number(value, 1024, &number, &rest) || *rest != '\0' || number == 0)
      return command_complain("--threads: '%s' is not a number from 1 to 1024", value);
    config->threads = (int)number;
  } else {
    if (!read_number(value, UINT64_MAX, &number, &rest) || *rest != '\0')
      return command_complain("--seed: '%s' is not a number", value);
    config->seed = number;
  }
  return EXIT_SUCCESS;
}

static const char *nearest_option(const char *given) {
  static const char *const names[] = {"--threads", "--seed", "--memory-limit", "--help", "--version"};
  const char *best = NULL;
  size_t most = 3;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t same = 0;
    while (given[same] != '\0' && given[same] == names[i][same]) same++;
    if (same > most || (same == 3 && best == NULL)) {
      best = names[i];
      most = same;
    }
  }
  return best;
}

int command_line_read(int argc, char **argv, command_line *line) {
  static const char *const with_value[] = {"--threads", "--seed", "--memory-limit"};
  int i = 1;
  for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
    const char *option = argv[i];
    if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0) {
      fputs(usage, stdout);
      line->finished = true;
      return EXIT_SUCCESS;
    }
    if (strcmp(option, "--version") == 0 || strcmp(option, "-v") == 0) {
      line->version = true;
      break;
    }
    if (strcmp(option, "-e") == 0) {
      if (++i == argc) return command_complain("%s needs a line of Lua after it", option);
      line->code = argv[i++];
      break;
    }
    const char *value = NULL, *name = NULL;
    for (size_t k = 0; k < sizeof with_value / sizeof *with_value; k++) {
      size_t length = strlen(with_value[k]);
      if (strncmp(option, with_value[k], length) != 0) continue;
      if (option[length] == '=') value = option + length + 1;
      else if (option[length] != '\0') continue;
      name = with_value[k];
    }
    if (name == NULL) {
      const char *near = nearest_option(option);
      if (near != NULL) fprintf(stderr, "selenograd: did you mean %s?\n", near);
      return command_complain("unknown option '%s'", option);
    }
    if (value == NULL && ++i == argc) return command_complain("%s needs a value after it", name);
    if (read_value_option(name, value != NULL ? value : argv[i], &line->config)) return COMMAND_TROUBLE;
  }
  line->script_position = i;
  if (line->code == NULL && i < argc) line->script = argv[i];
  return EXIT_SUCCESS;
}
