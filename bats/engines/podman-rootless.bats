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
