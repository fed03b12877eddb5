#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# killed anywhere: whatever system call the runtime, its init stage or the container was killed before, list and state work and tell
# the truth, delete --force ends well, and nothing is left
# limit: 600

load lib/ocirt
load lib/sweep

setup() {
	require_root
	ocirt_setup
}

killed() { swept kill "$1"; }
signalled() { swept signal "$1"; }

@test "create" { killed create; }
@test "create with hooks, a filter, limits and another user" { killed create-rich; }
@test "create in a user namespace" { killed create-userns; }
@test "create in a pid namespace that is there" { killed create-joined; }
@test "create with a terminal" { killed create-term; }
@test "start" { killed start; }
@test "start with hooks and a filter" { killed start-rich; }
@test "run" { killed run; }
@test "run, detached" { killed run-detached; }
@test "run, detached, with hooks, a filter, limits and another user" { killed run-rich; }
@test "exec" { killed exec; }
@test "exec, detached" { killed exec-detached; }
@test "exec, detached, of another user with a filter" { killed exec-rich; }
@test "exec in a user namespace" { killed exec-userns; }
@test "exec with a terminal" { killed exec-term; }
@test "kill" { killed kill; }
@test "kill of a paused container" { killed kill-paused; }
@test "kill --all" { killed kill-all; }
@test "pause" { killed pause; }
@test "resume" { killed resume; }
@test "update" { killed update; }
@test "delete of a created container" { killed delete-created; }
@test "delete of a stopped container" { killed delete-stopped; }
@test "delete --force of a running container" { killed delete-running; }
@test "delete --force of a paused container" { killed delete-paused; }
@test "delete --force with poststop hooks" { killed delete-rich; }
@test "create with hooks, a filter, limits and another user, ended by a signal" { signalled create-rich; }
@test "create in a user namespace, ended by a signal" { signalled create-userns; }
@test "start with hooks and a filter, ended by a signal" { signalled start-rich; }
@test "run, sent a signal" { signalled run; }
@test "exec, sent a signal" { signalled exec; }
@test "exec, detached, ended by a signal" { signalled exec-detached; }
@test "update, ended by a signal" { signalled update; }
@test "delete --force with poststop hooks, ended by a signal" { signalled delete-rich; }
