# SPDX-License-Identifier: Apache-2.0
# buildah.bats - buildah bud and run with ocirt as the runtime
# lanes: hybrid v1 v2
# quick: hybrid
# limit: 300

load lib
load podman

setup_file() { engine podman_start "${PODMAN_NEEDS[@]}" buildah:buildah; }
teardown_file() { engine_teardown; }

buildah() { inside buildah "$@"; }
clean_up() {
	buildah rm -a || true
	inside_sh 'buildah images -q --filter dangling=false -f reference=localhost/made* | xargs -r buildah rmi -f' || true
}
# build OPTION... <Dockerfile
build() {
	inside_sh 'rm -rf $TMPDIR/b; mkdir -p $TMPDIR/b; echo from outside >$TMPDIR/b/file'
	inside_sh 'cat >$TMPDIR/b/Dockerfile' <<<"$DOCKERFILE"
	buildah bud --isolation oci --runtime "$RT_PATH" --network none -t localhost/made "$@" "$ENGINE/work/tmp/b"
}
from() { buildah from --name "$1" --isolation oci "$IMAGE"; }
run() {
	local options=(); while [ "$1" != -- ]; do options+=("$1"); shift; done; shift
	buildah run --isolation oci --runtime "$RT_PATH" --network none "${options[@]}" w1 -- "$@"
}

bud() {
	DOCKERFILE='FROM localhost/busy
COPY file /data/file
RUN echo built >>/data/file && id -u >/tmp/id
USER user
WORKDIR /tmp
ENV A=b
RUN id -u >>/tmp/id2; echo $A $PWD >>/tmp/id2' build
	from_made() { buildah from --name w1 --isolation oci localhost/made; }
	from_made
	[ "$(run -- cat /data/file /tmp/id /tmp/id2 | tr '\n' ' ')" = 'from outside built 0 1000 b /tmp ' ]
}
@test "buildah bud: RUN, USER, WORKDIR, ENV" { scenario bud; }

bud_scratch() {
	inside_sh '$1/image.sh --rootfs $0/work/tmp/scratch; mkdir -p $TMPDIR/s; tar -C $0/work/tmp/scratch -cf $TMPDIR/s/root.tar .; rm -r $0/work/tmp/scratch
		printf "FROM scratch\nADD root.tar /\nRUN cat /etc/motd >/seen\n" >$TMPDIR/s/Dockerfile' "$ENGINE" "$BATS_TEST_DIRNAME"
	buildah bud --isolation oci --runtime "$RT_PATH" --network none -t localhost/made "$ENGINE/work/tmp/s"
	buildah from --name w1 --isolation oci localhost/made
	[ "$(run -- cat /seen)" = 'made for ocirt' ]
}
@test "buildah bud: FROM scratch, ADD of a root file system" { scenario bud_scratch; }

bud_fails() {
	DOCKERFILE='FROM localhost/busy
RUN exit 7'
	says 'exit status 7' build
	DOCKERFILE='FROM localhost/busy
RUN ["/no/such/program"]'
	says 'no such file' build
}
@test "buildah bud: a failing RUN tells its status, a missing program its name" { scenario bud_fails; }

bud_options() {
	DOCKERFILE='FROM localhost/busy
RUN --mount=type=tmpfs,target=/data mount | grep " /data type tmpfs"
RUN ulimit -n | grep 100
RUN echo $HOSTNAME; cat /proc/self/status | grep CapEff' build --ulimit nofile=100:100 --cap-drop all --layers=false
}
@test "buildah bud: --mount, --ulimit, --cap-drop" { scenario bud_options; }

run_plain() {
	from w1
	[ "$(run -- echo hi)" = hi ]
	status_is 3 run -- sh -c 'exit 3'
	[ "$(echo in | run -- cat)" = in ]
	[ "$(run --user user -- id -u)" = 1000 ]
	[ "$(run --env A=b --workingdir /tmp -- sh -c 'echo $A $PWD')" = 'b /tmp' ]
	status_is 127 run -- no-such-program || status_is 1 run -- no-such-program || status_is 125 run -- no-such-program
}
@test "buildah run: output, status, stdin, user, environment" { scenario run_plain; }

run_terminal() {
	from w1
	in_terminal buildah run --isolation oci --runtime "$RT_PATH" --network none -t w1 -- sh -c "tty; $STTY_SIZE" >"$OUT"
	grep '/dev/pts/0' "$OUT"
	grep '24 80' "$OUT"
}
@test "buildah run -t: a terminal of the client's size" { scenario run_terminal; }

run_mounts() {
	from w1
	inside_sh 'mkdir -p $TMPDIR/v; echo shared >$TMPDIR/v/file'
	[ "$(run -v "$ENGINE/work/tmp/v:/data:ro" -- sh -c 'cat /data/file; touch /data/x 2>/dev/null || echo refused' | tr '\n' ' ')" = 'shared refused ' ]
	run --mount type=tmpfs,dst=/data -- grep ' /data ' /proc/mounts | has tmpfs
}
@test "buildah run: volumes and mounts" { scenario run_mounts; }

run_security() {
	from w1
	[ "$(run --cap-drop all -- awk '/^CapEff/ { print $2 }' /proc/self/status)" = 0000000000000000 ]
	run -- grep '^Seccomp:' /proc/self/status | has 2
	[ "$(run --hostname given -- hostname)" = given ]
	[ "$(run --pid host -- readlink /proc/self/ns/pid)" = "$(inside readlink /proc/self/ns/pid)" ]
}
@test "buildah run: capabilities, seccomp, hostname, pid namespace" { scenario run_security; }

run_commit() {
	from w1
	run -- sh -c 'echo made >/data/file'
	buildah config --cmd 'cat /data/file' w1
	buildah commit -q w1 localhost/made
	[ "$(podman run --rm --network none localhost/made)" = made ]
}
@test "buildah run, config, commit; podman run of it" { scenario run_commit; }

@test "buildah: nothing is left" { nothing_left "$PODMAN_OWN"; }
