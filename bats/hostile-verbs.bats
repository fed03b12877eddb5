#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# hostile verbs: many at once for one id, signals in between, hooks that hang, flood or hide, groups that others played with
# limit: 300
# quick: hybrid v2

load lib/ocirt

setup() {
	setup_container
	set_args sleep 1000
	id=$(new_id c)
	SAID=$BATS_TEST_TMPDIR/said
	hooks=$BATS_TEST_TMPDIR/hooks
	mkdir "$hooks"
}

# hook POINT SCRIPT [MORE]: adds one; MORE is JSON merged into it
hook() {
	update_config --arg point "$1" --arg script "$2" --argjson more "${3:-{\}}" \
		'.hooks[$point] += [{path: "/bin/sh", args: ["sh", "-c", $script], env: ["PATH=/usr/bin:/bin"]} + $more]'
}

# all_wait FILE N: so many wait for its lock
all_wait() { [ "$(grep -c -- "-> FLOCK .*:$(stat -c %i "$1") " /proc/locks)" = "$2" ]; }

# at_once N COMMAND...: N of them side by side; their exit codes in $codes, what they said in $SAID
at_once() {
	local n=$1 i rc pids=()
	shift
	exec 9>"$BATS_TEST_TMPDIR/gate"
	flock 9
	for ((i = 0; i < n; i++)); do
		{
			flock -s "$BATS_TEST_TMPDIR/gate" true
			"$@" </dev/null >"$SAID$i" 2>&1 3>&-
		} 9>&- &
		pids+=($!)
	done
	wait_for 30 all_wait "$BATS_TEST_TMPDIR/gate" "$n"
	exec 9>&- # all begin together
	codes=
	for ((i = 0; i < n; i++)); do
		rc=0
		wait "${pids[i]}" || rc=$?
		codes+="$rc "
	done
	cat "$SAID"[0-9]* >"$SAID"
}
won() { tr ' ' '\n' <<<"$codes" | grep -cx 0; }

# --- at once ----------------------------------------------------------------------------------------------------------------

@test "32 creates of one id: one wins, the others say that it is in use" {
	at_once 32 ocirt create "$id"
	[ "$(won)" = 1 ]
	[ "$(grep -c 'already exists' "$SAID")" = 31 ]
	[ "$(status_of "$id")" = created ]
	ocirt delete "$id"
}

@test "32 starts of one container: one wins, the others say that it runs" {
	detached create "$id"
	at_once 32 ocirt start "$id"
	[ "$(won)" = 1 ]
	[ "$(grep -c 'already running' "$SAID")" = 31 ]
	[ "$(status_of "$id")" = running ]
}

@test "32 kills of one container: each works or says that it does not run" {
	detached run -d "$id"
	at_once 32 ocirt kill "$id" KILL
	[ "$(won)" -ge 1 ]
	[ "$(grep -c 'not running' "$SAID")" = $((32 - $(won))) ]
	wait_for 10 is_status "$id" stopped
}

@test "32 deletes of one container: one wins, the others say that it does not exist" {
	detached create "$id"
	at_once 32 ocirt delete "$id"
	[ "$(won)" = 1 ]
	[ "$(grep -c 'does not exist' "$SAID")" = 31 ]
	run ! ocirt state "$id"
}

@test "32 delete --force of one running container: all work" {
	detached run -d "$id"
	at_once 32 ocirt delete --force "$id"
	[ "$(won)" = 32 ]
	run ! ocirt state "$id"
}

# one of each verb, again and again: nothing but the verbs' own refusals may be said
storm() {
	local i
	for ((i = 0; i < 6; i++)); do
		"$OCIRT" --root "$STATE" create "$id" </dev/null >/dev/null
		"$OCIRT" --root "$STATE" start "$id"
		"$OCIRT" --root "$STATE" list >/dev/null
		"$OCIRT" --root "$STATE" exec "$id" true
		"$OCIRT" --root "$STATE" pause "$id"
		"$OCIRT" --root "$STATE" kill "$id" KILL
		"$OCIRT" --root "$STATE" resume "$id"
		"$OCIRT" --root "$STATE" delete --force "$id" || echo "delete --force failed"
	done
	true
}

@test "a storm of all verbs for one id: only refusals are said, nothing is left" {
	require_sound_forks
	export -f storm
	export id STATE
	at_once 8 timeout 100 bash -c storm
	[ "$(won)" = 8 ]
	# which of them a verb says whose container is paused, killed or deleted under its hands is chance; a create that delete --force killed
	# says nothing, bash does
	! grep -vE "^ocirt: (create|start|exec|pause|kill|resume) $id: |^environment: line [0-9]+: +[0-9]+ Killed .*create" "$SAID" || return 1
	! grep -E 'out of memory|internal' "$SAID" || return 1
	ocirt delete --force "$id"
}

