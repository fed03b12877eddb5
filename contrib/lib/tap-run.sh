#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tap-run.sh - runs one test program and makes its output one sound TAP stream:  tap-run.sh PROGRAM [ARG...]
#
# cmocka prints a plan for each group and, in 1.1.5, "not ok N # SKIP name" for a skipped test. Here the plans become one
# at the end, the numbers run on, and a skip is "ok N - name # SKIP reason", the reason being the line that the test
# printed just before (print_message("reason\n"); skip();). $TEST_WRAPPER (valgrind ...) goes in front of PROGRAM; a failed
# test that the table $TEST_CANNOT names (PROGRAM, TEST or *, reason) is a skip, because the wrapper cannot run it.
# A program that dies, or says fewer results than it planned, ends as a failed test and with its own exit status, which is 124
# when it was ended after $TEST_SECONDS (600); 99 is the wrapper's and always a failure.
set -u
out=$(mktemp) || exit 99
trap 'rm -f "$out"' EXIT
# shellcheck disable=SC2086 # the wrapper is words
timeout --foreground -k 10 "${TEST_SECONDS:-600}" ${TEST_WRAPPER-} "$@" >"$out"
status=$?
awk -v status=$status -v cannot="${TEST_CANNOT-}" -v program="${1##*/}" '
BEGIN {
	while (cannot != "" && (getline row <cannot) > 0)
		if (split(row, word, "\t") == 3 && word[1] == program) reason[word[2]] = word[3]
}
function why_not(name) { return name in reason ? reason[name] : reason["*"] }
function failed(name) {
	if (why_not(name) == "") { result(0, name); return }
	forgiven++
	result(1, name " # SKIP " why_not(name))
}
function result(ok, text) { n++; if (!ok) bad++; print (ok ? "ok " : "not ok ") n " - " text }
/^[ \t]*1\.\.[0-9]+/ { sub(/^[ \t]*1\.\./, ""); planned += $0 + 0; next }
/^(not )?ok [0-9]+.*# *SKIP/ {
	name = $0; sub(/^(not )?ok [0-9]+( -)? */, "", name)
	why = name; sub(/.*# *SKIP */, "", why); sub(/ *# *SKIP.*/, "", name)
	if (name == "") { name = why; why = last != "" ? last : "no reason given" }
	result(1, name " # SKIP " why); last = ""; next
}
/^not ok / { sub(/^not ok [0-9]+( -)? */, ""); failed($0); last = ""; next }
/^ok / { sub(/^ok [0-9]+( -)? */, ""); result(1, $0); last = ""; next }
/^#/ { print; next }
{ last = $0; print "# " $0 }
END {
	if (n < planned) result(0, "only " n " of " planned " tests ended (exit status " status ")")
	else if (status == 99 || (status != 0 && !bad && !forgiven)) result(0, "exit status " status)
	print "1.." n + 0
	exit bad || !forgiven ? status : 0
}' "$out"
