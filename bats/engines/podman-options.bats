# SPDX-License-Identifier: Apache-2.0
# podman-options.bats - what podman's options ask of its runtime: limits, ids, mounts, namespaces, security, pods
# lanes: hybrid v1 v2
# quick: hybrid
# limit: 600

load lib
load podman

setup_file() { engine podman_start "${PODMAN_NEEDS[@]}"; }
teardown_file() { engine_teardown; }

# run OPTION... -- COMMAND...: in the image, without a network unless an option says otherwise
run() {
	local options=(); while [ "$1" != -- ]; do options+=("$1"); shift; done; shift
	podman run --rm "${options[@]}" "$IMAGE" "$@"
}
run_no_net() { run --network none "$@"; }

# cgroup_file CONTAINER V1-CONTROLLER V1-FILE V2-FILE: its content, read from outside
cgroup_file() {
	inside_sh 'p=$(sed -n "s/^[0-9]*:$1://p" /proc/$0/cgroup)
		if [ -d "/sys/fs/cgroup/$1" ]; then cat "/sys/fs/cgroup/$1$p/$2"
		else cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/$0/cgroup)/$3"; fi' \
		"$(podman inspect -f '{{.State.Pid}}' "$1")" "$2" "$3" "$4"
}

# --- limits ---

memory() {
	controller memory || return 0
	podman run -d --name c1 --network none -m 64m --memory-reservation 32m "$IMAGE" sleep 1000
	[ "$(cgroup_file c1 memory memory.limit_in_bytes memory.max)" = 67108864 ]
	[ "$(cgroup_file c1 memory memory.soft_limit_in_bytes memory.low)" = 33554432 ]
}
@test "podman run --memory" { scenario memory; }

memory_oom() {
	controller memory || return 0
	status_is 137 run_no_net -m 16m -- sh -c 'sh -c "x=a; while :; do x=\$x\$x; done"; exit $?'
}
@test "podman run --memory: who takes more is killed" { scenario memory_oom; }

cpus() {
	controller cpu || return 0
	podman run -d --name c1 --network none --cpus 0.5 --cpu-shares 512 "$IMAGE" sleep 1000
	if [ -n "$(cgroup_file c1 cpu cpu.shares /dev/null)" ]; then
		[ "$(cgroup_file c1 cpu cpu.shares x)" = 512 ]
		[ "$(cgroup_file c1 cpu cpu.cfs_quota_us x)" = 50000 ]
	else
		[ "$(cgroup_file c1 cpu x cpu.max)" = '50000 100000' ]
	fi
}
@test "podman run --cpus, --cpu-shares" { scenario cpus; }

cpuset() {
	controller cpuset || return 0
	[ "$(run_no_net --cpuset-cpus 0 -- grep Cpus_allowed_list /proc/self/status | tr -d '\t')" = Cpus_allowed_list:0 ]
}
@test "podman run --cpuset-cpus" { scenario cpuset; }

pids() {
	controller pids || return 0
	podman run -d --name c1 --network none --pids-limit 20 "$IMAGE" sleep 1000
	[ "$(cgroup_file c1 pids pids.max pids.max)" = 20 ]
	says 'fork' podman exec c1 sh -c 'for i in $(seq 30); do sleep 1000 >/dev/null 2>&1 & done'
}
@test "podman run --pids-limit" { scenario pids; }

update() {
	controller memory || return 0
	podman run -d --name c1 --network none -m 64m "$IMAGE" sleep 1000
	podman update --cpus 0.5 --cpu-shares 256 c1
	podman update -m 96m --memory-swap 128m c1
	[ "$(cgroup_file c1 memory memory.limit_in_bytes memory.max)" = 100663296 ]
}
@test "podman update" { knows update && scenario update; }

ulimit() {
	[ "$(run_no_net --ulimit nofile=100:200 --ulimit nproc=500:600 -- sh -c 'ulimit -Sn; ulimit -Hn' | tr '\n' ' ')" = '100 200 ' ]
	[ "$(run_no_net --ulimit core=0:0 --ulimit nofile=100:200 --ulimit nproc=500:600 -- sh -c 'ulimit -c')" = 0 ]
}
@test "podman run --ulimit" { scenario ulimit; }