@test "a pause and a kill at once: neither waits in vain for the other" {
	local i rc paused
	for ((i = 0; i < 12; i++)); do
		detached run -d "$id"
		OCIRT_LIMIT=30 ocirt pause "$id" >"$SAID" 2>&1 3>&- &
		paused=$!
		ocirt kill "$id" KILL
		rc=0
		wait "$paused" || rc=$?
		[ "$rc" = 0 ] || { [ "$rc" = 1 ] && grep -qE 'not running|does not exist|thawed' "$SAID"; } || { echo "$rc" && cat "$SAID" && return 1; }
		ocirt delete --force "$id"
	done
}

# --- signals ------------------------------------------------------------------------------------------------------------------

@test "a signal that ends create in the middle of a hook: delete --force takes away what it had made" {
	local sig
	hook createRuntime 'sleep 1000 & echo $! >'"$hooks"'/pid; mv '"$hooks/pid $hooks/here"'; wait'
	for sig in TERM HUP USR1 ALRM; do # the shell has those in the background ignore INT and QUIT
		rm -f "$hooks/here"
		OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" create "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
		wait_for 20 test -e "$hooks/here"
		kill "-$sig" $!
		wait $! || :
		wait_for 10 is_status "$id" stopped
		run -0 ocirt delete --force "$id"
		run ! ocirt state "$id"
		wait_for 10 is_gone "$(cat "$hooks/here")"
	done
}

@test "delete --force ends a create whose hook hangs" {
	hook createRuntime 'sleep 1000 & echo $! >'"$hooks"'/pid; mv '"$hooks/pid $hooks/here"'; wait'
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" create "$id" </dev/null >/dev/null 2>&1 3>&- &
	wait_for 20 test -e "$hooks/here"
	[ "$(status_of "$id")" = creating ]
	OCIRT_LIMIT=20 run -0 ocirt delete --force "$id"
	wait $! || :
	run ! ocirt state "$id"
	wait_for 10 is_gone "$(cat "$hooks/here")"
}

@test "a command that is killed with its whole group in the middle of a hook: what the hook had started goes, too" {
	local point runtime
	for point in createRuntime poststart poststop; do
		rm -f "$hooks/here" "$hooks/again"
		update_config '.hooks = {}'
		hook $point 'cd '"$hooks"'; [ ! -e again ] || exit 0; sleep 1000 & echo $! >pid; mv pid here; wait'
		# shellcheck disable=SC2016
		OCIRT_TEST_MARK=$TAG setsid sh -c '"$1" --root "$2" run -d "$3" && "$1" --root "$2" delete --force "$3"' \
			_ "$OCIRT" "$STATE" "$id" </dev/null >/dev/null 2>&1 3>&- &
		runtime=$!
		wait_for 20 test -e "$hooks/here"
		kill -KILL -- "-$runtime"
		wait $runtime || :
		wait_for 10 is_gone "$(cat "$hooks/here")"
		touch "$hooks/again"
		run -0 ocirt delete --force "$id"
		run ! ocirt state "$id"
	done
}

@test "a create that is stopped and goes on later, and one whose caller went" {
	hook createRuntime 'echo >'"$hooks"'/here; while [ ! -e '"$hooks"'/on ]; do sleep 0.05; done'
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" create "$id" </dev/null >/dev/null 2>&1 3>&- &
	wait_for 20 test -e "$hooks/here"
	kill -STOP $!
	[ "$(status_of "$id")" = creating ]
	run -0 ocirt list
	kill -CONT $!
	touch "$hooks/on"
	wait $!
	[ "$(status_of "$id")" = created ]
	ocirt delete "$id"
}

@test "signals that mean nothing, in great number, harm no verb" {
	local victim storm
	set_args true
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" run "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	victim=$!
	(while kill -WINCH $victim && kill -CHLD $victim && kill -CONT $victim && kill -URG $victim; do :; done) 2>/dev/null 3>&- &
	storm=$!
	wait $victim || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
	wait $storm || :
}

is_gone() { [ ! -e "/proc/$1" ] || _is_zombie "$1"; }

no_session() { # SID: nobody but the dead
	local pid
	for pid in $(pgrep -s "$1"); do _is_zombie "$pid" || [ ! -e "/proc/$pid" ] || return 1; done
}

# --- hooks --------------------------------------------------------------------------------------------------------------------

