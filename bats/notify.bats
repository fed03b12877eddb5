#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: hybrid
# NOTIFY_SOCKET: a container tells the service manager of whoever started it that it is ready: sd_notify(3)

load lib/ocirt

setup() {
	setup_container
	require_program "${CC:-cc}"
	id=$(new_id)
	tool=$(compiled notify -static)
	cp "$tool" rootfs/bin/notify
	mkdir vol
	update_config '.mounts += [{destination: "/vol", type: "bind", source: "vol", options: ["bind"]}]'
	SOCKET=$BATS_TEST_TMPDIR/host.sock HEARD=$BATS_TEST_TMPDIR/heard
	listen "$SOCKET"
}
teardown() {
	kill "$LISTENER" 2>/dev/null || :
	ocirt_teardown
}

listen() { # ADDRESS: the manager
	"$tool" listen "$1" "$HEARD" >/dev/null 2>&1 3>&- &
	LISTENER=$!
	[[ $1 == @* ]] || wait_for 10 test -S "$1"
}
heard() { cat "$HEARD" 2>/dev/null || :; }
has_heard() { grep -q "$1" "$HEARD"; }
# hears TEXT: the manager takes its messages when it comes to it
hears() { wait_for 10 has_heard "$1"; }
# notified COMMAND...: with the manager's socket
notified() { NOTIFY_SOCKET=${ADDRESS-$SOCKET} "$@"; }
# in_background COMMAND...: its pid is $BG; its output goes to $OUT
in_background() {
	OUT=$BATS_TEST_TMPDIR/bg
	notified "$@" >"$OUT" 2>&1 </dev/null 3>&- &
	BG=$!
}
runs_still() { [ -n "$BG" ] && kill -0 "$BG" 2>/dev/null; }
waits='touch /vol/runs; while [ ! -e /vol/go ]; do sleep 0.05; done;'

@test "create, start: start returns when the container is ready, and says who it is" {
	set_script "$waits"' notify send STATUS=nearly; notify send "READY=1"; sleep 100'
	notified detached create "$id"
	[ "$(status_of "$id")" = created ]
	in_background ocirt start "$id"
	wait_for 10 test -e vol/runs
	wait_for 10 is_status "$id" running
	runs_still
	[ -z "$(heard)" ]
	ocirt exec "$id" true # nobody is kept from it
	touch vol/go
	wait "$BG"
	hears BARRIER=1
	[ "$(heard)" = "READY=1 MAINPID=$(pid_of "$id") "$'\n'"BARRIER=1" ]
	ocirt delete --force "$id"
	[ -z "$(ls "$STATE")" ]
}

@test "run --detach does the same" {
	set_script "$waits"' notify send "READY=1"; sleep 100'
	in_background ocirt run -d "$id"
	wait_for 10 test -e vol/runs
	runs_still
	ocirt state "$id" >/dev/null
	touch vol/go
	wait "$BG"
	hears BARRIER=1
	[ "$(heard | head -n 1)" = "READY=1 MAINPID=$(pid_of "$id") " ]
}

@test "run in the foreground stays, and remains the main process" {
	set_script 'notify send "READY=1"; '"$waits"' exit 7'
	in_background ocirt run "$id"
	hears READY=1
	runs_still
	touch vol/go
	rc=0
	wait "$BG" || rc=$?
	[ "$rc" = 7 ]
	[ "$(heard)" = "READY=1 " ]
	[ -z "$(ls "$STATE")" ]
}

@test "run in the foreground: what the container said before it ended is passed on, however late we look" {
	set_script "$waits"' notify send STATUS=up; notify send "READY=1"'
	NOTIFY_SOCKET=$SOCKET OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" run "$id" </dev/null >"$BATS_TEST_TMPDIR/bg" 2>&1 3>&- &
	local runtime=$! process
	wait_for 10 test -e vol/runs
	wait_for 10 is_status "$id" running
	process=$(pid_of "$id")
	kill -STOP "$runtime"
	touch vol/go
	wait_for 10 _is_zombie "$process"
	kill -CONT "$runtime"
	wait "$runtime"
	hears READY=1
}

