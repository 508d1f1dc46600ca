# SPDX-License-Identifier: GPL-3.0-or-later
#
# cmake -D PAGE=page.md -D LANGUAGE=c -D OUTPUT=code.c -P extract_code.cmake
# Writes the code blocks of one language, one after the other. The lines between them become empty, so that a
# compiler's line numbers are those of the page.
file(READ ${PAGE} text)
# CMake lists are separated by ; and grouped by [ ], so these three wear a disguise while the lines are a list.
string(ASCII 1 semicolon)
string(ASCII 2 open)
string(ASCII 3 close)
string(REPLACE ";" "${semicolon}" text "${text}")
string(REPLACE "[" "${open}" text "${text}")
string(REPLACE "]" "${close}" text "${text}")
string(REPLACE "\n" ";" lines "${text}")
set(inside FALSE)
set(code "")
foreach(line IN LISTS lines)
  if(inside AND line STREQUAL "```")
    set(inside FALSE)
  elseif(line STREQUAL "```${LANGUAGE}")
    set(inside TRUE)
  elseif(inside)
    string(APPEND code "${line}")
  endif()
  string(APPEND code "\n")
endforeach()
string(REPLACE "${semicolon}" ";" code "${code}")
string(REPLACE "${open}" "[" code "${code}")
string(REPLACE "${close}" "]" code "${code}")
file(WRITE ${OUTPUT} "${code}")
