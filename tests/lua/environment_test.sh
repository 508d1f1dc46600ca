#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the command does about the environment that its libraries read, and what it says where it can do nothing.
# Usage: environment_test.sh COMMAND [FAKE_CORE.so], the second of which a sanitized command cannot have.
set -u
command=$1 fake=${2:-}
unset OPENBLAS_CORETYPE GOMP_SPINCOUNT OMP_WAIT_POLICY SELENOGRAD_ISA
failures=0

# expect CODE PART COMMAND...: wants this exit code and PART in what it prints.
expect() {
  local code=$1 part=$2 output status
  shift 2
  output=$(timeout 60 "$@" 2>&1 </dev/null)
  status=$?
  if [ "$status" -ne "$code" ] || [[ $output != *"$part"* ]]; then
    printf '%s\n  exit %s, expected %s; expected to see: %s\n%s\n' "$*" "$status" "$code" "$part" "$output"
    failures=$((failures + 1))
  fi
}

product='local info = sg.info()
  local a = sg.tensor({{1, 2}, {3, 4}})
  local y = a:matmul(a):totable()
  assert(y[1][1] == 7 and y[2][2] == 22)
  print(("core %s, CORETYPE %s, spins %s, %d warnings"):format(info.openblas_core,
    os.getenv "OPENBLAS_CORETYPE", os.getenv "GOMP_SPINCOUNT", #info.warnings))'

expect 0 "spins 1000, 0 warnings" "$command" -e "$product"
expect 0 "spins nil, 0 warnings" env OMP_WAIT_POLICY=passive "$command" -e "$product"
# What the user has set stays, also when it is slower.
expect 0 "core Prescott, CORETYPE Prescott, spins 1000, 0 warnings" \
  env OPENBLAS_CORETYPE=Prescott "$command" -e "$product"
expect 0 "with the routines of Prescott" env OPENBLAS_CORETYPE=Prescott "$command" --version
expect 0 "instruction set baseline, threads 3" env SELENOGRAD_ISA=baseline "$command" --threads 3 --version
expect 0 "GSL 2." "$command" --version

if [ -n "$fake" ]; then
  better=$(LD_PRELOAD=$fake "$command" -e 'print(sg.info().openblas_better_core)' 2>/dev/null)
  if [ "$better" = nil ]; then
    echo "this processor has nothing that Prescott has not"
  else
    # The command chooses the core and starts again, once: the false answer stays.
    expect 0 "core Prescott, CORETYPE $better, spins 1000, 1 warnings" \
      env LD_PRELOAD="$fake" "$command" -e "$product"
    warning="OpenBLAS is older than this processor and has chosen slow routines; Selenograd's own loops multiply"
    expect 0 "selenograd: warning: $warning" env LD_PRELOAD="$fake" "$command" -e "$product"
    expect 0 "CORETYPE=$better" env LD_PRELOAD="$fake" "$command" -e 'print(sg.info().warnings[1])'
    # An instruction set that is no better than the core: OpenBLAS computes, and nobody is warned.
    expect 0 "0 warnings" env LD_PRELOAD="$fake" SELENOGRAD_ISA=baseline "$command" -e "$product"
    expect 0 "0 warnings" env LD_PRELOAD="$fake" OPENBLAS_CORETYPE=prescott "$command" -e "$product"
  fi

  # Too little address space: an end with a message, or slower products, but an end.
  (
    ulimit -v 150000
    expect 2 "the limit on the address space (ulimit -v) is too low" "$command" -e "$product"
    expect 2 "selenograd: the limit on the address space" env OMP_NUM_THREADS=1 "$command" --version
    exit "$failures"
  ) || failures=$((failures + 1))
  (
    ulimit -v 330000
    OMP_NUM_THREADS=1 expect 0 "warnings" "$command" --threads 2 -e "$product"
    OMP_NUM_THREADS=1 expect 0 "no address space for OpenBLAS's buffers" "$command" --threads 2 -e "$product"
    OMP_NUM_THREADS=1 expect 1 "there is no address space for 1000 threads, whose stacks take" \
      "$command" --threads 1000 -e "$product"
    exit "$failures"
  ) || failures=$((failures + 1))
fi

printf '%s\n' "$failures failures"
[ "$failures" -eq 0 ]
