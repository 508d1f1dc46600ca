#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Installs the build, moves the installed tree to another place, and uses it there: the example project is
# configured and built against the package, its script runs in the command and in a stock Lua, and programs in C and
# C++ link to the library. Usage: installed_package_test.sh BUILD CMAKE C-COMPILER C++-COMPILER
set -euo pipefail
build=$1 cmake=$2 compiler=$3 compiler_cxx=$4
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

for _ in once again; do quietly "$cmake" --install "$build" --prefix "$work/first"; done
mv -- "$work/first" "$work/moved"
scripts=$work/moved/share/selenograd/scripts pages=$work/moved/share/doc/selenograd

# Two names of ours in the folder that all packages share. Each header stands on its own, in C and in C++.
headers=$work/moved/include
found=$(cd -- "$headers" && echo *)
[[ $found == 'selenograd selenograd.h' ]] || { echo "include/ holds $found" >&2; exit 1; }
mapfile -t names < <(cd -- "$headers" && find . -name '*.h')
warnings=(-Wall -Wextra -Wpedantic -Werror -fsyntax-only -I "$headers")
for name in "${names[@]}"; do
  quietly "$compiler" -std=c11 "${warnings[@]}" -x c - <<<"#include <$name>"$'\n''typedef int some_type;'
  quietly "$compiler_cxx" -std=c++17 "${warnings[@]}" -x c++ - <<<"#include <$name>"
done

# The library exports what they declare, no more, and under the names that C++ sees: a program that takes the
# address of everything links.
nm -D --defined-only "$work/moved/$LIBDIR/libselenograd.so" | awk '{ print $NF }' |
  grep -v ^__odr_asan >"$work/exported" # the sanitizer's own
expect sg_gradcheck "$work/exported"
while read -r symbol; do
  grep -qrwF --include='*.h' -- "$symbol" "$headers" || { echo "$symbol is exported and not declared" >&2; exit 1; }
done <"$work/exported"
{
  printf '#include <%s>\n' "${names[@]}"
  echo 'const void *const all[] = {'
  sed 's|.*|    reinterpret_cast<const void *>(\&&),|' "$work/exported"
  echo '};'
  echo 'int main() { return all[0] == nullptr; }'
} >"$work/everything.cpp"
quietly "$compiler_cxx" -std=c++17 $flags -I "$headers" "$work/everything.cpp" -o "$work/everything" \
  -L "$work/moved/$LIBDIR" -lselenograd -Wl,-rpath,"$work/moved/$LIBDIR"
quietly "$work/everything"

# Links of the installed pages lead to installed files, but for those to sources.
for page in "$pages"/*.md "$pages"/docs/*.md "$scripts"/*/*.md; do
  while read -r link; do
    [[ -e $(dirname -- "$page")/$link || $link =~ ^(\.\./)*(autograd|ops|tests|bench)/ ]] ||
      { echo "$page: $link is not installed" >&2; exit 1; }
  done < <(grep -oE '\]\([^)# ]+[)#]' "$page" | grep -v : | sed "s|^](||; s|[)#]$||" | sort -u)
done
quietly "$work/moved/bin/selenograd" "$scripts/linear_regression.lua"

# The package answers to its own version, which is the headers', and to no other minor one.
mkdir "$work/version"
cat >"$work/version/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(version LANGUAGES C)
find_package(selenograd ${WANTED} CONFIG QUIET)
message("found ${selenograd_FOUND} ${selenograd_VERSION}")
END
version=$(sed -n 's/^#define SELENOGRAD_VERSION "\(.*\)"/\1/p' "$headers/selenograd/autograd/selenograd.h")
look_for() { # VERSION TEXT
  quietly "$cmake" -S "$work/version" -B "$work/version/build" -D CMAKE_C_COMPILER="$compiler" -D WANTED="$1" \
    -D CMAKE_PREFIX_PATH="$work/moved"
  expect "$2" "$work/log"
}
for wanted in '' "$version" "${version%.*}"; do look_for "$wanted" "found 1 $version"; done
for wanted in 99.0 "${version%.*}.999" "${version%%.*}.999"; do look_for "$wanted" 'found 0'; done

quietly "$cmake" -S "$scripts/custom_op_c" -B "$work/build" -D CMAKE_PREFIX_PATH="$work/moved" \
  -D CMAKE_C_COMPILER="$compiler" -D CMAKE_C_FLAGS="-Werror -Wconversion -Wdouble-promotion $flags"
quietly "$cmake" --build "$work/build"
plugin=$work/build/libmine.so

check() { # COMMAND...: runs the example's script
  "$@" "$scripts/custom_op_c/check.lua" "$plugin" >"$work/log" 2>&1 || { cat -- "$work/log" >&2; exit 1; }
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
read -ra package <<<"$(pkg-config --cflags --libs "selenograd = $version")"
quietly "$compiler" $flags "$sources/tests/plugin/program.c" -o "$work/program" "${package[@]}" \
  -Wl,-rpath,"$work/moved/$LIBDIR"
quietly "$work/program" "$plugin"
expect 'the slope of swish at 0 is 0.5' "$work/log"

# The program of docs/c.md in C++, as a project in C++ alone.
mkdir "$work/cxx"
quietly "$cmake" -D PAGE="$pages/docs/c.md" -D LANGUAGE=cpp -D OUTPUT="$work/cxx/program.cpp" \
  -P "$sources/cmake/extract_code.cmake"
cat >"$work/cxx/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(program LANGUAGES CXX)
find_package(selenograd 0.1 CONFIG REQUIRED)
add_executable(program program.cpp)
target_link_libraries(program PRIVATE selenograd::selenograd)
set_target_properties(program PROPERTIES CXX_STANDARD 17 CXX_EXTENSIONS OFF)
END
quietly "$cmake" -S "$work/cxx" -B "$work/cxx/build" -D CMAKE_PREFIX_PATH="$work/moved" \
  -D CMAKE_CXX_COMPILER="$compiler_cxx" -D CMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Werror $flags"
quietly "$cmake" --build "$work/cxx/build"
quietly "$work/cxx/build/program"
expect 'cube, orders 1 and 2: pass' "$work/log"
expect 'slopes 12 3' "$work/log"

# A plugin in C++.
quietly "$compiler_cxx" $flags -std=c++17 -Wall -Wextra -Wpedantic -Werror -O2 -shared -fPIC \
  "$sources/tests/plugin/scaled.cpp" -o "$work/libscaled.so" "${package[@]}"
quietly "$work/moved/bin/selenograd" check --ops scaled --load "$work/libscaled.so"
expect '7 passed' "$work/log"

# The plugin of docs/adding_an_op.md, as the page compiles it. It finds the library that is loaded already.
sed -E 's,^#include "(ops/ops|autograd/plugin)\.h",#include <selenograd.h>,' "$build/tests/docs/squareplus.c" \
  >"$work/squareplus.c"
quietly "$compiler" $flags -O3 -shared -fPIC "$work/squareplus.c" -o "$work/libsquareplus.so" \
  "${package[@]}" -lm
cd -- "$work"
quietly "$work/moved/bin/selenograd" -e \
  'print(sg.load_ops("libsquareplus.so")[1], sg.squareplus(sg.zeros(1)):item())'
expect $'squareplus\t1.0' "$work/log"
echo "the installed package works where it was not installed"