oom_score() {
	[ "$(run_no_net --oom-score-adj 500 -- cat /proc/self/oom_score_adj)" = 500 ]
}
@test "podman run --oom-score-adj" { scenario oom_score; }

# --- cgroups ---

cgroups_disabled() {
	# No second try: runc cannot do it, and podman does not ask it to.
	[ "$(run_no_net --cgroups disabled -- echo none)" = none ]
}
@test "podman run --cgroups=disabled" { PEER="" scenario cgroups_disabled; }

cgroup_parent() {
	podman run -d --name c1 --network none --cgroup-parent /e2e-parent "$IMAGE" sleep 1000
	inside_sh 'grep -c e2e-parent /proc/$0/cgroup' "$(podman inspect -f '{{.State.Pid}}' c1)" | has -v '^0'
	podman rm -f -t 0 c1
	# conmon may be in it yet
	eventually 20 inside_sh 'find /sys/fs/cgroup -depth -type d -path "*e2e-parent*" -exec rmdir {} +'
}
@test "podman run --cgroup-parent" { scenario cgroup_parent; }

cgroup_namespace() {
	[ "$(run_no_net --cgroupns private -- sed 's/.*://' /proc/self/cgroup | sort -u)" = / ]
	run_no_net --cgroupns host -- cat /proc/self/cgroup | has libpod
	run_no_net --cgroupns private -- sh -c 'd=/sys/fs/cgroup; [ ! -d $d/pids ] || d=$d/pids; test -e $d/cgroup.procs && ! mkdir $d/x 2>/dev/null'
}
@test "podman run --cgroupns" { scenario cgroup_namespace; }

# --- ids ---

user() {
	[ "$(run_no_net -u user -- id)" = 'uid=1000(user) gid=1000(user) groups=10(wheel),20(dialout),44(video),1000(user)' ]
	[ "$(run_no_net -u 5:6 --group-add 44 -- id -G)" = '6 44' ]
	[ "$(run_no_net -u 1000 -- sh -c 'echo x >/dev/stdout; echo y >/dev/stderr' 2>&1 | tr '\n' ' ')" = 'x y ' ]
}
@test "podman run --user, --group-add" { scenario user; }

uidmap() {
	run_no_net --uidmap 0:100000:65536 --gidmap 0:200000:65536 -- sh -c 'cat /proc/self/uid_map /proc/self/gid_map; id -u; stat -c %u /etc/motd' |
		tr -s ' \n' ' ' | has '^ 0 100000 65536 0 200000 65536 0 0 $'
}
@test "podman run --uidmap, --gidmap" { scenario uidmap; }

userns_auto() {
	[ "$(run_no_net --userns auto -- sed 's/ \+/ /g' /proc/self/uid_map | cut -d' ' -f2)" = 0 ]
	[ "$(run_no_net --userns auto -- readlink /proc/self/ns/user)" != "$(inside readlink /proc/self/ns/user)" ]
}
@test "podman run --userns=auto" { scenario userns_auto; }

userns_exec() {
	podman run -d --name c1 --network none --uidmap 0:100000:65536 -v named:/data "$IMAGE" sleep 1000
	[ "$(podman exec c1 sh -c 'touch /data/f; stat -c %u /data/f; id -u' | tr '\n' ' ')" = '0 0 ' ]
	[ "$(podman exec -u user c1 id -u)" = 1000 ]
}
@test "podman exec and a volume in a user namespace" { scenario userns_exec; }

# --- files ---

volumes() {
	podman volume create v1
	run_no_net -v v1:/data -- sh -c 'echo kept >/data/file'
	[ "$(run_no_net -v v1:/data:ro -- sh -c 'cat /data/file; touch /data/x 2>/dev/null || echo refused' | tr '\n' ' ')" = 'kept refused ' ]
	[ "$(run_no_net -v "$ENGINE/image.tar:/etc/motd:ro" -- sh -c 'ls -l /etc/motd | wc -l')" = 1 ]
	run_no_net -v "$ENGINE/work:/new/deep/place" -- ls /new/deep/place | has podman
}
@test "podman run --volume: named, folders, files, read-only, new places" { scenario volumes; }

