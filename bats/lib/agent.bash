# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# agent.bash - a seccomp agent for tests:  load lib/agent, after lib/ocirt
#
# start_agent: runs lib/agent.c at $AGENT_SOCKET; what it got is in $AGENT_DIR/{state,fds,info,calls}.N, N from 0. stop_agent ends it:
# call it in teardown.

start_agent() {
	require_program "${CC:-cc}"
	local program
	program=$(compiled agent) || return
	AGENT_DIR=$BATS_TEST_TMPDIR/agent AGENT_SOCKET=$BATS_TEST_TMPDIR/agent.sock
	mkdir -p "$AGENT_DIR"
	rm -f "$AGENT_SOCKET"
	"$program" "$AGENT_SOCKET" "$AGENT_DIR" 3>&- &
	AGENT=$!
	wait_for 5 test -S "$AGENT_SOCKET"
}

stop_agent() {
	[ -n "${AGENT-}" ] || return 0
	kill "$AGENT"
	wait "$AGENT" || :
	AGENT=
}
