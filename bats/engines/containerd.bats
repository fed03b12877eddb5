# SPDX-License-Identifier: Apache-2.0
# containerd.bats - ctr through containerd's shim for runc, with ocirt as its binary
# lanes: hybrid v1 v2
# quick: hybrid v2
# limit: 400

load lib
load containerd

setup_file() { engine containerd_start containerd:containerd ctr:containerd; }
teardown_file() { engine_teardown; }

run_status() {
	[ "$(whole ctr_run --rm -- c1 // echo hello)" = hello ]
	status_is 7 ctr_run --rm -- c1 sh -c 'exit 7'
}
@test "ctr run: output and exit status" { scenario run_status; }

run_errors() {
	status_is 1 ctr_run --rm -- c1 no-such-program
	says 'executable file not found' ctr_run --rm -- c2 no-such-program
	says 'permission denied' ctr_run --rm -- c3 /etc/motd
}
@test "ctr run: the runtime's own words when the program cannot be executed" { scenario run_errors; }

run_stdin() {
	# ctr forgets an end of file that comes before the task exists.
	: >"$OUT"
	# shellcheck disable=SC2094 # on purpose
	(echo from outside; eventually 20 has outside "$OUT") | ctr_run --rm -- c1 cat >>"$OUT"
	[ "$(cat "$OUT")" = 'from outside' ]
}
@test "ctr run: standard input" { scenario run_stdin; }

run_terminal() {
	in_terminal ctr --address "$ENGINE/work/containerd.sock" --namespace e2e run --runc-binary "$RT_PATH" -t --rm --cpu-shares 0 \
		"$IMAGE" c1 sh -c "tty; $STTY_SIZE" >"$OUT"
	grep '/dev/pts/0' "$OUT"
	grep '24 80' "$OUT"
}
@test "ctr run -t: a terminal of the client's size" { scenario run_terminal; }

run_detached() {
	background c1
	eventually 20 is_status c1 RUNNING
	local pid; pid=$(ctr task ls | awk '$1 == "c1" { print $2 }')
	inside_sh 'tr "\0" " " </proc/$0/cmdline' "$pid" | has 'sleep 1000'
	inside test -d "$ENGINE/work/runc/e2e/c1"
	delete c1
	inside test ! -e "$ENGINE/work/runc/e2e/c1"
}
@test "ctr run -d, task ls, kill, delete" { scenario run_detached; }

create_start() {
	# No option names the runtime here: it is the first "runc" in the daemon's PATH, which is ocirt.
	controller cpu || return 0
	ctr container create "$IMAGE" c1 sleep 1000
	ctr task start -d c1
	is_status c1 RUNNING
	inside test -d /run/containerd/runc/e2e/c1
	delete c1
}
@test "ctr container create, task start: ocirt found as runc in PATH" { scenario create_start; }

exec_all() {
	background c1
	[ "$(whole task_exec c1 // echo hi)" = hi ]
	status_is 3 task_exec c1 sh -c 'exit 3'
	[ "$(whole task_exec --cwd /tmp --user 1000:1000 c1 // sh -c 'pwd; id -u' | tr '\n' ' ')" = '/tmp 1000 ' ]
	: >"$OUT"
	# shellcheck disable=SC2094 # on purpose
	(echo in; eventually 20 has in "$OUT") | task_exec c1 cat >>"$OUT"
	[ "$(cat "$OUT")" = in ]
	ctr task exec -d --exec-id e5 c1 sh -c 'echo done >/tmp/flag; sleep 1000'
	eventually 20 task_exec c1 test -s /tmp/flag
	ctr task ps c1 | has -v PID
	[ "$(ctr task ps c1 | wc -l)" -ge 3 ]
	ctr task kill --exec-id e5 -s KILL c1
}
@test "ctr task exec: output, status, folder, user, stdin, -d, ps, kill" { scenario exec_all; }

exec_errors() {
	background c1
	says 'executable file not found' task_exec c1 no-such-program
	says 'permission denied' task_exec c1 /etc/motd
	[ "$(whole task_exec c1 // echo still)" = still ]
}
@test "ctr task exec: the runtime's own words when the program cannot be executed" { scenario exec_errors; }

