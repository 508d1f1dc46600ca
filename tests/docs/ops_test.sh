#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The pages of docs/ops/ are what docs/ops_reference.lua writes. Usage: ops_test.sh SELENOGRAD
set -euo pipefail
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
"$1" docs/ops_reference.lua "$pages"
diff -ru docs/ops "$pages" || { echo 'Write them anew: ./dev docs'; exit 1; }