volume_propagation() {
	inside_sh 'mkdir -p $0/work/shared; mount --bind $0/work/shared $0/work/shared; mount --make-rshared $0/work/shared' "$ENGINE"
	podman run -d --name c1 --network none -v "$ENGINE/work/shared:/data:rslave" "$IMAGE" sleep 1000
	inside_sh 'mkdir $0/work/shared/new; mount -t tmpfs new $0/work/shared/new' "$ENGINE"
	podman exec c1 cat /proc/self/mountinfo | has ' /data/new '
	podman rm -f -t 0 c1
	inside_sh 'umount $0/work/shared/new $0/work/shared; rm -r $0/work/shared' "$ENGINE"
}
@test "podman run --volume ...:rslave: a later mount appears" { scenario volume_propagation; }

mount_option() {
	inside_sh 'mkdir -p $TMPDIR/m/sub; echo mine >$TMPDIR/m/file'
	[ "$(run_no_net --mount "type=bind,src=$ENGINE/work/tmp/m,dst=/data,ro" -- sh -c 'cat /data/file; touch /data/x 2>/dev/null || echo refused' |
		tr '\n' ' ')" = 'mine refused ' ]
	[ "$(run_no_net --mount "type=bind,src=$ENGINE/work/tmp/m,dst=/new/place,bind-propagation=rslave,bind-nonrecursive" -- cat /new/place/file)" = mine ]
	podman volume create v1
	run_no_net --mount type=volume,src=v1,dst=/data -- sh -c 'echo kept >/data/file'
	[ "$(run_no_net --mount type=volume,src=v1,dst=/data,ro -- cat /data/file)" = kept ]
	run_no_net --mount type=tmpfs,dst=/new,tmpfs-mode=700,tmpfs-size=2m,noexec -- sh -c 'grep " /new " /proc/mounts; stat -c %a /new' >"$OUT"
	grep 'tmpfs.*noexec.*size=2048k' "$OUT"
	grep -x 700 "$OUT"
	[ "$(run_no_net --mount "type=image,src=$IMAGE,dst=/image" -- cat /image/etc/motd)" = 'made for ocirt' ]
	run_no_net --mount type=devpts,dst=/other/pts -- grep ' /other/pts devpts ' /proc/mounts | has devpts
	status_is 125 run_no_net --mount type=bind,src=/no/such/folder,dst=/data -- true || status_is 126 run_no_net --mount type=bind,src=/no/such/folder,dst=/data -- true
}
@test "podman run --mount: bind, volume, tmpfs, image, devpts" { scenario mount_option; }

volume_overlay() {
	inside_sh 'mkdir -p $TMPDIR/o; echo below >$TMPDIR/o/file'
	[ "$(run_no_net -v "$ENGINE/work/tmp/o:/data:O" -- sh -c 'cat /data/file; echo above >/data/file; cat /data/file' | tr '\n' ' ')" = 'below above ' ]
	[ "$(inside cat "$ENGINE/work/tmp/o/file")" = below ]
}
@test "podman run --volume ...:O: an overlay that the folder does not see" { scenario volume_overlay; }

tmpfs() {
	run_no_net --tmpfs /new:size=4m,mode=700,noexec -- sh -c 'grep " /new " /proc/mounts; stat -c %a /new' >"$OUT"
	grep 'tmpfs.*noexec.*size=4096k' "$OUT"
	grep -x 700 "$OUT"
	run_no_net --mount type=tmpfs,dst=/data,tmpfs-size=1m -- df /data | has 1024
	run_no_net --shm-size 8m -- df /dev/shm | has 8192
}
@test "podman run --tmpfs, --shm-size" { scenario tmpfs; }

read_only() {
	[ "$(run_no_net --read-only -- sh -c 'touch /data/x 2>/dev/null || echo refused; touch /tmp/x /run/x && echo ok' | tr '\n' ' ')" = 'refused ok ' ]
	status_is 1 run_no_net --read-only --read-only-tmpfs=false -- touch /tmp/x
}
@test "podman run --read-only" { scenario read_only; }

