#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `selenograd check` from outside: exit codes, the table, files of cases that are wrong, reports.
# Usage: check_command_test.sh COMMAND
set -u
command=$(readlink -f -- "$1")
reader=$(readlink -f -- "$(dirname -- "$0")/check_reports.lua")
example=$(readlink -f -- "$(dirname -- "$0")/../../scripts/check_example.lua")
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cd -- "$scratch" || exit 1
failures=0

complain() {
  printf '%s\n' "$*"
  failures=$((failures + 1))
}

# expect CODE PART ARGUMENT...: runs selenograd check, wants this exit code and PART in what it prints.
expect() {
  local code=$1 part=$2 output status
  shift 2
  output=$("$command" check "$@" 2>&1 </dev/null)
  status=$?
  if [ "$status" -ne "$code" ] || [[ $output != *"$part"* ]]; then
    complain "selenograd check $*: exit $status, expected $code; expected to see: $part
$output"
  fi
}

cat >head.lua <<'END'
sg = require "selenograd"
f64 = {dtype = "f64", requires_grad = true}
x = sg.randn(4, 3, f64)
function good(a) return a * a:sigmoid() end
function wrong(a) return a * a:detach() end
function blind(a) return sg.batch_norm(a):sum() end
function raises() error("no such luck") end
END
file() { # NAME CODE
  printf 'dofile "head.lua"\n%s\n' "$2" >"$1"
}
file pass.lua 'return {one = {good, {x}}, two = {f = good, inputs = {x}, options = {order = 2}}}'
file fail.lua 'return {bad = {wrong, {x}}, good = {good, {x}}}'
file blind.lua 'return {blind = {blind, {x}}, good = {good, {x}}}'
file raises.lua 'return {raises = {raises, {x}}, bad = {wrong, {x}}}'
file kink.lua 'return {kink = {sg.relu, {sg.zeros(3, f64)}}}'
file expect.lua 'return {bad = {wrong, {x}, expect = "fail"}}'
file met.lua 'return {bad = {good, {x}, expect = "fail"}}'
file lazy.lua 'return {lazy = function() return good, {x} end, whole = function() return {good, {x}} end}'
file list.lua 'return {{name = "zebra", good, {x}}, {name = "ape", good, {x}}, later = {good, {x}}}'
file module.lua 'return {linear = {sg.nn.Linear(3, 2, {dtype = "f64"}), {x}}}'
file draws.lua 'return {one = function() return good, {sg.randn(3, f64)} end, two = function()
  local y = sg.randn(3, f64) print("drawn", y[1]:item()) return good, {y} end}'

# ---- Exit codes ----------------------------------------------------------------------------------------

expect 0 "2 passed (2 cases, 48 elements" pass.lua
expect 0 "5 passed" "$example"
expect 1 "1 passed, 1 failed" fail.lua
expect 1 "worst at [" fail.lua
expect 3 "1 passed, 1 inconclusive" blind.lua
expect 2 "1 failed, 1 error" raises.lua
expect 2 "raises.lua" raises.lua
expect 0 "3 elements at a kink" kink.lua
expect 0 "fail expected" expect.lua
expect 1 "the verdict is pass, expected fail" met.lua
expect 0 "2 passed" lazy.lua
expect 0 "weight (train) [2, 3]" module.lua -v
expect 0 $'zebra\nape\nlater' list.lua --list
expect 0 "exit code" --help
expect 0 "second derivative" --ops relu --help

# ---- Choosing and options ------------------------------------------------------------------------------

expect 0 "1 passed (1 case" fail.lua good
expect 1 "1 failed (1 case" fail.lua --filter '^b'
expect 2 "there is no case 'god'; did you mean 'good'?" fail.lua god
expect 2 "no case matches the pattern 'zzz'" fail.lua --filter zzz
expect 2 "is not a Lua pattern" fail.lua --filter '%'
expect 2 "did you mean '--order'?" pass.lua --ordr 2
expect 2 "--order: '4' is not a whole number from 1 to 3" pass.lua --order 4
expect 2 "--mode: 'ful' is not one of auto, full, directional; did you mean 'full'?" pass.lua --mode ful
expect 2 "--miss: '2' is not a probability" pass.lua --miss 2
expect 2 "--k needs a value" pass.lua --k
expect 2 "--quiet takes no value" pass.lua --quiet=1
expect 2 "there is no file to check"
expect 2 "--load goes with --ops" pass.lua --load x.so
expect 0 "(order 2)" pass.lua --order=2 --verbose --mode full --seed 3 --threads 2 --k 20

# ---- Files that are wrong ------------------------------------------------------------------------------

