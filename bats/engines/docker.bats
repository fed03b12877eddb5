# SPDX-License-Identifier: Apache-2.0
# docker.bats - a dockerd of our own with ocirt as an added runtime
# lanes: hybrid v1 v2
# quick: hybrid
# limit: 500

load lib
load containerd

IMAGE=busy:latest
docker() { inside docker -H "unix://$ENGINE/work/docker.sock" "$@"; }
run_busy() { docker run --runtime "$RT" --rm --network none "$IMAGE" "$@"; }
run() {
	local options=(); while [ "$1" != -- ]; do options+=("$1"); shift; done; shift
	docker run --runtime "$RT" --rm --network none "${options[@]}" "$IMAGE" "$@"
}
background() { docker run --runtime "$RT" -d --name "$1" --network none "$IMAGE" sleep 1000; }

setup_file() { engine docker_start dockerd:docker.io docker:docker.io; }
docker_start() {
	# dockerd starts its own containerd; "runc" in its PATH is asked for its version only.
	start_daemon docker dockerd --host "unix://$ENGINE/work/docker.sock" --data-root "$ENGINE/work/docker" \
		--exec-root /run/docker --pidfile /run/docker.pid \
		--iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --storage-driver overlay2 \
		--exec-opt native.cgroupdriver=cgroupfs --add-runtime "ocirt=$ENGINE/bin/ocirt" --default-runtime ocirt
	eventually 30 docker version >/dev/null 2>&1 || { inside cat "$ENGINE/work/docker.log"; return 1; }
	"$BATS_TEST_DIRNAME/image.sh" "$ENGINE/docker.tar" "$IMAGE"
	docker load -q -i "$ENGINE/docker.tar"
}
teardown_file() { engine_teardown; }

