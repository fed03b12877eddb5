# SPDX-License-Identifier: Apache-2.0
# podman.bats - podman as root, with ocirt as its runtime and a storage of its own: the daily commands
# lanes: hybrid v1 v2
# quick: hybrid v2
# limit: 400

load lib
load podman

setup_file() { engine podman_start "${PODMAN_NEEDS[@]}"; }
teardown_file() { engine_teardown; }

run_status() {
	[ "$(run_busy echo hello)" = hello ]
	status_is 7 run_busy sh -c 'exit 7'
	status_is 137 run_busy sh -c 'sh -c "kill -9 \$\$"; exit $?'
}
@test "podman run: output and exit status" { scenario run_status; }

run_errors() {
	status_is 127 run_busy /no/such/program
	status_is 127 run_busy no-such-program
	status_is 126 run_busy /etc/motd
	status_is 126 run_busy /etc
	status_is 126 run_busy -w /etc/motd true || status_is 127 run_busy -w /etc/motd true
}
@test "podman run: 127 for a missing program, 126 for one that cannot be executed" { scenario run_errors; }

run_stdin() {
	[ "$(echo from outside | podman run -i --rm --network none "$IMAGE" cat)" = "from outside" ]
	[ "$(echo from outside | run_busy cat)" = "" ]
}
@test "podman run -i: standard input" { scenario run_stdin; }

