#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_counting.sh - what check.sh reports is what the tests said: count.sh and tap-run.sh (TAP)
set -u
top=${OCIRT_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
. "$top/contrib/lib/count.sh"
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0

# is NAME WANTED GOT
is() {
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '# wanted: %s\n# got: %s\n' "$2" "$3" | sed '2,$s/^\([^#]\)/#   \1/'
	fi
}
numbers() { printf '%s\n' "$@" >"$dir/tap" && count_numbers "$dir/tap"; }
wrapped() { # SCRIPT: tap-run's output for a program that does that, in one line, and its status
	printf '#!/bin/sh\n%s\n' "$1" >"$dir/program" && chmod +x "$dir/program"
	TEST_WRAPPER='' sh "$top/contrib/lib/tap-run.sh" "$dir/program" 2>&1 | tr '\n' '|'
	echo "${PIPESTATUS[0]}"
}

is "passed, failed and skipped are told apart" "2 1 1" "$(numbers 1..4 'ok 1 a' 'not ok 2 b' 'ok 3 c # skip why' 'ok 4 d')"
is "a plan at the end counts as well as one at the beginning" "3 0 0" "$(numbers 1..2 'ok 1 a' 'ok 2 b' 'ok 1 c' 1..1)"
is "what was planned and did not come has failed" "1 4 0" "$(numbers 1..3 'ok 1 a' 1..2 'not ok 1 b')"
is "a failure outside of the plan counts" "1 1 0" "$(numbers 1..1 'ok 1 a' 'not ok 0 stopped after 120 s')"
is "text that only looks like a result does not count" "1 0 0" "$(numbers 1..1 '# ok 2 x' 'okay' 'ok 1 a' '# not ok - tests')"
is "nothing at all is no success" "1" "$(: >"$dir/none" && count_tap "$dir/none" >/dev/null; echo $?)"
is "a skip is listed with its reason" "1 skipped: needs root - none here" \
	"$(printf 'ok 1 needs root # skip none here\n' >"$dir/tap" && count_skips "$dir/tap" | sed 's/^ *//')"
is "a failure is listed with its place and the last of what it said" "failed: 2 b (x.bats in lane v2)|    why|failed: 1 c|" \
	"$(printf '%s\n' '# x.bats in lane v2' 1..2 'ok 1 a' 'not ok 2 b' '# why' '# x.bats in lane v2 took 3 s' 'not ok 1 c' 'ok 2 d' >"$dir/tap" &&
		count_failures "$dir/tap" | tr '\n' '|')"

is "tap-run makes one plan of two and numbers on" "ok 1 - a|ok 2 - b|1..2|0" "$(wrapped 'printf "1..1\nok 1 - a\n1..1\nok 1 - b\n"')"
is "a skip in cmocka's old form becomes one with the reason told before" "# no root|ok 1 - t # SKIP no root|1..1|0" \
	"$(wrapped 'printf "1..1\nno root\nnot ok 1 # SKIP t\n"')"
is "a program that dies half-way has failed" "ok 1 - a|not ok 2 - only 1 of 2 tests ended (exit status 3)|1..2|3" \
	"$(wrapped 'printf "1..2\nok 1 - a\n"; exit 3')"
is "a program that ends badly after all is well has failed" "ok 1 - a|not ok 2 - exit status 3|1..2|3" \
	"$(wrapped 'printf "1..1\nok 1 - a\n"; exit 3')"
is "a program that hangs is ended, and has failed" "ok 1 - a|not ok 2 - only 1 of 2 tests ended (exit status 124)|1..2|124" \
	"$(TEST_SECONDS=1 wrapped 'printf "1..2\nok 1 - a\n"; exec sleep 100')"
is "a failed test is told once" "not ok 1 - a|1..1|1" "$(wrapped 'printf "1..1\nnot ok 1 - a\n"; exit 1')"
echo "1..$n"
