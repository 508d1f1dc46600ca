#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the sources promise: includes go one way, between the layers and between the rooms of the checker; files
# carry their licence and stay short; the engine and the ops print nothing, end nothing and keep nothing outside
# a context. Usage: layering_test.sh [LIBRARY.a ...]
set -euo pipefail
cd -- "$(dirname -- "$0")/.."

list() { find . \( -name build -o -name .git \) -prune -o -type f "$@" -print | sed 's|^\./||' | sort; }
mapfile -t sources < <(list \( -name '*.[ch]' -o -name '*.cpp' -o -name '*.lua' -o -name '*.py' -o -name '*.sh' \
  -o -name '*.cmake' -o -name CMakeLists.txt -o -path ./dev -o -path ./.ci/run \))
mapfile -t library < <(list \( -path './autograd/*.[ch]' -o -path './ops/*.[ch]' \))

# Every check prints its complaints. `complain` adds one to each of the places it reads.
complain() { sed "s|\$|: $1|"; }

check_includes() { # folder, what it may include (an extended regular expression), a folder inside it to leave out
  grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$1" |
    while IFS=: read -r file line included; do
      [[ -n ${3:-} && $file == "$3"/* ]] && continue
      included=${included#*\"} included=${included%%\"*}
      [[ -f $included ]] || echo "$file:$line: \"$included\" is not a path from the root of the sources"
      [[ $included =~ ^($2)$ ]] || echo "$file:$line: $1 must not include \"$included\""
    done
}

# A file and its header are one thing here: no two such things include each other, by however many others.
check_circles() { # folder
  grep -roE --include='*.[ch]' '^#include "[^"]+\.h"' "$1" | sed -E 's|\.[ch]:#include "| |; s|\.h"$||' |
    awk '$1 != $2' | tsort 2>&1 > /dev/null | sed 's|^tsort: ||' | complain "a circle of includes"
}

# The same for the Lua modules: none is required, by whatever way, by what it requires.
check_lua_circles() { # folder that is in package.path
  grep -rnE --include='*.lua' 'require *\(?"selenograd[a-z_.]*"' "$1" | grep -vE '^[^:]*:[0-9]+: *--' |
    sed -E "s|^$1/||; "'s|^([^:]*):.*require *\(?"([a-z_.]*)".*|\1 \2|; s|/init\.lua | |; s|\.lua | |' |
    awk '{ gsub("/", ".", $1); if ($1 != $2) print }' | tsort 2>&1 > /dev/null | sed 's|^tsort: ||' |
    complain "a circle of Lua modules"
}

check_layers() {
  check_includes autograd/gradcheck 'autograd/(detached|op|prepared|selenograd|untraced)\.h|autograd/gradcheck/.*'
  check_includes autograd 'autograd/[^/]*' autograd/gradcheck
  check_includes ops/kernels 'autograd/kernel\.h|ops/kernels/.*'
  check_includes ops 'autograd/[^/]*|ops/.*' ops/kernels
  check_includes lua '(autograd|ops|lua)/.*'
  check_includes lua/data 'autograd/.*|lua/data/.*'
  check_includes lua/command '(autograd|ops|lua/command)/.*|lua/bind/bind\.h'
  check_includes lua/bind '(autograd|ops|lua/bind|lua/data)/.*'
  check_includes lua/bind/base 'autograd/.*|lua/bind/base/.*'
  check_includes lua/bind/op '(autograd|lua/bind/(base|op))/.*'
  check_includes lua/bind/tensor '(autograd|ops|lua/bind/(base|tensor))/.*'
  check_includes lua/bind/custom_op '(autograd|lua/bind/(base|op|custom_op))/.*'
  check_includes lua/bind/gradcheck '(autograd|lua/bind/(base|op|custom_op|gradcheck))/.*'
  check_circles lua
  check_lua_circles lua
  grep -rnE '#include "autograd/(backward|context|guard|internal|lifetime|memory|node|scope|tensor)\.h"' \
    autograd/gradcheck ops lua tests bench | complain "the engine's own structures" || true
}

# The files of the engine (docs/design.md), each of which may call those before it, so that there is no circle.
engine='
error shape dtype machine elf cpu parallel memory attribute descriptor registry written_form generator drawing
lifetime context guard tensor execute scope values detached random convert_leaf untraced
tape anomaly in_place plan inputs compose apply prepared commit arrive reach derivative hook backward custom
custom_cycle graph plugin
'

# What a file defines begins at the first column and goes on in {.
check_calls_go_down() {
  local file files=()
  for file in $engine; do files+=("autograd/$file.c"); done
  for file in autograd/*.c; do
    [[ " ${files[*]} " == *" $file "* ]] || echo "$file: where does it stand among the others?"
  done
  awk '
    { sub(/\/\/.*/, "") }
    reading == 1 && FNR == 1 { place[FILENAME] = ++count }
    reading == 1 && /^[a-z_].*[ *]sg_[a-z0-9_]+\(/ && !/^static/ && !/;[ \t]*$/ {
      match($0, /sg_[a-z0-9_]+\(/)
      home[substr($0, RSTART, RLENGTH - 1)] = FILENAME
    }
    reading == 2 {
      for (rest = $0; match(rest, /sg_[a-z0-9_]+\(/); rest = substr(rest, RSTART + RLENGTH)) {
        name = substr(rest, RSTART, RLENGTH - 1)
        if (name in home && place[home[name]] > place[FILENAME])
          print FILENAME ":" FNR ": calls " name " of " home[name]
      }
    }
    END { if (length(home) < 150) print "only " length(home) " functions were found in autograd" }
  ' reading=1 "${files[@]}" reading=2 "${files[@]}"
}

# A descriptor that the list does not name is compiled, and nobody knows of it.
check_op_list() {
  grep -rhoE '^const sg_op op_[A-Za-z0-9_]+' ops/*/*.c | sed 's/^const sg_op op_//' | sort |
    comm -23 - <(sed -nE 's/^OP\((.*)\)$/\1/p' ops/op_list.h | sort) |
    complain "defined as an op, and ops/op_list.h has no line OP() for it"
}

# The rooms of the checker (docs/design.md), and the doors through which each may enter others; common/ and
# gradcheck.h are open to all. A room stands below those that it enters, so there is no circle.
rooms='
common
point
difference              point/point
verdict                 difference/difference
report
elements                point/point point/op_function verdict/verdict report/report
directions              verdict/verdict elements/elements report/report
structure               point/point report/report
diagnosis/evidence
diagnosis/normalization diagnosis/evidence/evidence
diagnosis               diagnosis/evidence/evidence diagnosis/evidence/findings
                        diagnosis/normalization/normalization
.                       point/point point/op_function elements/elements elements/jacobian directions/directions
                        structure/structure report/report diagnosis/diagnosis
'

check_rooms() {
  local house=autograd/gradcheck known=' ' room doors door file included
  while read -r room doors; do
    for door in $doors; do
      [[ $known == *" ${door%/*} "* ]] || echo "$house/$room: ${door%/*} does not stand above it"
    done
    known+="$room "
    while IFS=: read -r file included; do
      included=${included#*\"} included=${included%%\"*}
      included=./${included#"$house"/} included=${included%.h}
      [[ $included == ./gradcheck || $included == ./common/* || ${included%/*} == "./$room" ]] && continue
      [[ ${included%/*} == . && $room == . ]] && continue
      [[ " $doors " == *" ${included#./} "* ]] || echo "$file: $room must not enter ${included#./}"
    done < <(grep -HoE "#include \"$house/[^\"]*\"" "$house/$room"/*.[ch])
  done < <(sed -e ':a' -e 'N;$!ba' -e 's/\n  *\([a-z]\)/ \1/g' <<< "$rooms" | grep .)
  find "$house" -name '*.[ch]' -printf '%P\n' | sed 's|^[^/]*$|./&|; s|/[^/]*$||' | sort -u | while read -r room; do
    [[ $known == *" $room "* ]] || echo "$house/$room: a room that tests/layering_test.sh does not know"
  done
}

check_files() {
  for file in "${sources[@]}"; do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || echo "$file: no licence at its top"
  done
  check_op_list
  awk 'FNR > 450 { print FILENAME }' "${sources[@]}" | uniq | complain "more than 450 lines"
  awk 'length > 116 { print FILENAME ":" FNR }' "${sources[@]}" | complain "more than 116 columns"
  awk '/\t/ || /[ \t]$/ { print FILENAME ":" FNR }' "${sources[@]}" | complain "a tab, or a space at the end"
  find . \( -name build -o -name .git \) -prune -o -type f -empty -print | complain "an empty file"
}

# Elements are written by execute.c alone, and by the kernels that it runs (docs/design.md). The pointer for writing
# by hand is for whoever uses the library from outside, and for the checker, which moves its own inputs.
check_writes() {
  grep -rn --include='*.[ch]' 'sg_tensor_write(' autograd ops lua |
    grep -vE '^autograd/(gradcheck/.*|selenograd\.h|tensor\.c|values\.c):' |
    complain "writes elements by hand, without sg_tensor_put" || true
  grep -n -- '->data\b' autograd/*.c |
    grep -vE '^autograd/(execute|tensor|in_place|untraced|values)\.c:|(list|memory)->data' |
    complain "the elements of a tensor are none of its business" || true
}

# Two files read the environment: cpu.c the name of the instruction set, blas.c that of OpenBLAS's core.
check_calls() {
  local calls='v?f?printf|f?puts|putchar|perror|exit|_exit|abort|assert|getenv|setenv|system|signal|setlocale'
  grep -nE "(^|[^a-zA-Z0-9_])($calls)[[:space:]]*\(" "${library[@]}" |
    grep -vE '^(autograd/cpu|ops/linalg/blas)\.c:.*getenv|^[^:]*:[0-9]+: *//' | complain "not for a library" || true
}

# Objects hold constants only. Those with addresses in them lie in .data.rel.ro, read-only once loaded.
check_state() {
  for archive in "$@"; do
    objdump -t "$archive" | awk '/ O \.(t?data|t?bss)/ && ! / O \.data\.rel\.ro/ { print $NF }' |
      complain "a variable outside a context, in ${archive##*/}"
    objdump -t "$archive" | grep -c " F \.text" > /dev/null || echo "$archive: no functions were found in it"
  done
}

# Scripts that no test runs are at least programs.
check_python() {
  local scripts=() file
  for file in "${sources[@]}"; do [[ $file == *.py ]] && scripts+=("$file"); done
  command -v python3 > /dev/null || return 0
  python3 - "${scripts[@]}" <<'END' 2>&1 | complain "no Python"
import ast, sys
for path in sys.argv[1:]:
    try:
        ast.parse(open(path).read())
    except SyntaxError as error:
        print(f"{path}:{error.lineno}: {error.msg}")
END
}

check_all() {
  if ((${#sources[@]} < 100 || ${#library[@]} < 50)); then echo "only ${#sources[@]} sources were found"; fi
  check_layers
  check_calls_go_down
  check_rooms
  check_files
  check_calls
  check_writes
  check_python
  check_state "$@"
}

complaints=$(check_all "$@")
if [[ -n $complaints ]]; then
  printf '%s\n' "$complaints" >&2
  exit 1
fi
