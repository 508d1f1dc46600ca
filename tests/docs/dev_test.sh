#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ./dev on systems that are not this one, with stand-ins for dpkg-query, apt-get, sudo and id.
set -euo pipefail
dev=$(cd -- "$(dirname -- "$0")/../.." && pwd)/dev
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/tools"
for tool in bash env dirname cat sed awk grep; do ln -s "$(command -v "$tool")" "$work/tools/$tool"; done

stand_in() { # NAME LINE...
  { echo '#!/bin/sh'; printf '%s\n' "${@:2}"; } >"$work/tools/$1"
  chmod +x "$work/tools/$1"
}

output=
status=0
run() { # runs ./dev with the stand-ins
  status=0
  output=$(PATH=$work/tools bash "$dev" "$@" 2>&1) || status=$?
}

expect() { # STATUS TEXT: the last run's
  if [ "$status" -ne "$1" ] || ! grep -qF -- "$2" <<<"$output"; then
    printf 'expected status %s and "%s", got status %s and:\n%s\n' "$1" "$2" "$status" "$output" >&2
    exit 1
  fi
}

refuse() { # TEXT: must not be in the last output
  if grep -qF -- "$1" <<<"$output"; then
    printf '"%s" was not expected in:\n%s\n' "$1" "$output" >&2
    exit 1
  fi
}

run
expect 0 'Usage: ./dev COMMAND'
while read -r command; do expect 0 "  $command "; done < <(sed -n 's/^command_\([a-z]*\)().*/\1/p' "$dev")
run --help
expect 0 'Usage: ./dev COMMAND'
run nonsense
expect 1 "no command 'nonsense'"

# Neither dpkg nor apt: the libraries are named.
run setup
expect 1 libopenblas-openmp-dev

# A bare Debian, as root.
stand_in dpkg-query 'echo "installed cmake"; echo "config-files ninja-build"'
stand_in apt-get 'echo "apt-get $*"'
stand_in id 'echo 0'
run setup
expect 0 'apt-get update'
expect 0 'matrix products'
expect 0 'install -q -y --no-install-recommends build-essential ninja-build '
refuse ' cmake '
run --no-install setup
expect 1 'does nothing'
refuse apt-get

# The same as a user, without and with sudo; and when apt fails.
stand_in id 'echo 1000'
run setup
expect 1 'there is no sudo'
stand_in sudo 'echo "with sudo: $*"; "$@"'
run setup
expect 0 'with sudo: apt-get update'
stand_in apt-get 'exit 100'
run setup
expect 1 'apt-get could not install them'

# Everything is there: nothing is called.
stand_in dpkg-query "sed -n '/^packages()/,/^END/s/^\\([a-z][^ ]*\\)  *.*/installed \\1/p' '$dev'"
run setup
expect 0 'Everything needed is installed'
refuse apt-get
echo "./dev installs what is missing, and only that"