device() {
	run_no_net --device /dev/zero:/dev/nothing:r -- sh -c 'head -c 4 /dev/nothing | wc -c; stat -c "%t %T" /dev/nothing' | tr '\n' ' ' | has '^4 1 5 $'
	status_is 1 run_no_net --device /dev/fuse:/dev/f:r -- sh -c ': <>/dev/f && : </dev/f'
	status_is 0 run_no_net --device /dev/fuse:/dev/f:r -- sh -c ': </dev/f'
	status_is 1 run_no_net --cap-add mknod -- sh -c 'mknod /tmp/kmem c 1 2 && head -c 1 /tmp/kmem'
	run_no_net -- sh -c 'for d in null zero full random urandom tty; do test -c /dev/$d || exit 1; done; test -L /dev/fd && test -L /dev/ptmx'
}
@test "podman run --device, the default nodes, no other can be used" { scenario device; }

device_rule() {
	[ "$(run_no_net --cap-add mknod --device-cgroup-rule 'c 1:5 rmw' -- sh -c 'mknod /tmp/zero c 1 5 && head -c 2 /tmp/zero | wc -c')" = 2 ]
}
@test "podman run --device-cgroup-rule" { scenario device_rule; }

secrets() {
	inside_sh 'printf hidden >$TMPDIR/s'
	podman secret create s1 "$ENGINE/work/tmp/s"
	[ "$(run_no_net --secret s1 -- cat /run/secrets/s1)" = hidden ]
	[ "$(run_no_net --secret s1,type=env,target=S -- sh -c 'echo $S')" = hidden ]
}
@test "podman run --secret" { scenario secrets; }

root_folder() {
	inside_sh '$1/image.sh --rootfs $0/work/tmp/rootfs' "$ENGINE" "$BATS_TEST_DIRNAME"
	[ "$(podman run --rm --network none --rootfs "$ENGINE/work/tmp/rootfs" cat /etc/motd)" = 'made for ocirt' ]
	inside rm -rf "$ENGINE/work/tmp/rootfs"
}
@test "podman run --rootfs" { scenario root_folder; }

# --- namespaces ---

namespaces() {
	local kind
	for kind in pid ipc uts; do
		[ "$(run_no_net "--$kind=host" -- readlink "/proc/self/ns/$kind")" = "$(inside readlink "/proc/self/ns/$kind")" ]
		[ "$(run_no_net -- readlink "/proc/self/ns/$kind")" != "$(inside readlink "/proc/self/ns/$kind")" ]
	done
	[ "$(run --network host -- readlink /proc/self/ns/net)" = "$(inside readlink /proc/self/ns/net)" ]
}
@test "podman run --pid, --ipc, --uts, --network=host" { scenario namespaces; }

join_container() {
	background c1
	[ "$(run --network container:c1 --pid container:c1 --ipc container:c1 -- ps -o args | grep -c '^sleep 1000')" = 1 ]
}
@test "podman run --network, --pid, --ipc of another container" { scenario join_container; }

host_pid_stop() {
	podman run -d --name c1 --network none --pid host "$IMAGE" sh -c 'sleep 999 & sleep 999'
	podman rm -f -t 0 c1
	! inside ps -e -o args | has '^sleep 999'
}
@test "podman run --pid=host: all of its processes end with it" { scenario host_pid_stop; }

