# SPDX-License-Identifier: Apache-2.0
# podman-rootless.bats - podman as a user without privileges, with ocirt as its runtime
# lanes: hybrid v1 v2
# quick: hybrid
# limit: 400

load lib
load podman

setup_file() { engine rootless_start "${PODMAN_NEEDS[@]}" newuidmap:uidmap setpriv:util-linux; }
rootless_start() {
	podman_start
	# A user of our own: files of /etc are covered in the frame, not changed.
	inside_sh 'cd $0/work; mkdir -p user/home user/tmp /run/user/4242
		cp /etc/passwd passwd; cp /etc/group group
		echo "tester:x:4242:4242::$0/work/user/home:/bin/sh" >>passwd; echo "tester:x:4242:" >>group
		echo "tester:1000000:65536" | tee subuid >subgid
		for file in passwd group; do mount --bind $file /etc/$file; done
		chmod 700 /run/user/4242; chown -R 4242:4242 user /run/user/4242
		chmod 666 /dev/fuse /dev/net/tun 2>/dev/null || true
		cat >/etc/containers/storage.conf <<-E
			[storage]
			driver = "overlay"
			graphroot = "/var/lib/containers/storage"
			runroot = "/run/containers/storage"
			rootless_storage_path = "$0/work/user/storage"
		E
		sed -i "/tmp_dir/d; /volume_path/d; /network_config_dir/d; s/^pids_limit.*/pids_limit = 0/" /etc/containers/containers.conf
		chmod 755 /etc/containers; chmod 644 /etc/containers/*' "$ENGINE"
	as_user podman load -q -i "$ENGINE/image.tar"
}
teardown_file() { engine_teardown; }

as_user() {
	inside setpriv --reuid 4242 --regid 4242 --init-groups env -C "$ENGINE/work/user/home" HOME="$ENGINE/work/user/home" \
		USER=tester XDG_RUNTIME_DIR=/run/user/4242 TMPDIR="$ENGINE/work/user/tmp" "$@"
}
podman() { as_user podman --runtime "$RT" "$@"; }
run() {
	local options=(); while [ "$1" != -- ]; do options+=("$1"); shift; done; shift
	podman run --rm --network none "${options[@]}" "$IMAGE" "$@"
}

run_status() {
	[ "$(run -- echo hello)" = hello ]
	status_is 7 run -- sh -c 'exit 7'
	status_is 127 run -- no-such-program
	status_is 126 run -- /etc/motd
	[ "$(run -- id -u)" = 0 ]
	[ "$(echo in | run -i -- cat)" = in ]
}
@test "podman run, rootless: output and exit status" { scenario run_status; }

detached() {
	background c1
	[ "$(podman exec c1 echo hi)" = hi ]
	status_is 3 podman exec c1 sh -c 'exit 3'
	[ "$(podman exec -u user c1 id -u)" = 1000 ]
	[ "$(inside stat -c %u "/proc/$(podman inspect -f '{{.State.Pid}}' c1)")" = 4242 ]
	podman top c1 | has 'sleep 1000'
	podman stop -t 0 c1
	podman start c1
	podman kill c1
	podman wait c1
	podman logs c1
	podman rm -f c1
}
@test "podman run -d, exec, stop, start, kill, rm, rootless" { scenario detached; }

terminal() {
	podman run -t --rm --network none "$IMAGE" tty | has '/dev/pts/0'
	background c1
	podman exec -t c1 tty | has '/dev/pts/'
}
@test "podman run -t, exec -t, rootless" { scenario terminal; }

maps() {
	run -- sed 's/ \+/ /g' /proc/self/uid_map | tr '\n' ';' | has '^ 0 4242 1; 1 1000000 65536;$'
	[ "$(run --userns keep-id -- id -u)" = 4242 ]
	[ "$(run -u user -- id -u)" = 1000 ]
	[ "$(run -u 1000 -- sh -c 'echo x >/dev/stdout; echo y >/dev/stderr' 2>&1 | tr '\n' ' ')" = 'x y ' ]
	run --uidmap 0:1:1000 -- sed 's/ \+/ /g' /proc/self/uid_map | has '^ 0 1 1000 *$'
}
@test "podman run, rootless: the users' maps, --userns keep-id, --uidmap" { scenario maps; }

files() {
	as_user sh -c 'mkdir -p $TMPDIR/v; echo mine >$TMPDIR/v/file'
	[ "$(run -v "$ENGINE/work/user/tmp/v:/data" -- sh -c 'cat /data/file; echo x >/data/new; stat -c %u /data/new' | tr '\n' ' ')" = 'mine 0 ' ]
	[ "$(inside stat -c %u "$ENGINE/work/user/tmp/v/new")" = 4242 ]
	podman volume create v1
	run -v v1:/data -- sh -c 'echo kept >/data/file'
	[ "$(run -v v1:/data:ro -- sh -c 'cat /data/file; touch /data/x 2>/dev/null || echo refused' | tr '\n' ' ')" = 'kept refused ' ]
	status_is 1 run --read-only -- touch /data/x
	run --tmpfs /new:size=4m -- grep ' /new ' /proc/mounts | has 'size=4096k'
}
@test "podman run, rootless: folders, volumes, tmpfs, --read-only" { scenario files; }

security() {
	[ "$(run --cap-drop all -- awk '/^CapEff/ { print $2 }' /proc/self/status)" = 0000000000000000 ]
	run -- grep '^Seccomp:' /proc/self/status | has 2
	[ "$(run --hostname given -- hostname)" = given ]
	run --privileged -- true
	[ "$(run -- sh -c 'cat /proc/kcore /proc/keys 2>/dev/null | wc -c')" = 0 ]
}
@test "podman run, rootless: capabilities, seccomp, masks, --privileged" { scenario security; }

pause() {
	podman run -d --name c1 --network none "$IMAGE" sh -c 'while :; do echo x; sleep 0.05; done'
	eventually 5 says x podman logs c1
	podman pause c1
	[ "$(podman inspect -f '{{.State.Status}}' c1)" = paused ]
	podman unpause c1
	podman exec c1 true
}
@test "podman pause, unpause, rootless" { scenario pause; }

limits() {
	[ "$(run --memory 64m --pids-limit 20 --cpus 0.5 -- sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max' | tr '\n' ' ')" = '67108864 20 ' ]
}
@test "podman run --memory, --pids-limit, --cpus, rootless" { scenario limits; }

stats() {
	background c1
	podman stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' c1 | has -E '[0-9].* [1-9]'
}
@test "podman stats, rootless" { scenario stats; }

attach() {
	podman run -d -i --name c1 --network none "$IMAGE" cat
	[ "$(echo through | podman attach c1)" = through ]
}
@test "podman attach, rootless" { scenario attach; }

health() {
	podman run -d --name c1 --network none --health-cmd 'test -e /data/well' --health-interval disable "$IMAGE" sleep 1000
	status_is 1 podman healthcheck run c1
	podman exec c1 touch /data/well
	podman healthcheck run c1
}
@test "podman healthcheck, rootless" { scenario health; }

userns_auto() {
	[ "$(run --userns auto:size=1000 -- awk '{ n += $3 } END { print n }' /proc/self/uid_map)" = 1000 ]
	[ "$(run --userns auto:size=1000 -- id -u)" = 0 ]
}
@test "podman run --userns=auto, rootless" { scenario userns_auto; }

device() {
	run --device /dev/zero:/dev/nothing -- sh -c 'head -c 4 /dev/nothing | wc -c' | has '^4$'
	run -- sh -c 'for d in null zero full random urandom tty; do test -c /dev/$d || exit 1; done'
}
@test "podman run --device, rootless" { scenario device; }

secrets() {
	as_user sh -c 'printf hidden >$TMPDIR/s'
	podman secret create s1 "$ENGINE/work/user/tmp/s"
	[ "$(run --secret s1 -- cat /run/secrets/s1)" = hidden ]
	[ "$(run --secret s1,type=env,target=S -- sh -c 'echo $S')" = hidden ]
}
@test "podman run --secret, rootless" { scenario secrets; }

seccomp() {
	as_user sh -c 'echo "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 28}]}" >$TMPDIR/p.json'
	says 'No space left' run --security-opt "seccomp=$ENGINE/work/user/tmp/p.json" -- mkdir /tmp/x
	run --security-opt seccomp=unconfined -- grep -E '^Seccomp:' /proc/self/status | has 0
}
@test "podman run --security-opt seccomp=, rootless" { scenario seccomp; }

init() {
	run --init -- sh -c 'cat /proc/1/comm; echo $$' | tr '\n' ' ' | has -E '^(podman-init|catatonit) [2-9]'
}
@test "podman run --init, rootless" { scenario init; }

systemd_mode() {
	run --systemd always -- sh -c 'grep -q "/run tmpfs\|/run/lock" /proc/mounts && echo $container' | has -x podman
}
@test "podman run --systemd=always, rootless" { scenario systemd_mode; }

checkpoint() {
	background c1
	podman container checkpoint c1
	podman container restore c1
	podman exec c1 true
}
@test "podman container checkpoint, restore, rootless" { with_criu && scenario checkpoint; }

host_namespaces() {
	[ "$(podman run --rm --network host "$IMAGE" readlink /proc/self/ns/net)" = "$(inside readlink /proc/self/ns/net)" ]
	[ "$(run --pid host -- readlink /proc/self/ns/pid)" = "$(inside readlink /proc/self/ns/pid)" ]
}
@test "podman run, rootless: --network, --pid host" { scenario host_namespaces; }

pod() {
	podman pod create --name p1 --network none
	podman run -d --pod p1 --name c1 "$IMAGE" sleep 1000
	podman run -d --pod p1 --name c2 "$IMAGE" sleep 1000
	[ "$(podman exec c1 readlink /proc/self/ns/net)" = "$(podman exec c2 readlink /proc/self/ns/net)" ]
	podman pod rm -f -t 0 p1
}
@test "podman pod, rootless" { scenario pod; }

build() {
	as_user sh -c 'mkdir -p $TMPDIR/b; printf "FROM localhost/busy\nRUN id -u >/id\n" >$TMPDIR/b/Dockerfile'
	podman build --isolation oci --network none -t localhost/built "$ENGINE/work/user/tmp/b"
	[ "$(podman run --rm --network none localhost/built cat /id)" = 0 ]
}
@test "podman build, rootless" { scenario build; }

# podman keeps one process that holds its user namespace.
@test "podman, rootless: nothing is left" {
	as_user podman system migrate
	nothing_left "$PODMAN_OWN|^/etc/(passwd|group)$|^/run/user|/user\.slice|rootless|catatonit|podman pause"
}
