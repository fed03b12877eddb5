#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# faults: whatever system call fails with whatever error is plausible for it, and whatever allocation gets no memory: the command
# either fails in words and leaves nothing, or succeeds with the container it should have made; nothing hangs, nothing crashes
# limit: 600

load lib/ocirt
load lib/sweep

setup() {
	require_root
	ocirt_setup
}

@test "a failing call: create" { swept fail create; }
@test "a failing call: create with hooks, a filter, limits and another user" { swept fail create-rich; }
@test "a failing call: create in a user namespace" { swept fail create-userns; }
@test "a failing call: create in a pid namespace that is there" { swept fail create-joined; }
@test "a failing call: create with a terminal" { swept fail create-term; }
@test "a failing call: start" { swept fail start; }
@test "a failing call: start with hooks and a filter" { swept fail start-rich; }
@test "a failing call: run" { swept fail run; }
@test "a failing call: run, detached" { swept fail run-detached; }
@test "a failing call: run, detached, with hooks, a filter, limits and another user" { swept fail run-rich; }
@test "a failing call: run, detached, with what few ask for" { swept fail run-deep; }
@test "a failing call: exec" { swept fail exec; }
@test "a failing call: exec, detached" { swept fail exec-detached; }
@test "a failing call: exec, detached, of another user with a filter" { swept fail exec-rich; }
@test "a failing call: exec in a user namespace" { swept fail exec-userns; }
@test "a failing call: exec with a terminal" { swept fail exec-term; }
@test "a failing call: kill" { swept fail kill; }
@test "a failing call: kill of a paused container" { swept fail kill-paused; }
@test "a failing call: kill --all" { swept fail kill-all; }
@test "a failing call: pause" { swept fail pause; }
@test "a failing call: resume" { swept fail resume; }
@test "a failing call: update" { swept fail update; }
@test "a failing call: delete of a created container" { swept fail delete-created; }
@test "a failing call: delete of a stopped container" { swept fail delete-stopped; }
@test "a failing call: delete --force of a running container" { swept fail delete-running; }
@test "a failing call: delete --force of a paused container" { swept fail delete-paused; }
@test "a failing call: delete --force with poststop hooks" { swept fail delete-rich; }
@test "a failing call: state" { swept fail state; }
@test "a failing call: list" { swept fail list; }
@test "a failing call: events --stats" { swept fail events; }
@test "a failing call: ps" { swept fail ps; }
@test "no memory: create" { swept nomem create; }
@test "no memory: create with hooks, a filter, limits and another user" { swept nomem create-rich; }
@test "no memory: create in a user namespace" { swept nomem create-userns; }
@test "no memory: create with a terminal" { swept nomem create-term; }
@test "no memory: start with hooks and a filter" { swept nomem start-rich; }
@test "no memory: run" { swept nomem run; }
@test "no memory: exec, detached, of another user with a filter" { swept nomem exec-rich; }
@test "no memory: kill --all" { swept nomem kill-all; }
@test "no memory: pause" { swept nomem pause; }
@test "no memory: update" { swept nomem update; }
@test "no memory: delete --force with poststop hooks" { swept nomem delete-rich; }
@test "no memory: state" { swept nomem state; }
@test "no memory: list" { swept nomem list; }
@test "no memory: events --stats" { swept nomem events; }
@test "no memory: ps" { swept nomem ps; }
