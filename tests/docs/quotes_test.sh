#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A code block that begins with ```c PATH is a quotation: the file has these very lines. quotes_test.sh ROOT PAGE...
set -euo pipefail
cd "$1"
shift
quotes=0 wrong=0
for page in "$@"; do
  path="" block=""
  while IFS= read -r line; do
    if [[ $line == '```c '?* ]]; then
      path=${line#'```c '} block=""
    elif [[ $line == '```' && -n $path ]]; then
      quotes=$((quotes + 1))
      if [[ $(<"$path") != *"${block%$'\n'}"* ]]; then
        echo "$page quotes $path, which does not have these lines:"$'\n'"$block"
        wrong=$((wrong + 1))
      fi
      path=""
    elif [[ -n $path ]]; then
      block+=$line$'\n'
    fi
  done <"$page"
done
echo "$quotes quotations, $wrong wrong"
((quotes > 0 && wrong == 0))