exec_terminal() {
	background c1
	in_terminal ctr --address "$ENGINE/work/containerd.sock" --namespace e2e task exec -t --exec-id e1 c1 \
		sh -c "tty; $STTY_SIZE" >"$OUT"
	grep '/dev/pts/' "$OUT"
	grep '24 80' "$OUT"
}
@test "ctr task exec -t: a terminal of the client's size" { scenario exec_terminal; }

kill_signals() {
	ctr_run -d -- c1 sh -c 'trap "echo usr1 >/tmp/flag" USR1; trap "exit 9" TERM; echo up >/tmp/up; while :; do sleep 0.1; done'
	eventually 20 task_exec c1 test -s /tmp/up
	ctr task kill -s USR1 c1
	eventually 20 task_exec c1 test -s /tmp/flag
	ctr task kill c1
	eventually 20 is_status c1 STOPPED
	says 'exit code 9' ctr task delete c1
	ctr_run -d -- c2 sh -c 'sleep 1000 & sleep 1000'
	ctr task kill --all -s KILL c2
	eventually 20 is_status c2 STOPPED
}
@test "ctr task kill: signals, --all, the exit status at delete" { scenario kill_signals; }

pause_resume() {
	ctr_run -d -- c1 sh -c 'while :; do echo x >>/tmp/ticks; sleep 0.05; done'
	eventually 20 task_exec c1 test -s /tmp/ticks
	ctr task pause c1
	is_status c1 PAUSED
	local file size; file=$(ctr task ls | awk '$1 == "c1" { print "/proc/" $2 "/root/tmp/ticks" }')
	size=$(inside stat -c %s "$file")
	sleep 0.4
	[ "$(inside stat -c %s "$file")" = "$size" ]
	ctr task resume c1
	is_status c1 RUNNING
	eventually 5 grows "$file" "$size"
	delete c1
}
grows() { [ "$(inside stat -c %s "$1")" -gt "$2" ]; }
@test "ctr task pause, resume" { scenario pause_resume; }

pause_kill() {
	background c1
	ctr task pause c1
	ctr task kill -s KILL c1
	ctr task resume c1 || true
	eventually 20 is_status c1 STOPPED
}
@test "ctr task kill of a paused task" { scenario pause_kill; }

metrics() {
	background c1
	ctr task metrics c1 >"$OUT"
	cat "$OUT"
	if controller memory; then grep -Eiq 'memory.usage(_in_bytes|) +[1-9]|^memory.usage' "$OUT"; fi
	grep -iq pids.current "$OUT"
}
@test "ctr task metrics" { scenario metrics; }