printf '\033Lua' >bytecode.lua
echo 'local x = = 1' >syntax.lua
file nothing.lua ''
file number.lua 'return 3'
file empty.lua 'return {}'
file single.lua 'return {good, {x}}'
file function.lua 'return good'
file no_function.lua 'return {a = {inputs = {x}}, b = {good, {x}}}'
file no_inputs.lua 'return {a = {good}, b = {good, {x}}}'
file field.lua 'return {a = {good, {x}, optons = {order = 2}}, b = {good, {x}}}'
file not_callable.lua 'return {a = {"good", {x}}}'
file no_case.lua 'return {a = 3}'
file alone.lua 'return {a = sg.nn.Linear(3, 2)}'
file called.lua 'return {a = function(y) return y:sigmoid() end}'
file twins.lua 'return {{name = "a", good, {x}}, a = {good, {x}}}'
file raise.lua 'error("at load")'
file expects.lua 'return {a = {good, {x}, expect = "failure"}}'
file empty_name.lua 'return {[""] = {good, {x}}, b = {good, {x}}}'
file exits.lua 'os.exit(0)'
file exits_later.lua 'return {a = {function() os.exit(0) end, {x}}, b = {good, {x}}}'
file exits_last.lua 'kept = setmetatable({}, {__gc = function() os.exit(0) end}) return {a = {wrong, {x}}}'
file option.lua 'return {a = {good, {x}, {modus = "full"}}}'

expect 2 "binary chunk" bytecode.lua
expect 2 "syntax.lua:1:" syntax.lua
expect 2 "missing.lua" missing.lua
expect 2 "returned nothing, expected a table of cases" nothing.lua
expect 2 "returned 3, expected a table of cases" number.lua
expect 2 "the table of cases is empty" empty.lua
expect 2 "returns one case, expected a table of cases" single.lua
expect 2 "returns one case" function.lua
expect 2 "the case has no function" no_function.lua
expect 2 "1 passed, 1 error" no_function.lua
expect 2 "the case has no inputs" no_inputs.lua
expect 2 "unknown field 'optons' in the case; did you mean 'options'?" field.lua
expect 2 'the string "good", expected a function' not_callable.lua
expect 2 "the case is 3, expected {f, inputs}" no_case.lua
expect 2 "module without inputs" alone.lua
expect 2 "called without arguments" called.lua
expect 2 "two cases named 'a'" twins.lua
expect 2 "raise.lua:2: at load" raise.lua
expect 2 "expect is the string \"failure\"" expects.lua
expect 2 "unknown option" option.lua
expect 2 "a case has an empty name" empty_name.lua --junit empty_name.xml
expect 2 "os.exit was called" exits.lua
expect 2 "1 passed, 1 error" exits_later.lua
expect 1 "1 failed" exits_last.lua

# ---- The table -----------------------------------------------------------------------------------------

plain=$("$command" check raises.lua 2>&1)
[[ $plain != *$'\033'* && $plain != *$'\r'* ]] || complain "colours or progress without a terminal"
long=$("$command" check "$example" -v --order 2 | awk 'length > 80')
[ -z "$long" ] || complain "lines of more than 80 columns: $long"
[ "$("$command" check pass.lua --quiet | wc -l)" -eq 1 ] || complain "--quiet prints more than the last line"
if command -v script >/dev/null; then
  on_terminal() { script -qec "$*" /dev/null </dev/null; }
  [[ $(TERM=xterm on_terminal "$command" check fail.lua) == *$'\033[1;31m'* ]] || complain "no colour on a terminal"
  [[ $(TERM=xterm NO_COLOR=1 on_terminal "$command" check fail.lua) != *$'\033[1;31m'* ]] ||
    complain "colour in spite of NO_COLOR"
  [[ $(TERM=dumb on_terminal "$command" check fail.lua) != *$'\033'* ]] || complain "escapes on a dumb terminal"
fi
# What a case draws does not depend on the cases before it.
alone=$("$command" check draws.lua two | grep drawn)
after=$("$command" check draws.lua | grep drawn)
if [ -z "$alone" ] || [ "$alone" != "$after" ]; then
  complain "what a case draws depends on others: $alone, $after"
fi

# ---- Ops -----------------------------------------------------------------------------------------------

expect 0 "batch_norm " --ops batch_norm relu
expect 0 "no derivative" --ops argmax
expect 2 "did you mean 'batch_norm'?" --ops bach_norm
expect 0 "sigmoid: " --ops sigmoid --list
cat >mine.lua <<'END'
local sg = require "selenograd"
local function scaled(factor)
  return {
    name = factor == 1 and "scaled" or "scaled_wrongly",
    forward = function(ctx, x, power) ctx:save(x) ctx.power = power return x ^ power end,
    backward = function(ctx, gy) return factor * gy * ctx.power * ctx:saved() ^ (ctx.power - 1) end,
    samples = {{sg.rand(3, {dtype = "f64", requires_grad = true}), 2}, {sg.ones(2, {dtype = "f64"}), 3}},
  }
end
sg.op(scaled(1))
sg.op(scaled(1.5))
END
expect 0 "2 passed (2 samples" --ops scaled --load mine.lua --order 1
expect 1 "sample 2" --ops scaled scaled_wrongly --load mine.lua --order 1
expect 2 "missing.lua" --ops --load missing.lua
expect 2 "selenograd check: load_ops: './missing.so': " --ops --load ./missing.so
cat >unsampled.lua <<'END'
require "selenograd".op {
  name = "unsampled", forward = function(ctx, x) return x * 1 end, backward = function(ctx, g) return g end}