run_stderr() {
	[ "$(run_busy sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ]
	[ "$(run_busy sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)" = err ]
}
@test "podman run: standard output and error stay apart" { scenario run_stderr; }

run_detached_logs_rm() {
	podman run -d --name c1 --network none "$IMAGE" sh -c 'echo one; echo two >&2; exec sleep 100'
	eventually 5 says two podman logs c1
	podman logs c1 2>/dev/null | has -x one
	[ "$(podman inspect -f '{{.State.Status}}' c1)" = running ]
	podman rm -f -t 0 c1
	status_is 1 podman container exists c1
}
@test "podman run -d, logs, rm -f" { scenario run_detached_logs_rm; }

run_terminal() {
	podman run -t --rm --network none "$IMAGE" sh -c 'tty; echo a b' | has '/dev/pts/0'
	in_terminal podman --runtime "$RT" run -it --rm --network none "$IMAGE" sh -c "tty; $STTY_SIZE; test -t 0 && test -t 2" >"$OUT"
	grep -q '/dev/pts/0' "$OUT"
	grep -q '24 80' "$OUT"
}
@test "podman run -t: a terminal of the client's size" { scenario run_terminal; }

exec_all() {
	background c1
	[ "$(podman exec c1 echo hi)" = hi ]
	status_is 3 podman exec c1 sh -c 'exit 3'
	[ "$(podman exec -e A=b -w /tmp -u user c1 sh -c 'echo $A; pwd; id -u; id -G' | tr '\n' ' ')" = 'b /tmp 1000 1000 10 20 44 ' ]
	[ "$(echo in | podman exec -i c1 cat)" = in ]
	[ "$(podman exec c1 cat /proc/self/cgroup | sed 's/.*://' | sort -u)" = "$(podman exec c1 cat /proc/1/cgroup | sed 's/.*://' | sort -u)" ]
	podman exec -d c1 sh -c 'echo done >/tmp/flag'
	eventually 5 podman exec c1 test -s /tmp/flag
}
@test "podman exec: output, status, environment, folder, user, stdin, -d" { scenario exec_all; }

exec_errors() {
	background c1
	status_is 127 podman exec c1 no-such-program
	status_is 126 podman exec c1 /etc/motd
	status_is 0 podman exec c1 true
}
@test "podman exec: 127 and 126 as with run" { scenario exec_errors; }

exec_terminal() {
	background c1
	podman exec -t c1 tty | has '/dev/pts/'
	in_terminal podman --runtime "$RT" exec -it c1 sh -c "$STTY_SIZE" | has '24 80'
}
@test "podman exec -t: a terminal of the client's size" { scenario exec_terminal; }

stop_term() {
	podman run -d --name c1 --network none "$IMAGE" sh -c 'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done'
	eventually 5 says up podman logs c1
	podman stop -t 10 c1
	[ "$(podman inspect -f '{{.State.ExitCode}}' c1)" = 9 ]
}
@test "podman stop: TERM ends a container that heeds it" { scenario stop_term; }

stop_kill() {
	background c1
	podman stop -t 1 c1
	[ "$(podman inspect -f '{{.State.ExitCode}}' c1)" = 137 ]
}
@test "podman stop: KILL ends one that does not" { scenario stop_kill; }

kill_signal() {
	podman run -d --name c1 --network none "$IMAGE" sh -c 'trap "echo got usr1" USR1; echo up; while :; do sleep 0.1; done'
	eventually 5 says up podman logs c1
	podman kill -s USR1 c1
	eventually 5 says 'got usr1' podman logs c1
	podman kill c1
	[ "$(podman wait c1)" = 137 ]
}
@test "podman kill: any signal" { scenario kill_signal; }

create_start() {
	podman create --name c1 --network none "$IMAGE" echo late
	[ "$(podman start -a c1)" = late ]
	[ "$(podman start -a c1)" = late ]
	podman rm c1
}
@test "podman create, start twice, rm" { scenario create_start; }

restart() {
	background c1
	local before; before=$(podman inspect -f '{{.State.Pid}}' c1)
	podman restart -t 0 c1
	[ "$(podman inspect -f '{{.State.Pid}} {{.State.Status}}' c1)" != "$before running" ]
	podman exec c1 true
}
@test "podman restart" { scenario restart; }

pause() {
	podman run -d --name c1 --network none "$IMAGE" sh -c 'while :; do echo x; sleep 0.05; done'
	eventually 5 says x podman logs c1
	podman pause c1
	[ "$(podman inspect -f '{{.State.Status}}' c1)" = paused ]
	local lines; lines=$(podman logs c1 | wc -l)
	sleep 0.5
	[ "$(podman logs c1 | wc -l)" -le $((lines + 1)) ]
	podman unpause c1
	eventually 5 more_lines "$lines"
	podman pause c1
	podman rm -f -t 0 c1
}
more_lines() { [ "$(podman logs c1 | wc -l)" -gt $(($1 + 2)) ]; }
@test "podman pause, unpause, rm -f of a paused container" { scenario pause; }

top_stats() {
	background c1
	podman top c1 pid args | has 'sleep 1000'
	controller memory || return 0
	podman stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' c1 | has -E '[0-9].* [1-9]'
}
@test "podman top, stats" { scenario top_stats; }

attach() {
	podman run -d -i --name c1 --network none "$IMAGE" cat
	[ "$(echo through | podman attach c1)" = through ]
}
@test "podman attach" { scenario attach; }

cp_diff_commit() {
	background c1
	inside_sh 'echo moved >$TMPDIR/file'
	podman cp "$ENGINE/work/tmp/file" c1:/data/file
	[ "$(podman exec c1 cat /data/file)" = moved ]
	podman diff c1 | has '^A /data/file'
	podman commit -q c1 localhost/committed
	[ "$(podman run --rm --network none localhost/committed cat /data/file)" = moved ]
}
@test "podman cp, diff, commit" { scenario cp_diff_commit; }

many() {
	local pids=() p
	for p in 1 2 3 4 5 6; do run_busy echo "number $p" >"$OUT.$p" & pids+=($!); done
	for p in "${pids[@]}"; do wait "$p"; done
	[ "$(cat "$OUT".? | sort | tail -n 1)" = 'number 6' ]
}
@test "podman run: six at once" { scenario many; }

descriptors() {
	exec 11</etc/passwd 12>"$OUT.fd"
	run_busy sh -c 'ls -l /proc/self/fd' >"$OUT"
	exec 11<&- 12>&-
	# 0, 1, 2, and the folder that ls reads
	[ "$(grep -c -- '->' "$OUT")" -le 3 ]
	! grep -q passwd "$OUT"
}
@test "podman run: descriptors left open outside do not get in" { scenario descriptors; }

counting() { podman run -d --name "$1" --network none "$IMAGE" sh -c 'i=0; while :; do i=$((i + 1)); echo $i; sleep 0.05; done'; }
last_line() { podman logs "$1" | tail -n 1; }
is_past() { [ "$(last_line "$1")" -gt "$2" ]; }

checkpoint() {
	counting c1
	eventually 10 is_past c1 3
	podman container checkpoint c1
	[ "$(podman inspect -f '{{.State.Status}} {{.State.Checkpointed}}' c1)" = 'exited true' ]
	local before; before=$(last_line c1)
	podman container restore c1
	eventually 10 is_past c1 "$before"
	[ "$(last_line c1)" -lt $((before + 200)) ]
	podman container checkpoint --leave-running c1
	podman exec c1 true
	[ "$(podman container checkpoint --export "$ENGINE/work/tmp/c1.tar.gz" c1 && podman rm c1 &&
		podman container restore --import "$ENGINE/work/tmp/c1.tar.gz" --name c2 >/dev/null && podman inspect -f '{{.State.Status}}' c2 | tail -n 1)" = running ] ||
		podman ps -a --format '{{.Names}} {{.Status}}' | has '^c2 Up'
}
@test "podman container checkpoint, restore" { with_criu && scenario checkpoint; }

inspect_state() {
	background c1
	local pid; pid=$(podman inspect -f '{{.State.Pid}}' c1)
	inside_sh 'tr "\0" " " </proc/$0/cmdline' "$pid" | has 'sleep 1000'
	podman ps --format '{{.Names}} {{.Status}}' | has '^c1 Up'
	podman info -f '{{.Host.OCIRuntime.Name}}' | has -x "$RT"
}
@test "podman ps, inspect, info" { scenario inspect_state; }

@test "podman: nothing is left" { nothing_left "$PODMAN_OWN"; }
