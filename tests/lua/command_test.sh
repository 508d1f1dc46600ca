#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The selenograd command from outside: options, exit codes, errors with file and line, text chunks only.
# Usage: command_test.sh COMMAND
set -u
command=$(readlink -f -- "$1")
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cd -- "$scratch" || exit 1
failures=0

# expect CODE PART ARGUMENT...: runs the command, wants this exit code and PART in what it prints.
expect() {
  local code=$1 part=$2 output status
  shift 2
  output=$("$command" "$@" 2>&1 </dev/null)
  status=$?
  if [ "$status" -ne "$code" ] || [[ $output != *"$part"* ]]; then
    printf 'selenograd %s\n  exit %s, expected %s; expected to see: %s\n%s\n' \
      "$*" "$status" "$code" "$part" "$output"
    failures=$((failures + 1))
  fi
}

cat >good.lua <<'END'
local sg = require "selenograd"
print("sum", sg.ones(3):sum():item(), arg[0], arg[1], ...)
END
cat >wrong.lua <<'END'
local sg = require "selenograd"

sg.batch_norm(sg.ones(4, 3), sg.ones(2))
END
cat >threads.lua <<'END'
print(require "selenograd".threads())
END
cat >big.lua <<'END'
local sg = require "selenograd"
print(pcall(sg.zeros, 1000, 1000))
print(sg.zeros(10):numel())
END
echo 'local x = = 1' >syntax.lua
printf '\033Lua' >bytecode.lua

expect 0 $'sum\t3.0\tgood.lua\tone\tone' good.lua one
expect 0 "usage: selenograd" --help
expect 0 "selenograd 0." --version
expect 0 "4" -e "print(2 + 2)"
expect 0 "y, mean, var = sg.batch_norm(" ops batch_norm
expect 0 "cross_entropy" ops
expect 1 "did you mean 'batch_norm'?" ops bach_norm
expect 1 "wrong.lua:3: batch_norm: gamma has shape [2], expected [3] (channels of x [4, 3])" wrong.lua
expect 1 "stack traceback" wrong.lua
expect 1 "syntax.lua:1:" syntax.lua
expect 1 "attempt to load a binary chunk" bytecode.lua
expect 1 "binary" -e "assert(load(string.dump(function() end)))"
expect 1 "missing.lua" missing.lua
expect 2 "--thread" --thread 2 good.lua
expect 2 "--thread" --thread 2 check good.lua
expect 0 "3" --threads 3 threads.lua
expect 2 "--threads" --threads many threads.lua
expect 2 "--threads" --threads -1 threads.lua
expect 2 "--threads" --threads
expect 2 "--memory-limit" --memory-limit lots big.lua
expect 2 "--memory-limit" --memory-limit 16777215T big.lua # more than Lua's integers can show
expect 0 "9223372036853727232" --memory-limit 8796093022207M -e 'print(sg.memory().limit_bytes)'
expect 0 "out of memory" --memory-limit 1M big.lua
expect 0 "10" --memory-limit 1M big.lua
expect 2 "--seed" --seed x good.lua
expect 3 "" -e "os.exit(3)"

export SELENOGRAD_ISA=garbage
expect 1 "SELENOGRAD_ISA is 'garbage', expected baseline" good.lua
expect 2 "SELENOGRAD_ISA is 'garbage', expected baseline" check good.lua
export SELENOGRAD_ISA=baseline
expect 0 "baseline" -e 'print(sg.isa())'
unset SELENOGRAD_ISA

# interrupted PART CODE: Ctrl-C after the script has said "ready" ends it with this in its message.
interrupted() {
  local part=$1 status
  printf 'print "ready" io.stdout:flush()\n%s\n' "$2" >endless.lua
  : >output.txt # what the one before said is no sign that this one runs, and may be told to stop
  "$command" endless.lua >output.txt 2>&1 </dev/null &
  local process=$!
  for _ in {1..200}; do
    grep -q ready output.txt && break
    sleep 0.05
  done
  kill -INT "$process"
  for _ in {1..200}; do
    kill -0 "$process" 2>/dev/null || break
    sleep 0.05
  done
  kill -KILL "$process" 2>/dev/null
  wait "$process" 2>/dev/null
  status=$?
  if [ "$status" -ne 1 ] || ! grep -qF -- "$part" output.txt; then
    printf 'Ctrl-C in: %s\n  exit %s; expected to see: %s\n' "$2" "$status" "$part"
    cat output.txt
    failures=$((failures + 1))
  fi
}
interrupted "endless.lua:2: in main chunk" 'while true do end'
interrupted "endless.lua:2: interrupted" 'coroutine.wrap(function() while true do end end)()'
interrupted "interrupted" 'coroutine.resume(coroutine.create(function() while true do end end)) while true do end'
interrupted "interrupted" 'local function deep(n) while n == 0 do end coroutine.wrap(deep)(n - 1) end deep(9)'
interrupted "interrupted" 'local co = coroutine.create(function()
  local x <close> = setmetatable({}, {__close = function() while true do end end})
  coroutine.yield()
end)
coroutine.resume(co) coroutine.close(co)'
interrupted "interrupted" 'local sg, f = require "selenograd", coroutine.wrap
f(function() sg.gradcheck(function(x) f(function() while true do end end)() return x end, sg.ones(2)) end)()'

one=$("$command" --seed 5 -e 'print(require "selenograd".rand(2))')
two=$("$command" --seed 5 -e 'print(require "selenograd".rand(2))')
three=$("$command" --seed 6 -e 'print(require "selenograd".rand(2))')
if [ "$one" != "$two" ] || [ "$one" = "$three" ]; then
  echo "--seed does not decide the random numbers"
  failures=$((failures + 1))
fi

printf '%s\n' "$failures failures"
[ "$failures" -eq 0 ]
