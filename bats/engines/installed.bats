# SPDX-License-Identifier: Apache-2.0
# installed.bats - what contrib/install-engine.sh writes is what the engines read: each runs a container by it
# lanes: hybrid v1 v2
# quick: hybrid
# limit: 400

load lib
load containerd

setup_file() { engine nothing_yet perl:perl jq:jq; }
teardown_file() { engine_teardown; }
nothing_yet() { controller pids || true; }
clean_up() { :; }

# The files are those of /etc, which is the frame's own.
install_engine() { inside "$BATS_TEST_DIRNAME/../../contrib/install-engine.sh" "$@" --ocirt "$ENGINE/bin/ocirt"; }
needs() {
	local missing
	missing=$(lacks "$@")
	[ -z "$missing" ] || skip "$missing"
}
needs_pids() { controller pids || skip "the engine asks for a limit of processes, which runc cannot set here either"; }
# tried FUNCTION: as scenario does; there is nothing that runc could show
tried() {
	local log=$BATS_TEST_TMPDIR/log
	_start "$1" "$log"
	_end "$log"
	[ "$TRIED" = 0 ] || { tail -n 30 "$log.trace" "$log"; return 1; }
}

fails() { ! "$@"; }
podman() { inside podman --storage-driver vfs --root "$ENGINE/work/podman/root" --runroot "$ENGINE/work/podman/run" --cgroup-manager cgroupfs "$@"; }
run_podman() { podman "${@:2}" run --rm --network none --pids-limit 0 localhost/busy:latest echo "$1"; }
in_podman() {
	inside_sh 'echo "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}" >/etc/containers/policy.json; : >/etc/containers/registries.conf'
	podman load -q -i "$ENGINE/image.tar"
	fails run_podman no --runtime ocirt
	install_engine podman
	[ "$(run_podman yes --runtime ocirt)" = yes ]
	[ "$(podman --runtime ocirt run --rm --network none --cgroups disabled localhost/busy:latest echo free)" = free ]
	podman info -f '{{.Host.OCIRuntime.Name}}' | has -v -x ocirt
	install_engine podman --default
	podman info -f '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}' | has -x "ocirt $ENGINE/bin/ocirt"
	[ "$(run_podman default)" = default ]
	install_engine podman --undo
	fails run_podman no --runtime ocirt
}
@test "podman reads its file: as a runtime, as the default, and it is gone" {
	needs podman:podman conmon:conmon
	needs_pids
	tried in_podman
}

docker() { inside docker -H "unix://$ENGINE/work/docker.sock" "$@"; }
docker_up() {
	start_daemon docker dockerd --host "unix://$ENGINE/work/docker.sock" --data-root "$ENGINE/work/docker" --exec-root /run/docker \
		--pidfile /run/docker.pid --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --bridge none \
		--storage-driver vfs --exec-opt native.cgroupdriver=cgroupfs
	eventually 30 docker version >/dev/null 2>&1 || { inside cat "$ENGINE/work/docker.log"; return 1; }
}
in_docker() {
	inside_sh 'mkdir -p /etc/docker; echo "{\"debug\": true}" >/etc/docker/daemon.json'
	install_engine docker
	docker_up
	"$BATS_TEST_DIRNAME/image.sh" "$ENGINE/docker.tar" busy:latest
	docker load -q -i "$ENGINE/docker.tar"
	docker info -f '{{.DefaultRuntime}} {{.Debug}} {{json .Runtimes}}' | has '^runc true.*"ocirt"'
	[ "$(docker run --rm --network none --runtime ocirt busy echo yes)" = yes ]
	stop_daemon docker
	install_engine docker --default
	docker_up
	docker info -f '{{.DefaultRuntime}}' | has -x ocirt
	[ "$(docker run --rm --network none busy echo default)" = default ]
	stop_daemon docker
	install_engine docker --undo
	[ "$(inside cat /etc/docker/daemon.json)" = '{"debug": true}' ]
}
@test "docker reads its file: as a runtime beside other settings, as the default, and it is gone" {
	needs dockerd:docker.io docker:docker.io
	tried in_docker
}

cri() { inside perl "$BATS_TEST_DIRNAME/cri.pl" /run/containerd/containerd.sock "$@"; }
containerd_up() {
	start_daemon containerd containerd
	eventually 20 cri Version '1:"v1"' 2 || { inside cat "$ENGINE/work/containerd.log" /etc/containerd/config.toml; return 1; }
	eventually 20 inside ctr version >/dev/null
	"$BATS_TEST_DIRNAME/image.sh" "$ENGINE/pause.tar" localhost/pause:latest sleep 100000
	inside ctr --namespace k8s.io image import "$ENGINE/pause.tar"
	eventually 20 has_images
}
has_images() { [ "$(cri runtime.v1.ImageService/ListImages '' 1.1 | wc -l)" -ge 1 ]; }
# sandbox [HANDLER]: a pod of it runs with our binary and goes; in the host's network, for there is no other here
sandbox() {
	local config='1{1:"one" 2:"uid" 3:"default"} 3:"/var/tmp" 8{2{1{1:2 2:2 3:2}}}' pod
	pod=$(cri RunPodSandbox "1{$config} 2:\"${1-}\"" 1)
	inside_sh 'ls /run/containerd/runc/k8s.io/$0/state' "$pod"
	cri StopPodSandbox "1:\"$pod\""
	cri RemovePodSandbox "1:\"$pod\""
}
in_containerd() {
	inside_sh 'mkdir -p /etc/containerd; cat >/etc/containerd/config.toml' <<-E
		version = 2
		root = "$ENGINE/work/containerd"
		disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
		[plugins."io.containerd.grpc.v1.cri"]
		sandbox_image = "localhost/pause:latest"
		tolerate_missing_hugetlb_controller = true
		restrict_oom_score_adj = true
	E
	inside cp /etc/containerd/config.toml "$ENGINE/work/tmp/before.toml"
	install_engine containerd
	containerd_up
	sandbox ocirt
	fails sandbox no-such-handler
	stop_daemon containerd
	install_engine containerd --default
	containerd_up
	sandbox
	stop_daemon containerd
	install_engine containerd --undo
	inside cmp /etc/containerd/config.toml "$ENGINE/work/tmp/before.toml"
}
@test "containerd reads its file: pods with the handler ocirt, as the default, and it is gone" {
	needs containerd:containerd ctr:containerd
	needs_pids
	tried in_containerd
}
