// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_ELF_H
#define SELENOGRAD_ELF_H

// What keeps the file at `path` from being loaded as a shared library, NULL when nothing is seen that does. Looks
// at the file's kind and at whether the parts that its header lists are there; not at what is in them.
const char *sg_elf_problem(const char *path);

#endif
