# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# term.bash - terminals for tests:  load lib/term, after lib/ocirt
#
# on_terminal STEP... -- ARG...: `ocirt ARG...` at a terminal of its own (lib/term.c tells the steps); what was shown, without
# carriage returns, goes to standard output, the exit code is ocirt's
# holder SOCKET STEP...: holds the terminal that is sent to SOCKET, in the background; ended by held

term() {
	local program
	program=$(compiled term) && "$program" "$@" 3>&-
}

require_term() {
	require_program "${CC:-cc}"
	term run -- true
}

on_terminal() {
	local steps=() rc=0
	while [ "$1" != -- ]; do steps+=("$1") && shift; done
	shift
	OCIRT_TEST_MARK=$TAG term run "${steps[@]}" -- "$OCIRT" --root "$STATE" "$@" >"$BATS_TEST_TMPDIR/screen" || rc=$?
	tr -d '\r' <"$BATS_TEST_TMPDIR/screen"
	return $rc
}

holder() {
	HOLDER_SCREEN=$BATS_TEST_TMPDIR/held
	term recv "$@" >"$HOLDER_SCREEN" 2>"$HOLDER_SCREEN.err" &
	HOLDER=$!
	wait_for 10 test -e "$1.ready"
}

# in the test's own shell (not by run): waits for the holder's end; what was shown is in $output
held() {
	local rc=0
	wait "$HOLDER" || rc=$?
	output=$(cat "$HOLDER_SCREEN.err" "$HOLDER_SCREEN")
	[ $rc = 0 ] || echo "holder: exit code $rc: $output"
	return $rc
}