clean_up() {
	local ids; ids=$(docker ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || docker rm -f $ids
	docker volume prune -f
}

run_status() {
	[ "$(run_busy echo hello)" = hello ]
	status_is 7 run_busy sh -c 'exit 7'
	[ "$( (echo in; sleep 0.5) | run -i -- cat)" = in ]
	[ "$(run -- sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ]
}
@test "docker run: output, status, standard input" { scenario run_status; }

run_errors() {
	status_is 127 run_busy no-such-program
	status_is 127 run_busy /no/such/program
	status_is 126 run_busy /etc/motd
	status_is 126 run_busy /etc
}
@test "docker run: 127 for a missing program, 126 for one that cannot be executed" { scenario run_errors; }

run_detached_logs_rm() {
	docker run --runtime "$RT" -d --name c1 --network none "$IMAGE" sh -c 'echo one; echo two >&2; exec sleep 100'
	eventually 5 says two docker logs c1
	[ "$(docker inspect -f '{{.State.Status}} {{.HostConfig.Runtime}}' c1)" = "running $RT" ]
	docker rm -f c1
	status_is 1 docker inspect c1
}
@test "docker run -d, logs, inspect, rm -f" { scenario run_detached_logs_rm; }

run_terminal() {
	in_terminal docker -H "unix://$ENGINE/work/docker.sock" run --runtime "$RT" -it --rm --network none "$IMAGE" \
		sh -c "tty; $STTY_SIZE" >"$OUT"
	grep '/dev/pts/0' "$OUT"
	grep '24 80' "$OUT"
	background c1
	in_terminal docker -H "unix://$ENGINE/work/docker.sock" exec -it c1 sh -c "tty; $STTY_SIZE" >"$OUT"
	grep '/dev/pts/' "$OUT"
	grep '24 80' "$OUT"
}
@test "docker run -t, exec -t: a terminal of the client's size" { scenario run_terminal; }

exec_all() {
	background c1
	[ "$(docker exec c1 echo hi)" = hi ]
	status_is 3 docker exec c1 sh -c 'exit 3'
	status_is 127 docker exec c1 no-such-program || status_is 126 docker exec c1 no-such-program
	status_is 126 docker exec c1 /etc/motd
	[ "$(docker exec -e A=b -w /tmp -u user c1 sh -c 'echo $A; pwd; id -u' | tr '\n' ' ')" = 'b /tmp 1000 ' ]
	[ "$(echo in | docker exec -i c1 cat)" = in ]
	docker exec -d c1 sh -c 'echo done >/tmp/flag'
	eventually 5 docker exec c1 test -s /tmp/flag
}
@test "docker exec: output, status, environment, folder, user, stdin, -d" { scenario exec_all; }

stop_kill() {
	docker run --runtime "$RT" -d --name c1 --network none "$IMAGE" sh -c 'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done'
	eventually 5 says up docker logs c1
	docker stop -t 10 c1
	[ "$(docker inspect -f '{{.State.ExitCode}}' c1)" = 9 ]
	docker start c1
	docker kill -s KILL c1
	[ "$(docker wait c1)" = 137 ]
	docker restart -t 0 c1
	[ "$(docker inspect -f '{{.State.Status}}' c1)" = running ]
}
@test "docker stop, start, kill, wait, restart" { scenario stop_kill; }

pause() {
	background c1
	docker pause c1
	[ "$(docker inspect -f '{{.State.Status}}' c1)" = paused ]
	docker unpause c1
	[ "$(docker exec c1 echo awake)" = awake ]
	docker pause c1
	docker rm -f c1
}
@test "docker pause, unpause, rm -f of a paused container" { scenario pause; }

top_stats() {
	background c1
	docker top c1 | has 'sleep 1000'
	controller memory || return 0
	docker stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' c1 | has -E '^[1-9].* 1$'
}
@test "docker top, stats" { scenario top_stats; }

limits() {
	controller memory || return 0
	docker run --runtime "$RT" -d --name c1 --network none -m 64m --cpus 0.5 --pids-limit 20 "$IMAGE" sleep 1000
	[ "$(docker exec c1 sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max')" = 67108864 ]
	[ "$(docker exec c1 sh -c 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max')" = 20 ]
}
@test "docker run -m, --cpus, --pids-limit" { scenario limits; }

update() {
	controller memory || return 0
	docker run --runtime "$RT" -d --name c1 --network none -m 64m --cpus 0.5 --pids-limit 20 "$IMAGE" sleep 1000
	docker update -m 96m --memory-swap 128m --cpus 0.25 --pids-limit 30 c1
	[ "$(docker exec c1 sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max')" = 100663296 ]
	[ "$(docker exec c1 sh -c 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max')" = 30 ]
}
@test "docker update" { knows update && scenario update; }

oom() {
	controller memory || return 0
	docker run --runtime "$RT" --name c1 --network none -m 16m "$IMAGE" sh -c 'x=a; while :; do x=$x$x; done' || true
	[ "$(docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' c1)" = 'true 137' ]
}
@test "docker run -m: who takes more is killed, and docker knows why" { scenario oom; }

init() { run --init -- sh -c 'cat /proc/1/comm; echo $$' | tr '\n' ' ' | has -E '(init|tini) [2-9]'; }
@test "docker run --init" { scenario init; }

user() {
	[ "$(run -u user -- id -u)" = 1000 ]
	[ "$(run -u 1000 -- sh -c 'echo x >/dev/stdout; echo y >/dev/stderr' 2>&1 | sort | tr '\n' ' ')" = 'x y ' ]
	[ "$(run -u 5:6 --group-add 44 -- id -G)" = '6 44' ]
}
@test "docker run --user, --group-add" { scenario user; }

files() {
	docker volume create v1
	run -v v1:/data -- sh -c 'echo kept >/data/file'
	[ "$(run -v v1:/data:ro -- sh -c 'cat /data/file; touch /data/x 2>/dev/null || echo refused' | tr '\n' ' ')" = 'kept refused ' ]
	status_is 1 run --read-only -- touch /data/x
	run --tmpfs /data:size=4m -- grep ' /data ' /proc/mounts | has 'size=4096k'
	run --shm-size 8m -- df /dev/shm | has 8192
	run -v "$ENGINE/image.tar:/etc/motd:ro" -- sh -c 'wc -c </etc/motd' | has -E '^[0-9]{6,}'
}
@test "docker run -v, --read-only, --tmpfs, --shm-size" { scenario files; }

cp_commit() {
	background c1
	inside_sh 'echo moved >$TMPDIR/file'
	docker cp "$ENGINE/work/tmp/file" c1:/data/file
	[ "$(docker exec c1 cat /data/file)" = moved ]
	docker diff c1 | has '^A /data/file'
	docker commit c1 committed
	[ "$(docker run --runtime "$RT" --rm --network none committed cat /data/file)" = moved ]
}
@test "docker cp, diff, commit" { scenario cp_commit; }

security() {
	cap() { awk '/^CapEff/ { print $2 }'; }
	[ "$(run --cap-drop all --cap-add net_raw -- cat /proc/self/status | cap)" = 0000000000002000 ]
	run -- grep '^Seccomp:' /proc/self/status | has 2
	run --security-opt seccomp=unconfined -- grep '^Seccomp:' /proc/self/status | has 0
	run --security-opt no-new-privileges -- grep NoNewPrivs /proc/self/status | has 1
	[ "$(run -- sh -c 'cat /proc/kcore /proc/keys 2>/dev/null | wc -c')" = 0 ]
}
@test "docker run --cap-add, --security-opt, masked paths" { scenario security; }

privileged() {
	run --privileged -- sh -c 'mount -t tmpfs x /data && echo mounted' | has mounted
	background c1
	docker exec --privileged c1 grep CapEff /proc/self/status | has -v 00000000a80425fb
}
@test "docker run --privileged, exec --privileged" { scenario privileged; }

device() {
	status_is 0 run --device /dev/fuse:/dev/f:r -- sh -c ': </dev/f'
	status_is 1 run --device /dev/fuse:/dev/f:r -- sh -c ': <>/dev/f'
}
@test "docker run --device" { scenario device; }

namespaces() {
	[ "$(run --pid host -- readlink /proc/self/ns/pid)" = "$(inside readlink /proc/self/ns/pid)" ]
	[ "$(run --uts host -- readlink /proc/self/ns/uts)" = "$(inside readlink /proc/self/ns/uts)" ]
	[ "$(docker run --runtime "$RT" --rm --network host "$IMAGE" readlink /proc/self/ns/net)" = "$(inside readlink /proc/self/ns/net)" ]
	docker run --runtime "$RT" -d --name c1 --network none --ipc shareable "$IMAGE" sleep 1000
	[ "$(run --pid container:c1 --ipc container:c1 -- ps -o args | grep -c '^sleep 1000')" = 1 ]
	[ "$(run --hostname given -- hostname)" = given ]
	run --cgroupns private -- cat /proc/self/cgroup | has ':/$'
}
@test "docker run --pid, --uts, --network, --ipc, --hostname, --cgroupns" { scenario namespaces; }

bridge() {
	docker run --runtime "$RT" --rm "$IMAGE" ip -4 addr show eth0 | has 'inet 172\.'
	docker run --runtime "$RT" -d --name c1 "$IMAGE" sh -c 'echo served >/tmp/index.html; httpd -f -p 80 -h /tmp'
	local address; address=$(docker inspect -f '{{.NetworkSettings.IPAddress}}' c1)
	eventually 10 served "$address"
}
served() { [ "$(docker run --runtime "$RT" --rm "$IMAGE" wget -q -O - "http://$1/")" = served ]; }
@test "docker run: a bridge network, made by a prestart hook" { scenario bridge; }

options() {
	[ "$(run --sysctl net.ipv4.ip_forward=1 -- cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
	[ "$(run --ulimit nofile=100:200 -- sh -c 'ulimit -Sn; ulimit -Hn' | tr '\n' ' ')" = '100 200 ' ]
	[ "$(run --oom-score-adj 500 -- cat /proc/self/oom_score_adj)" = 500 ]
	[ "$(run -e A=1 -w /data --entrypoint sh -- -c 'echo $A $PWD')" = '1 /data' ]
}
@test "docker run --sysctl, --ulimit, --oom-score-adj, --env, --entrypoint" { scenario options; }

restart_policy() {
	docker run --runtime "$RT" -d --name c1 --network none --restart on-failure:2 "$IMAGE" sh -c 'echo again; exit 1'
	eventually 15 three_times
}
three_times() { [ "$(docker logs c1 | grep -c again)" = 3 ]; }
@test "docker run --restart" { scenario restart_policy; }

health() {
	docker run --runtime "$RT" -d --name c1 --network none --health-cmd 'test -e /data/well' --health-interval 1s "$IMAGE" sleep 1000
	docker exec c1 touch /data/well
	eventually 10 healthy
}
healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' c1)" = healthy ]; }
@test "docker run --health-cmd" { scenario health; }

attach() {
	docker run --runtime "$RT" -d -i --name c1 --network none "$IMAGE" sh -c 'read a; echo "got $a"'
	[ "$( (echo it; sleep 0.5) | docker attach c1)" = 'got it' ]
}
@test "docker attach" { scenario attach; }

build() {
	inside_sh 'mkdir -p $TMPDIR/build; printf "FROM busy\nRUN echo built >/data/file\nUSER user\nRUN id -u >/tmp/id\nCMD cat /data/file /tmp/id\n" >$TMPDIR/build/Dockerfile'
	inside env DOCKER_BUILDKIT=0 docker -H "unix://$ENGINE/work/docker.sock" build --network none -t built "$ENGINE/work/tmp/build"
	[ "$(docker run --runtime "$RT" --rm --network none built | tr '\n' ' ')" = 'built 1000 ' ]
}
@test "docker build" { scenario build; }

descriptors() {
	run_busy ls -l /proc/self/fd >"$OUT"
	[ "$(grep -c -- '->' "$OUT")" -le 3 ]
	! grep -E 'passwd|leak' "$OUT"
}
@test "docker run: descriptors that the daemon inherited do not get in" { scenario descriptors; }

many() {
	local pids=() n
	for n in 1 2 3 4 5 6; do run_busy echo "number $n" >"$OUT.$n" & pids+=($!); done
	for n in "${pids[@]}"; do wait "$n"; done
	[ "$(cat "$OUT".? | sort | tail -n 1)" = 'number 6' ]
}
@test "docker run: six at once" { scenario many; }

info() {
	docker info -f '{{.DefaultRuntime}} {{json .Runtimes}}' | has '^ocirt.*"ocirt"'
	docker info | has 'Runtimes:.*ocirt'
}
@test "docker info" { scenario info; }

@test "docker: nothing is left" {
	stop_daemon docker
	nothing_left '/(docker|buildkit)$|^/run/docker/netns|^/run/docker/netns/default$'
}