END
expect 2 "unsampled has no samples to check" --ops unsampled --load unsampled.lua
expect 0 "1 without samples" --ops --load unsampled.lua
file forgotten.lua 'return {both = {function(a, b) return a * b end, {x, sg.ones(4, 3)}, {names = {"a", "b"}}}}'
expect 0 "b was not checked: requires_grad is false" forgotten.lua
# What is too long for 80 columns is broken, and no line ends in blanks.
file long.lua 'return {[("x"):rep(200)] = {wrong, {x}, {names = {("y"):rep(150)}}}}'
expect 1 "1 failed" long.lua -v
if "$command" check long.lua -v | grep -E '.{81}| $'; then complain "lines too long, or blanks at their ends"; fi

# ---- Reports -------------------------------------------------------------------------------------------

file odd.lua 'return {["<a & \"b\">\1\xff \u{e9}"] = {wrong, {x}}, raises = {raises, {x}}, blind = {blind, {x}},
  empty = {good, {sg.zeros(0, 3, f64), x}}, large = {good, {sg.randn(90, 100, f64)}, {mode = "full"}}}'
expect 2 "wrote odd.html" odd.lua --json odd.json --junit odd.xml --html odd.html
for report in odd.json odd.xml odd.html; do
  [ -s "$report" ] || complain "$report was not written"
done
left=$(find . -name '*.tmp*')
[ -z "$left" ] || complain "temporary files are left: $left"
"$command" "$reader" odd.json odd.xml odd.html || complain "the reports are not as they should be"
[ "$(wc -c <odd.html)" -lt 1000000 ] || complain "the page is large: $(wc -c <odd.html) bytes"

expect 2 "cannot be written" pass.lua --json no/such/folder/o.json
[[ $("$command" check pass.lua --json no/such/folder/o.json 2>/dev/null) != *pass* ]] ||
  complain "cases ran although the report cannot be written"
mkdir folder
expect 2 "folder: is a folder" pass.lua --html folder
expect 2 "both write to 'o'" pass.lua --json o --html o
echo old >kept.json
expect 2 "at load" raise.lua --json kept.json
[ "$(cat kept.json)" = old ] || complain "a report was touched although nothing was checked"
expect 0 "" pass.lua --json /dev/null
[ -c /dev/null ] || complain "/dev/null is gone"
[[ $("$command" check pass.lua --json - 2>/dev/null) == '{'*'}' ]] || complain "--json - does not give JSON alone"

# One file under two names, or that of the cases.
ln -s o link
expect 2 "is the same file as that of --json" pass.lua --json o --junit ./o
expect 2 "is the same file as that of --json" pass.lua --json link --html o
expect 2 "is the same file as the file of cases" pass.lua --json ./pass.lua
[ ! -e o ] || complain "a report was written where two would have been"
# A link stays one, whether there is something at its end or not.
expect 0 "wrote link" pass.lua --json link
expect 0 "wrote link" pass.lua --json link
if [ ! -L link ] || [ ! -s o ]; then complain "a link was replaced by the report"; fi
rm link o

# ---- Output that goes nowhere --------------------------------------------------------------------------

nowhere() { # CODE ARGUMENT...
  local code=$1 status
  shift
  "$command" "$@" >/dev/full 2>error.txt
  status=$?
  if [ "$status" -ne "$code" ] || ! grep -q "cannot be written" error.txt; then
    complain "selenograd $* on a full disk: exit $status, expected $code: $(cat error.txt)"
  fi
}
if [ -c /dev/full ]; then
  nowhere 1 --help
  nowhere 1 --version
  nowhere 1 ops
  nowhere 1 ops relu
  nowhere 1 -e 'print(1)'
  nowhere 2 check --help
  nowhere 2 check pass.lua
  nowhere 2 check pass.lua --json -
  nowhere 1 check fail.lua
fi

# ---- Being stopped -------------------------------------------------------------------------------------

# An op is differenced without a call into Lua; more than a minute of it here.
file long_op.lua 'return {norm = {sg.batch_norm, {sg.randn(64, 32, 16, 16, f64)}, {mode = "full"}}}'
stopped() { # SIGNAL
  local begun=$SECONDS
  # In the foreground timeout signals the process alone, else its group too: a second Ctrl-C, which ends it at once.
  timeout --foreground -k 60 -s "$1" 2 "$command" check long_op.lua --json stopped.json >output.txt 2>&1
  [ $((SECONDS - begun)) -lt 40 ] || complain "SIG$1 does not stop the check of an op"
}
stopped INT
grep -q interrupted output.txt || complain "Ctrl-C: $(cat output.txt)"
stopped TERM
left=$(find . -name '*.tmp*' -o -name 'stopped.json')
[ -z "$left" ] || complain "a check that was stopped has left: $left"

printf '%s\n' "$failures failures"
[ "$failures" -eq 0 ]
