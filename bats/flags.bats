#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# options of the command line have the effect that their help tells, however they are spelled
# quick: hybrid

load lib/ocirt
load lib/agent

setup() {
	setup_container
	set_args sleep 1000
	id=$(new_id)
}

teardown() {
	stop_agent
	ocirt_teardown
}

# got_pidfd N PID: the Nth message had one descriptor, a pidfd of that process
got_pidfd() { wait_for 10 grep -qx "Pid:.$2" "$AGENT_DIR/info.$1" && [ "$(cat "$AGENT_DIR/fds.$1")" = 1 ]; }

@test "--pidfd-socket and its annotation: one message with a pidfd of the process that was made" {
	start_agent
	detached create --pidfd-socket "$AGENT_SOCKET" "$id"
	got_pidfd 0 "$(pid_of "$id")"
	detached exec -d --pidfd-socket="$AGENT_SOCKET" --pid-file pid "$id" sleep 100
	got_pidfd 1 "$(cat pid)"
	update_config --arg s "$AGENT_SOCKET" '.annotations = {"run.oci.pidfd_receiver": $s}'
	detached run -d "$id-a"
	got_pidfd 2 "$(pid_of "$id-a")"
	run -255 ocirt exec --pidfd-socket nowhere "$id" true
	[[ $output == *"nowhere: No such file"* ]]
}

# parent_of_orphan WORD...: who adopts a process whose parent ended, in a container without a pid namespace
parent_of_orphan() {
	rm -f rootfs/tmp/orphan
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" run "$@" "$id" </dev/null >/dev/null 2>&1 3>&- &
	runtime=$!
	wait_for 10 test -s rootfs/tmp/orphan
	wait_for 10 adopted "$(cat rootfs/tmp/orphan)"
	adopter=$(ppid "$(cat rootfs/tmp/orphan)")
	touch rootfs/tmp/end
	wait $runtime
	rm rootfs/tmp/end
}
ppid() { awk '/^PPid:/ { print $2 }' "/proc/$1/status"; }
adopted() { [ "$(readlink "/proc/$(ppid "$1")/ns/mnt")" != "$(readlink "/proc/$1/ns/mnt")" ]; } # its parent is outside

@test "--no-subreaper: an orphan of the container is somebody else's" {
	update_config '.linux.namespaces -= [{"type": "pid"}] | .root.readonly = false'
	set_script 'wait_end="while [ ! -e /tmp/end ]; do sleep 0.02; done"; (sh -c "echo \$\$ >/tmp/orphan; $wait_end" &); eval "$wait_end"'
	parent_of_orphan
	[ "$adopter" = $runtime ]
	parent_of_orphan -no-subreaper
	[ "$adopter" != $runtime ]
}

@test "an empty value is as none, as with runc" {
	set_args true
	run -0 ocirt --log "" run --pid-file "" --console-socket= --pidfd-socket "" --bundle= --config "" "$id"
	set_args sleep 1000
	detached run -d --pid-file= "$id"
	run -0 ocirt exec --pid-file= --cwd "" --apparmor "" --process-label= --process "" "$id" true
	run -0 ocirt update --cpuset-cpus "" --resources "" "$id"
}

@test "every spelling of an option, before and after the command" {
	detached --root /nowhere run --root /nowhere -bundle="$BUNDLE" --detach=true -root "$STATE" --keep=false -- "$id"
	for words in "list -q --root $STATE" "list --quiet=true -root=$STATE" "list -qf json --root=$STATE" "-root $STATE -- list -q" "--root=$STATE list -q=true -debug=false --"; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr "$OCIRT" $words
		# shellcheck disable=SC2154 # bats' own
		[[ $output == "$id" && -z $stderr ]] || { echo "$words: $output $stderr" && false; }
	done
	# what is after the id of exec and ps is not ours
	[ "$(ocirt exec -- "$id" echo --root -- --debug)" = "--root -- --debug" ]
	[ "$(ocirt exec "$id" -- echo --help)" = --help ]
	ocirt ps "$id" -o pid,comm --sort pid | grep -q sleep
	for words in "kill $id KILL --nope" "state $id $id" "list $id" "pause" "start $id extra" "features x" "exec --tty=maybe $id true" "delete -x $id" "run --keep=2 $id"; do
		# shellcheck disable=SC2086 # words
		run -1 --separate-stderr ocirt $words
		[[ -z $output && $stderr == "ocirt: ${words%% *}: "* && $stderr != *$'\n'* ]] || { echo "$words: $output $stderr" && false; }
	done
	is_status "$id" running
}

@test "exec: terminal, capability, groups and limits only as they were asked for" {
	update_config '.process.noNewPrivileges = false'
	detached run -d "$id"
	run -0 ocirt exec --tty=false -u 5:6 -g 7 -additional-gids=8 --cap CAP_SYSLOG -c CAP_CHOWN --no-new-privs=false -env A=1 "$id" \
		sh -c 'tty; id -u; id -g; id -G; grep -E "CapBnd|NoNewPrivs" /proc/self/status; echo $A'
	[[ ${lines[0]} == "not a tty" && ${lines[1]} == 5 && ${lines[2]} == 6 && ${lines[3]} == "6 7 8" && ${lines[6]} == 1 ]]
	[ $((0x${lines[4]#*[[:blank:]]} & (1 << 34 | 1))) = $((1 << 34 | 1)) ]
	[[ ${lines[5]} == *0 ]]
}