@test "only READY=1 is passed on, whatever the container says" {
	set_script 'for m in "MAINPID=1" "READY=0" "READY=1x" "FDSTORE=1" "STOPPING=1" "WATCHDOG=1" "" "READY"; do notify send "$m" || :; done
		'"$waits"' notify send "MAINPID=1
FDSTORE=1
READY=1
STATUS=up"; sleep 100'
	in_background ocirt run -d "$id"
	wait_for 10 test -e vol/runs
	runs_still
	[ -z "$(heard)" ]
	touch vol/go
	wait "$BG"
	hears BARRIER=1
	[ "$(heard)" = "READY=1 MAINPID=$(pid_of "$id") "$'\n'"BARRIER=1" ]
}

@test "a container that ends without a word is waited for no longer" {
	set_script 'exit 3'
	in_background ocirt run -d "$id"
	wait "$BG"
	[ -z "$(heard)" ]
	set_script 'notify send READY=1'
	in_background ocirt run -d "$id-2"
	wait "$BG"
	hears READY=1
}

@test "what the container gets: a socket it may write to and nothing else, as any user, in a read-only root" {
	update_config '.root.readonly = true | .process.user = {uid: 1000, gid: 1000}
		| .process.env += ["NOTIFY_SOCKET=/somewhere"]'
	set_script 'echo $NOTIFY_SOCKET; ls /run/notify; touch /run/notify/x 2>/dev/null && echo writable
		rm /run/notify/notify.sock 2>/dev/null && echo removed; awk "\$5 == \"/run/notify\" { print \$6 }" /proc/self/mountinfo
		notify send READY=1'
	rm -rf rootfs/run
	mkdir -p rootfs/run
	run -0 notified ocirt run "$id"
	[ "${lines[0]}" = /run/notify/notify.sock ]
	[ "${lines[1]}" = notify.sock ]
	[[ ${lines[2]} == ro,nosuid,nodev,noexec* ]] || { echo "$output" && false; }
	hears READY=1
	update_config '.root.readonly = false'
	notified detached create "$id"
	NOTIFY_SOCKET='' ocirt start "$id" # nobody to be told: nobody waits
	[ "$(NOTIFY_SOCKET=$SOCKET ocirt run "$id-none" | head -n 1)" = /run/notify/notify.sock ]
}

@test "an exec, and a container that was not asked for it, get none" {
	set_script 'notify send READY=1; sleep 100'
	in_background ocirt run -d "$id"
	wait "$BG"
	[ -z "$(notified ocirt exec "$id" sh -c 'echo $NOTIFY_SOCKET')" ]
	set_script 'echo "<$NOTIFY_SOCKET>"; ls /run/notify 2>/dev/null'
	for address in '' relative vsock:2:1234 / @ /nowhere /etc/passwd; do
		run -0 env NOTIFY_SOCKET="$address" OCIRT_TEST_MARK="$TAG" "$OCIRT" --root "$STATE" run "$id-not"
		[ "$output" = "<>" ]
	done
}

@test "an abstract address; one where nobody listens is warned about" {
	kill "$LISTENER"
	ADDRESS=@ocirt-test-$TAG
	listen "$ADDRESS"
	set_script 'notify send READY=1; sleep 100'
	wait_for 10 grep -qF "$ADDRESS" /proc/net/unix
	in_background ocirt run -d "$id"
	wait "$BG"
	hears "READY=1 MAINPID=$(pid_of "$id")"
	kill "$LISTENER"
	wait_for 10 bash -c "! grep -qF '$ADDRESS' /proc/net/unix"
	in_background ocirt run -d "$id-2"
	wait "$BG"
	[[ $(<"$OUT") == *"NOTIFY_SOCKET: connect to socket $ADDRESS: Connection refused"* ]] || { cat "$OUT" && false; }
	[ "$(status_of "$id-2")" = running ]
}

@test "with a user namespace" {
	add_userns
	update_config '.root.readonly = false'
	chown -R -h 100000:100000 rootfs vol
	open_way
	set_script 'notify send READY=1; sleep 100'
	in_background ocirt run -d "$id"
	wait "$BG"
	hears "READY=1 MAINPID=$(pid_of "$id")"
}