bridge() {
	run -- ip -4 addr show eth0 | has 'inet 10\.'
	podman run -d --name c1 "$IMAGE" sh -c 'echo served >/tmp/index.html; httpd -f -p 80 -h /tmp'
	local address; address=$(podman inspect -f '{{.NetworkSettings.IPAddress}}' c1)
	eventually 10 served "$address"
}
served() { [ "$(run -- wget -q -O - "http://$1/")" = served ]; }
@test "podman run: a bridge network" { scenario bridge; }

hostname() {
	[ "$(run_no_net --hostname given -- hostname)" = given ]
	run_no_net --hostname given -- cat /etc/hosts | has given
}
@test "podman run --hostname" { scenario hostname; }

sysctl() {
	[ "$(run_no_net --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=4096 -- cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax | tr '\n' ' ')" = '1 4096 ' ]
}
@test "podman run --sysctl" { scenario sysctl; }

# --- security ---

capabilities() {
	cap() { awk '/^CapEff/ { print $2 }'; }
	[ "$(run_no_net --cap-drop all -- cat /proc/self/status | cap)" = 0000000000000000 ]
	[ "$(run_no_net --cap-drop all --cap-add net_raw -- cat /proc/self/status | cap)" = 0000000000002000 ]
	[ "$(run_no_net -u 1000 -- cat /proc/self/status | cap)" = 0000000000000000 ]
	[ "$(run_no_net -u 1000 --cap-add net_raw -- cat /proc/self/status | cap)" = 0000000000002000 ]
}
@test "podman run --cap-drop, --cap-add" { scenario capabilities; }

privileged() {
	run_no_net --privileged -- sh -c 'awk "/^Seccomp:/ { print \$2 }" /proc/self/status; test -e /dev/kmsg && mount -t tmpfs x /data && echo mounted' |
		tr '\n' ' ' | has '^0 mounted'
}
@test "podman run --privileged" { scenario privileged; }

exec_privileged() {
	background c1
	podman exec --privileged c1 awk '/^CapEff/ { print $2 }' /proc/self/status | has -v 00000000a80425fb
	podman exec c1 awk '/^CapEff/ { print $2 }' /proc/self/status | has '^00000000'
}
@test "podman exec --privileged" { scenario exec_privileged; }

seccomp() {
	run_no_net -- grep -E '^Seccomp:' /proc/self/status | has 2
	run_no_net --security-opt seccomp=unconfined -- grep -E '^Seccomp:' /proc/self/status | has 0
	inside_sh 'echo "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28}]}" >$TMPDIR/p.json'
	says 'No space left' run_no_net --security-opt "seccomp=$ENGINE/work/tmp/p.json" -- mkdir /tmp/x
}
@test "podman run --security-opt seccomp=" { scenario seccomp; }

no_new_privileges() {
	run_no_net --security-opt no-new-privileges -- grep NoNewPrivs /proc/self/status | has 1
	run_no_net -- grep NoNewPrivs /proc/self/status | has 0
}
@test "podman run --security-opt no-new-privileges" { scenario no_new_privileges; }

masks() {
	[ "$(run_no_net -- sh -c 'cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c; ls /sys/firmware | wc -l' | tr '\n' ' ')" = '0 0 ' ]
	status_is 1 run_no_net -- sh -c 'echo 0 >/proc/sys/kernel/sysrq'
	status_is 0 run_no_net --security-opt unmask=all -- sh -c '! grep " /proc/kcore " /proc/mounts'
	run_no_net --security-opt mask=/etc/group -- sh -c 'wc -c </etc/group' | has '^0'
}
@test "podman run: masked and read-only paths, --security-opt mask, unmask" { scenario masks; }

umask() {
	[ "$(run_no_net --umask 0027 -- sh -c umask)" = 0027 ]
}
@test "podman run --umask" { scenario umask; }

personality() {
	[ "$(run_no_net --personality LINUX32 -- uname -m)" = i686 ]
}
@test "podman run --personality" { scenario personality; }

# --- the process ---

init() {
	run_no_net --init -- sh -c 'cat /proc/1/comm; echo $$' | tr '\n' ' ' | has -E '^(podman-init|catatonit) [2-9]'
}
@test "podman run --init" { scenario init; }

environment() {
	[ "$(run_no_net -e A=1 -e B='two words' -w /data --entrypoint '["sh","-c"]' -- 'echo $A $B $PWD $HOME $container')" = '1 two words /data /root podman' ]
	run_no_net -u user -- sh -c 'echo $HOME' | has '^/home/user'
}
@test "podman run --env, --workdir, --entrypoint" { scenario environment; }

preserve_fds() {
	inside_sh 'exec 3<$0; podman --runtime "$1" run --rm --network none --preserve-fds 1 "$2" cat /proc/self/fd/3' \
		/etc/debian_version "$RT" "$IMAGE" | has .
}
@test "podman run --preserve-fds" { scenario preserve_fds; }

timeout_option() {
	status_is 255 run_no_net --timeout 1 -- sleep 100 || status_is 137 run_no_net --timeout 1 -- sleep 100
}
@test "podman run --timeout" { scenario timeout_option; }

stop_signal() {
	podman run -d --name c1 --network none --stop-signal USR2 "$IMAGE" sh -c 'trap "exit 4" USR2; echo up; while :; do sleep 0.1; done'
	eventually 5 says up podman logs c1
	podman stop -t 10 c1
	[ "$(podman inspect -f '{{.State.ExitCode}}' c1)" = 4 ]
}
@test "podman run --stop-signal" { scenario stop_signal; }

restart_policy() {
	podman run -d --name c1 --network none --restart on-failure:2 "$IMAGE" sh -c 'echo again; exit 1'
	eventually 10 three_times
}
three_times() { [ "$(podman logs c1 | grep -c again)" = 3 ]; }
@test "podman run --restart" { scenario restart_policy; }

health() {
	podman run -d --name c1 --network none --health-cmd 'test -e /data/well' --health-interval disable "$IMAGE" sleep 1000
	status_is 1 podman healthcheck run c1
	podman exec c1 touch /data/well
	podman healthcheck run c1
	[ "$(podman inspect -f '{{.State.Health.Status}}' c1)" = healthy ]
}
@test "podman healthcheck" { scenario health; }

annotations() {
	podman run -d --name c1 --network none --annotation com.example.key=value "$IMAGE" sleep 1000
	local id; id=$(podman inspect -f '{{.Id}}' c1)
	inside "$RT_PATH" state "$id" | has com.example.key
}
@test "podman run --annotation: in the runtime's state" { scenario annotations; }

oci_hooks() {
	inside_sh 'mkdir -p $TMPDIR/hooks.d
		printf "#!/bin/sh\ncat >$TMPDIR/hook.state\n" >$TMPDIR/hook; chmod +x $TMPDIR/hook
		echo "{\"version\": \"1.0.0\", \"hook\": {\"path\": \"$TMPDIR/hook\"}, \"when\": {\"always\": true}, \"stages\": [\"createRuntime\"]}" >$TMPDIR/hooks.d/h.json'
	podman --hooks-dir "$ENGINE/work/tmp/hooks.d" run --rm --network none "$IMAGE" true
	inside jq -e '.id != "" and .pid > 0 and (.status | test("creat"))' "$ENGINE/work/tmp/hook.state"
}
@test "podman --hooks-dir: a createRuntime hook gets the state" { scenario oci_hooks; }

# --- pods ---

pod() {
	podman pod create --name p1 --network none
	podman run -d --pod p1 --name c1 "$IMAGE" sleep 1000
	podman run -d --pod p1 --name c2 "$IMAGE" sleep 1000
	[ "$(podman exec c1 readlink /proc/self/ns/net)" = "$(podman exec c2 readlink /proc/self/ns/net)" ]
	[ "$(podman exec c1 readlink /proc/self/ns/mnt)" != "$(podman exec c2 readlink /proc/self/ns/mnt)" ]
	podman pod pause p1
	podman pod unpause p1
	podman pod top p1 | has 'sleep 1000'
	podman pod stop -t 0 p1
	podman pod start p1
	[ "$(podman exec c2 echo again)" = again ]
	podman pod rm -f -t 0 p1
}
@test "podman pod: create, run in it, pause, stop, start, rm" { scenario pod; }

pod_shared_pid() {
	podman pod create --name p1 --network none --share net,ipc,uts,pid
	podman run -d --pod p1 --name c1 "$IMAGE" sleep 1000
	podman run -d --pod p1 --name c2 "$IMAGE" sleep 1000
	[ "$(podman exec c1 ps -o args | grep -c '^sleep 1000')" = 2 ]
	podman pod rm -f -t 0 p1
}
@test "podman pod: a shared pid namespace" { scenario pod_shared_pid; }

play_kube() {
	inside_sh 'cat >$TMPDIR/pod.yaml <<-E
			apiVersion: v1
			kind: Pod
			metadata: {name: kube}
			spec:
			  containers:
			  - {name: main, image: $0, command: [sleep, "1000"], securityContext: {readOnlyRootFilesystem: true}}
		E' "$IMAGE"
	podman play kube --network none "$ENGINE/work/tmp/pod.yaml"
	status_is 1 podman exec kube-main touch /data/x
	podman play kube --down "$ENGINE/work/tmp/pod.yaml"
}
@test "podman play kube" { scenario play_kube; }

generate_kube() {
	podman run -d --name c1 --network none --read-only -e A=b "$IMAGE" sleep 1000
	podman generate kube c1 >"$OUT"
	podman rm -f -t 0 c1
	inside_sh 'cat >$TMPDIR/made.yaml' <"$OUT"
	podman play kube --network none "$ENGINE/work/tmp/made.yaml"
	[ "$(podman exec c1-pod-c1 sh -c 'echo $A' || podman exec c1_pod-c1 sh -c 'echo $A')" = b ]
	podman play kube --down "$ENGINE/work/tmp/made.yaml"
}
@test "podman generate kube, and play it" { scenario generate_kube; }

# notified OPTION... -- COMMAND...: a container whose podman has a service manager; what that heard is in work/tmp/heard
notified() {
	"${CC:-cc}" -D_GNU_SOURCE -O1 -static -o "$ENGINE/bin/notify" "$BATS_TEST_DIRNAME/../lib/notify.c"
	inside_sh 'rm -f $TMPDIR/sd.sock $TMPDIR/heard; setsid notify listen $TMPDIR/sd.sock $TMPDIR/heard </dev/null >/dev/null 2>&1 & echo $! >$TMPDIR/listener
		for i in $(seq 100); do [ ! -S $TMPDIR/sd.sock ] || exit 0; sleep 0.05; done; exit 1'
	local options=(); while [ "$1" != -- ]; do options+=("$1"); shift; done; shift
	inside env NOTIFY_SOCKET="$ENGINE/work/tmp/sd.sock" podman --runtime "$RT" run -d --network none -v "$ENGINE/bin/notify:/bin/notify:ro" \
		"${options[@]}" "$IMAGE" "$@"
}
heard() { inside grep -q "$1" "$ENGINE/work/tmp/heard"; }

sd_notify() {
	notified --name c1 --sdnotify container -- sh -c 'notify send READY=1; sleep 1000'
	eventually 10 heard READY=1
	inside_sh 'kill $(cat $TMPDIR/listener)'
	notified --name c2 --sdnotify conmon -- sh -c 'echo "<$NOTIFY_SOCKET>"; sleep 1000'
	eventually 10 heard MAINPID=
	eventually 10 says '<>' podman logs c2
	inside_sh 'kill $(cat $TMPDIR/listener)'
	notified --name c3 --sdnotify ignore -- sh -c 'echo "<$NOTIFY_SOCKET>"; sleep 1000'
	eventually 10 says '<>' podman logs c3
	inside_sh 'kill $(cat $TMPDIR/listener)'
}
@test "podman run --sdnotify: container, conmon, ignore" { scenario sd_notify; }

systemd_mode() {
	run_no_net --systemd always -- sh -c 'grep -q "/run tmpfs\|/run/lock" /proc/mounts && echo $container; grep cgroup /proc/mounts' >"$OUT"
	grep -x podman "$OUT"
	grep -E 'cgroup2? (/sys/fs/cgroup/systemd cgroup|/sys/fs/cgroup cgroup2) rw' "$OUT"
}
@test "podman run --systemd=always" { scenario systemd_mode; }

rm_created() {
	podman create --name c1 --network none "$IMAGE" sleep 1000
	podman init c1
	[ "$(podman inspect -f '{{.State.Status}}' c1)" = initialized ]
	podman rm -f c1
}
@test "podman init, rm -f of a created container" { scenario rm_created; }

@test "podman options: nothing is left" { nothing_left "$PODMAN_OWN"; }
