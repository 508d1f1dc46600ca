#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs the build, moves the installed tree to another place, and uses it there: the example project is
# configured and built against the package, its script runs in the command and in a stock Lua, and a program in C
# links to the library by pkg-config. Usage: installed_package_test.sh BUILD CMAKE COMPILER
set -euo pipefail
build=$1 cmake=$2 compiler=$3
sources=$(cd -- "$(dirname -- "$0")/../.." && pwd)
work=$build/tests/plugin/package
rm -rf -- "$work"
mkdir -p -- "$work"

flags=
if [[ -n ${SANITIZE:-} ]]; then flags="-fsanitize=$SANITIZE -g"; fi

expect() { # TEXT FILE
  if ! grep -qF -- "$1" "$2"; then
    printf '"%s" was expected in:\n' "$1" >&2
    cat -- "$2" >&2
    exit 1
  fi
}

quietly() { # COMMAND...: shows what it printed when it fails
  "$@" >"$work/log" 2>&1 || { cat -- "$work/log" >&2; exit 1; }
}

quietly "$cmake" --install "$build" --prefix "$work/first"
mv -- "$work/first" "$work/moved"

# Each header stands on its own, and the library exports what they declare, no more.
headers=$work/moved/include/selenograd
mapfile -t names < <(cd -- "$headers" && find . -name '*.h')
for name in "${names[@]}"; do
  quietly "$compiler" -std=c11 -Wall -Wextra -Werror -fsyntax-only -I "$headers" -x c - <<<"#include \"$name\""
done
nm -D --defined-only "$work/moved/$LIBDIR/libselenograd.so" | awk '{ print $NF }' >"$work/exported"
expect sg_gradcheck "$work/exported"
while read -r symbol; do
  grep -qrwF --include='*.h' -- "$symbol" "$headers" || { echo "$symbol is exported and not declared" >&2; exit 1; }
done <"$work/exported"

quietly "$cmake" -S "$sources/scripts/custom_op_c" -B "$work/build" -D CMAKE_PREFIX_PATH="$work/moved" \
  -D CMAKE_C_COMPILER="$compiler" -D CMAKE_C_FLAGS="-Werror -Wconversion -Wdouble-promotion $flags"
quietly "$cmake" --build "$work/build"
plugin=$work/build/libmine.so

check() { # COMMAND...: runs the example's script
  "$@" "$sources/scripts/custom_op_c/check.lua" "$plugin" >"$work/log" 2>&1 || { cat -- "$work/log" >&2; exit 1; }
  expect 'loaded: swish, batch_rms_norm' "$work/log"
  expect 'swish, orders 1 and 2: pass' "$work/log"
  expect 'batch_rms_norm, orders 1 and 2: pass' "$work/log"
  expect 'gamma after 50 steps towards 3: tensor({3.0000, 3.0000, 3.0000}' "$work/log"
}

check "$work/moved/bin/selenograd"
lua=$work/moved/share/lua/5.4
if [[ -n ${LUA_INTERPRETER:-} && -z ${SANITIZE:-} ]]; then # a sanitizer's runtime would have to come first
  check env LUA_PATH="$lua/?.lua;$lua/?/init.lua" LUA_CPATH="$work/moved/lib/lua/5.4/?.so" "$LUA_INTERPRETER"
fi

# Its own flags only: nothing of GSL or OpenBLAS is needed to use the library.
export PKG_CONFIG_PATH=$work/moved/$LIBDIR/pkgconfig
read -ra package <<<"$(pkg-config --cflags --libs selenograd)"
quietly "$compiler" $flags "$sources/tests/plugin/program.c" -o "$work/program" "${package[@]}" \
  -Wl,-rpath,"$work/moved/$LIBDIR"
quietly "$work/program" "$plugin"
expect 'the slope of swish at 0 is 0.5' "$work/log"

# The plugin of docs/adding_an_op.md, as the page compiles it. It finds the library that is loaded already.
quietly "$compiler" $flags -O3 -shared -fPIC "$build/tests/docs/squareplus.c" -o "$work/libsquareplus.so" \
  "${package[@]}" -lm
cd -- "$work"
quietly "$work/moved/bin/selenograd" -e \
  'print(sg.load_ops("libsquareplus.so")[1], sg.squareplus(sg.zeros(1)):item())'
expect $'squareplus\t1.0' "$work/log"
echo "the installed package works where it was not installed"