@test "a hook that floods its outputs costs neither memory nor time, and its error is cut" {
	hook createRuntime 'head -c 200000000 /dev/zero | tr "\0" x >&2; head -c 200000000 /dev/zero; exit 3'
	local room=200000
	! grep -qa __asan_init "$OCIRT" || room=unlimited # its shadow is larger
	OCIRT_LIMIT=60 run ! bash -c "ulimit -v $room; exec \"\$@\"" _ "$OCIRT" --root "$STATE" create "$id"
	[[ $output == *"createRuntime hook #0: exit status 3"* ]]
	[ ${#output} -lt 20000 ]
}

@test "a hook that never reads a large state" {
	update_config --arg big "$(head -c 100000 /dev/zero | tr '\0' a)" '.annotations.big = $big'
	hook createRuntime 'exec <&-; exit 0'
	hook poststart 'exit 0'
	hook poststop 'exec <&-'
	detached create "$id"
	ocirt start "$id"
	ocirt delete --force "$id"
}

@test "a hook is a session of its own, and at its timeout all of it is killed" {
	hook createRuntime 'echo $$ $(cut -d" " -f5,6 /proc/self/stat) >'"$hooks"'/ids; sleep 1000 & sleep 1000 & (sleep 1000 & wait) & wait' \
		'{"timeout": 1}'
	run ! ocirt create "$id"
	[[ $output == *"timed out after 1000 ms"* ]]
	read -r self group session <"$hooks/ids"
	[ "$self" = "$group" ]
	[ "$self" = "$session" ]
	wait_for 5 no_session "$self"
}

@test "a hook that leaves processes which hold its output, of its session or not, ends when it ends itself" {
	hook createRuntime 'sleep 1000 & echo $! >'"$hooks"'/pids; setsid sleep 1000 & echo $! >>'"$hooks"'/pids'
	OCIRT_LIMIT=20 detached create "$id"
	local pids
	mapfile -t pids <"$hooks/pids"
	kill "${pids[@]}"
}

@test "a hook that ignores all signals and stops itself is killed at its timeout" {
	hook createRuntime 'trap "" TERM INT HUP; kill -STOP $$; sleep 1000' '{"timeout": 1}'
	OCIRT_LIMIT=20 run ! ocirt create "$id"
	[[ $output == *"timed out"* ]]
}

@test "a startContainer hook that fails, hangs or is missing makes start fail" {
	hook startContainer 'exit 1'
	detached create "$id-1"
	run ! ocirt start "$id-1"
	[[ $output == *"startContainer hook #0"* ]]
	update_config '.hooks.startContainer = [{path: "/bin/sleep", args: ["sleep", "1000"], timeout: 1}]'
	detached create "$id-2"
	run ! ocirt start "$id-2"
	[[ $output == *"startContainer hook #0: timed out"* ]]
	update_config '.hooks.startContainer = [{path: "/nowhere"}]'
	detached create "$id-3"
	run ! ocirt start "$id-3"
	[[ $output == *"startContainer hook #0"*"No such file"* ]]
	run ! ocirt run "$id-4"
}

@test "hooks that are killed, deleted or directories are told of, poststop goes on" {
	hook createRuntime 'kill -SEGV $$'
	run ! ocirt create "$id"
	[[ $output == *"killed by signal 11"* ]]
	update_config '.hooks = {poststop: [{path: "/etc"}, {path: "/nowhere"}, {path: "/bin/touch", args: ["touch", "'"$hooks"'/done"]}]}'
	detached run -d "$id"
	run -0 ocirt delete --force "$id"
	[[ $output == *"poststop hook #0"*"poststop hook #1"* ]]
	[ -e "$hooks/done" ]
}

# --- control groups -------------------------------------------------------------------------------------------------------------

@test "a stranger in the container's group goes with it" {
	local stranger dir
	detached run -d "$id"
	sleep 1000 3>&- &
	stranger=$!
	for dir in $(cgroup_dirs "$id"); do echo $stranger >"$dir/cgroup.procs" 2>/dev/null || :; done
	ocirt delete --force "$id"
	wait $stranger || [ $? = 137 ]
}

@test "groups below the container's, deep and many, go with it" {
	local dir d i
	detached run -d "$id"
	for dir in $(cgroup_dirs "$id"); do
		d=$dir
		for ((i = 0; i < 40; i++)); do d=$d/x && mkdir "$d" 2>/dev/null || break; done
		for ((i = 0; i < 20; i++)); do mkdir "$dir/y$i"; done
	done
	ocirt delete --force "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "groups that somebody removed already are no error" {
	local dir
	detached run -d "$id"
	kill -KILL "$(pid_of "$id")"
	wait_for 10 is_status "$id" stopped
	for dir in $(cgroup_dirs "$id"); do wait_for 10 rmdir "$dir"; done
	run -0 ocirt delete "$id"
}

@test "a container that somebody else froze can be killed and deleted" {
	local dir
	detached run -d "$id"
	for dir in $(cgroup_dirs "$id"); do
		[ ! -e "$dir/freezer.state" ] || echo FROZEN >"$dir/freezer.state"
		[ ! -e "$dir/cgroup.freeze" ] || echo 1 >"$dir/cgroup.freeze"
	done
	[ "$(status_of "$id")" = paused ]
	run -0 ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	run -0 ocirt delete "$id"
}