limits() {
	controller memory || { echo 'this lane has no memory controller'; return 0; }
	ctr_run -d --memory-limit 33554432 --cpus 0.5 -- c1 sleep 1000
	local pid; pid=$(ctr task ls | awk '$1 == "c1" { print $2 }')
	[ "$(inside_sh 'p=$(sed -n "s/^[0-9]*:memory://p" /proc/$0/cgroup)
		if [ -n "$p" ] && [ -d /sys/fs/cgroup/memory ]; then cat /sys/fs/cgroup/memory$p/memory.limit_in_bytes
		else cat /sys/fs/cgroup$(sed -n "s/^0:://p" /proc/$0/cgroup)/memory.max; fi' "$pid")" = 33554432 ]
}
@test "ctr run --memory-limit, --cpus" { scenario limits; }

events() {
	FRAME_TIMEOUT=60 ctr events >"$OUT" & local pid=$!
	eventually 20 told
	kill $pid
}
told() { # one life of a container; the first may be over before ctr listens
	local what
	ctr_run --rm -- c1 true
	for what in create start exit delete; do has "/tasks/$what" "$OUT" || return 1; done
}
@test "ctr events: create, start, exit, delete" { scenario events; }

user_namespace() {
	whole ctr_run --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 --snapshotter overlayfs -- c1 // cat /proc/self/uid_map >"$OUT"
	grep -E '^ +0 +100000 +65536' "$OUT"
}
@test "ctr run --uidmap" { scenario user_namespace; }

read_only() {
	status_is 1 ctr_run --rm --read-only -- c1 touch /data/file
	[ "$(whole ctr_run --rm --mount "type=bind,src=$ENGINE,dst=/data,options=rbind:ro" -- c2 // sh -c 'ls /data/image.tar; touch /data/x 2>/dev/null || echo ro' |
		tr '\n' ' ')" = '/data/image.tar ro ' ]
}
@test "ctr run --read-only, --mount" { scenario read_only; }

security() {
	whole ctr_run --rm --seccomp --cap-drop CAP_CHOWN -- c1 // cat /proc/self/status >"$OUT"
	grep -E '^Seccomp:\s+2' "$OUT"
	grep -E '^NoNewPrivs:\s+1' "$OUT"
	[ $((0x$(awk '/^CapBnd/ { print $2 }' "$OUT") & 1)) = 0 ]
	[ "$(whole ctr_run --rm --privileged -- c2 // awk '/^Seccomp:/ { print $2 }' /proc/self/status)" = 0 ]
}
@test "ctr run --seccomp, --cap-drop, --privileged" { scenario security; }

no_pivot() {
	[ "$(whole ctr_run --rm --no-pivot -- c1 // cat /etc/motd)" = 'made for ocirt' ]
}
@test "ctr run --no-pivot" { scenario no_pivot; }

net_host() {
	[ "$(whole ctr_run --rm --net-host -- c1 // readlink /proc/self/ns/net)" = "$(inside readlink /proc/self/ns/net)" ]
	[ "$(whole ctr_run --rm -- c2 // readlink /proc/self/ns/net)" != "$(inside readlink /proc/self/ns/net)" ]
}
@test "ctr run --net-host" { scenario net_host; }

join_namespace() {
	background c1
	local pid; pid=$(ctr task ls | awk '$1 == "c1" { print $2 }')
	[ "$(whole ctr_run --rm --with-ns "network:/proc/$pid/ns/net" -- c2 // readlink /proc/self/ns/net)" = \
		"$(inside readlink "/proc/$pid/ns/net")" ]
}
@test "ctr run --with-ns" { scenario join_namespace; }

many() {
	local pids=() n
	for n in 1 2 3 4 5 6 7 8; do whole ctr_run --rm -- "many$n" // echo "number $n" >"$OUT.$n" & pids+=($!); done
	for n in "${pids[@]}"; do wait "$n"; done
	[ "$(cat "$OUT".? | sort | tr '\n' ,)" = 'number 1,number 2,number 3,number 4,number 5,number 6,number 7,number 8,' ]
}
@test "ctr run: eight at once" { scenario many; }

descriptors() {
	whole ctr_run --rm -- c1 // ls -l /proc/self/fd >"$OUT"
	[ "$(grep -c -- '->' "$OUT")" -le 3 ]
	! grep -E 'passwd|leak' "$OUT"
}
@test "ctr run: descriptors that the daemon inherited do not get in" { scenario descriptors; }

shim_death() {
	background c1
	# The shim of the container dies; containerd calls "shim delete", which calls the runtime's delete --force.
	inside_sh 'for p in /proc/[0-9]*; do tr "\0" " " <$p/cmdline 2>/dev/null | grep -q "shim-runc-v2.*-id c1" &&
		kill -9 ${p#/proc/} && exit 0; done; exit 1'
	eventually 30 gone
	clean_up
}
gone() { inside test ! -e "$ENGINE/work/runc/e2e/c1" && ! inside ps -e -o args= | has '^sleep 1000'; }
@test "containerd: a container whose shim was killed is deleted" { scenario shim_death; }

checkpoint() {
	background c1
	ctr task checkpoint --image-path "$ENGINE/work/tmp/images" c1
	is_status c1 RUNNING
	inside test -s "$ENGINE/work/tmp/images/inventory.img"
	[ "$(whole task_exec c1 // echo alive)" = alive ]
	inside rm -r "$ENGINE/work/tmp/images"
}
@test "ctr task checkpoint: the task runs on" { with_criu && scenario checkpoint; }

@test "containerd: nothing is left" {
	stop_daemon containerd
	nothing_left "$CONTAINERD_OWN"
}
