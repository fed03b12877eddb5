# SPDX-License-Identifier: Apache-2.0
# cri.bats - containerd's CRI service, as a kubelet calls it, with ocirt as its runtime
# lanes: hybrid v1
# quick: hybrid
# limit: 400

load lib
load containerd

setup_file() { engine cri_start containerd:containerd ctr:containerd bridge:containernetworking-plugins perl:perl; }
cri_start() {
	inside_sh 'mkdir $0/work/cni $0/work/logs; echo "{\"cniVersion\": \"0.4.0\", \"name\": \"net\", \"plugins\": [{\"type\": \"bridge\",
		\"bridge\": \"ocirt0\", \"ipam\": {\"type\": \"host-local\", \"subnet\": \"10.77.0.0/24\"}}]}" >$0/work/cni/net.conflist' "$ENGINE"
	NO_CRI='' containerd_start "$(runtimes)"
	"$BATS_TEST_DIRNAME/image.sh" "$ENGINE/pause.tar" localhost/pause:latest sleep 100000
	for archive in image pause; do
		inside ctr --address "$ENGINE/work/containerd.sock" --namespace k8s.io image import "$ENGINE/$archive.tar"
	done
	eventually 20 cri Version '1:"v1"' 2
	eventually 20 has_images
}
has_images() { [ "$(cri runtime.v1.ImageService/ListImages '' 1.1 | wc -l)" -ge 2 ]; }
teardown_file() { engine_teardown; }

# the service's tables: a handler for each runtime
runtimes() {
	cat <<-E
		[plugins."io.containerd.grpc.v1.cri"]
		sandbox_image = "localhost/pause:latest"
		tolerate_missing_hugetlb_controller = true
		restrict_oom_score_adj = true
		stream_server_address = "127.0.0.1"
		[plugins."io.containerd.grpc.v1.cri".cni]
		bin_dir = "/usr/lib/cni"
		conf_dir = "$ENGINE/work/cni"
		[plugins."io.containerd.grpc.v1.cri".containerd]
		default_runtime_name = "ocirt"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.ocirt]
		runtime_type = "io.containerd.runc.v2"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.ocirt.options]
		BinaryName = "$ENGINE/bin/ocirt"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		runtime_type = "io.containerd.runc.v2"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
		BinaryName = "${PEER:-/usr/sbin/runc}"
	E
}

cri() { inside perl "$BATS_TEST_DIRNAME/cri.pl" "$ENGINE/work/containerd.sock" "$@"; }
clean_up() {
	local id
	for id in $(cri ListContainers '' 1.1); do cri RemoveContainer "1:\"$id\""; done
	for id in $(cri ListPodSandbox '' 1.1); do cri StopPodSandbox "1:\"$id\"" && cri RemovePodSandbox "1:\"$id\""; done
}

# pod NAME [LINUX]: $POD and $POD_CONFIG. As a kubelet does, none in the host's network gets a name.
pod() {
	local host="2:\"host-$1\""
	[ "${2:-}" != '2{1{1:2 2:2 3:2}}' ] || host=
	POD_CONFIG="1{1:\"$1\" 2:\"uid-$1\" 3:\"default\"} $host 3:\"$ENGINE/work/logs\" 8{${2:-}}"
	POD=$(cri RunPodSandbox "1{$POD_CONFIG} 2:\"$RT\"" 1)
}
# container NAME FIELDS WORD...: makes and starts it in $POD; its id in $C
container() {
	local name=$1 fields=$2 words='' word; shift 2
	for word; do words="$words 3:\"${word//\"/\\\"}\""; done
	C=$(cri CreateContainer "1:\"$POD\" 2{1{1:\"$name\"} 2{1:\"localhost/busy:latest\"} $words 11:\"$name.log\" $fields} 3{$POD_CONFIG}" 1)
	cri StartContainer "1:\"$C\""
}
# in_container WORD...: its output; fails if it does
in_container() {
	local words='' word out
	for word; do words="$words 2:\"${word//\"/\\\"}\""; done
	out=$(cri ExecSync "1:\"$C\"$words 3:20" 1 3)
	if [[ $out =~ (^|$'\n')([1-9][0-9]*)$ ]] && [ "$(cri ExecSync "1:\"$C\"$words 3:20" 3)" != '' ]; then return 1; fi
	printf '%s\n' "$out" | sed '/^$/d'
}
state() { cri ContainerStatus "1:\"$C\"" 1.3; } # nothing: created, 1: running, 2: exited
is_state() { [ "$(state)" = "$1" ]; }
exit_code() { cri ContainerStatus "1:\"$C\"" 1.7; }

sandbox() {
	pod one
	[ "$(cri PodSandboxStatus "1:\"$POD\"" 1.1)" = "$POD" ]
	[ -z "$(cri PodSandboxStatus "1:\"$POD\"" 1.3)" ] # ready
	cri PodSandboxStatus "1:\"$POD\"" 1.5.1 | has '^10\.77\.0\.'
	cri StopPodSandbox "1:\"$POD\""
	[ "$(cri PodSandboxStatus "1:\"$POD\"" 1.3)" = 1 ]
	cri RemovePodSandbox "1:\"$POD\""
	[ -z "$(cri ListPodSandbox '' 1.1)" ]
}
@test "CRI: a pod sandbox runs, has an address, stops, goes" { scenario sandbox; }

life() {
	pod one
	container main '' sh -c 'echo to the log; exec sleep 1000'
	is_state 1
	cri StopContainer "1:\"$C\" 2:0"
	is_state 2
	[ "$(exit_code)" = 137 ]
	grep -q 'stdout F to the log' <(inside cat "$ENGINE/work/logs/main.log")
	cri RemoveContainer "1:\"$C\""
	[ -z "$(cri ListContainers '' 1.1)" ]
}
@test "CRI: a container is created, started, logged, stopped, removed" { scenario life; }

created() {
	pod one
	C=$(cri CreateContainer "1:\"$POD\" 2{1{1:\"c\"} 2{1:\"localhost/busy:latest\"} 3:\"sleep\" 3:\"1000\"} 3{$POD_CONFIG}" 1)
	[ -z "$(state)" ]
	cri RemoveContainer "1:\"$C\""
}
@test "CRI: a container that was only created is removed" { scenario created; }

ends() {
	pod one
	container main '' sh -c 'exit 7'
	eventually 10 is_state 2
	[ "$(exit_code)" = 7 ]
}
@test "CRI: the exit code of a container that ends by itself" { scenario ends; }

graceful() {
	pod one
	container main '' sh -c 'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done'
	eventually 10 logged main up
	cri StopContainer "1:\"$C\" 2:10"
	[ "$(exit_code)" = 9 ]
}
@test "CRI: a container that heeds TERM stops by itself" { scenario graceful; }

refused() {
	pod one
	status_is 1 container main '' no-such-program
}
@test "CRI: a program that is not there is refused at start" { scenario refused; }

exec_sync() {
	pod one
	container main '' sleep 1000
	[ "$(cri ExecSync "1:\"$C\" 2:\"echo\" 2:\"hi\" 3:10" 1 | sed '/^$/d')" = hi ]
	[ "$(cri ExecSync "1:\"$C\" 2:\"sh\" 2:\"-c\" 2:\"echo bad >&2; exit 3\" 3:10" 2 3 | sed '/^$/d' | tr '\n' ' ')" = 'bad 3 ' ]
	status_is 1 cri ExecSync "1:\"$C\" 2:\"no-such-program\" 3:10"
	status_is 1 cri ExecSync "1:\"$C\" 2:\"sleep\" 2:\"100\" 3:1"
	[ "$(in_container echo again)" = again ]
}
@test "CRI: ExecSync: output, errors, status, time-out" { scenario exec_sync; }

stats() {
	pod one
	container main '' sleep 1000
	[ "$(cri ContainerStats "1:\"$C\"" 1.3.2.1)" -gt 0 ]
	[ "$(cri ContainerStats "1:\"$C\"" 1.2.2.1)" -gt 0 ]
}
@test "CRI: statistics of memory and CPU" { scenario stats; }

limits() {
	pod one
	container main '15{1{1:100000 2:50000 3:512 4:67108864 5:500}}' sleep 1000
	[ "$(in_container cat /sys/fs/cgroup/memory/memory.limit_in_bytes)" = 67108864 ]
	[ "$(in_container cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us)" = 50000 ]
	[ "$(in_container cat /proc/self/oom_score_adj)" = 500 ]
	cri UpdateContainerResources "1:\"$C\" 2{2:60000 4:134217728}"
	[ "$(in_container cat /sys/fs/cgroup/memory/memory.limit_in_bytes)" = 134217728 ]
	[ "$(in_container cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us)" = 60000 ]
}
@test "CRI: limits, and other ones for a running container" { scenario limits; }

oom() {
	pod one
	container main '15{1{4:16777216}}' sh -c 'x=a; while :; do x=$x$x; done'
	eventually 20 is_state 2
	[ "$(exit_code)" = 137 ]
	cri ContainerStatus "1:\"$C\"" 1.10 | has OOMKilled
}
@test "CRI: who takes more memory is killed, and the reason is known" { scenario oom; }

security() {
	pod one
	container main '15{2{5{1:1000} 7:1 8:44 11:1}}' sleep 1000
	[ "$(in_container id -u)" = 1000 ]
	in_container id -G | has 44
	in_container grep NoNewPrivs /proc/self/status | has 1
	[ "$(cri ExecSync "1:\"$C\" 2:\"touch\" 2:\"/tmp/x\" 3:10" 3)" = 1 ]
	container bare '15{2{1{2:"ALL"}}}' sleep 1000
	[ "$(in_container awk '/^CapEff/ { print $2 }' /proc/self/status)" = 0000000000000000 ]
	container mighty '15{2{1{1:"NET_ADMIN"}}}' sleep 1000
	[ "$(in_container awk '/^CapEff/ { print $2 }' /proc/self/status)" != 00000000a80425fb ]
}
@test "CRI: user, groups, read-only root, no new privileges, capabilities" { scenario security; }

privileged() {
	pod one '2{6:1}'
	container main '15{2{2:1}}' sleep 1000
	in_container sh -c 'mount -t tmpfs x /data && grep -c " /data " /proc/mounts' | has -x 1
}
@test "CRI: a privileged pod" { scenario privileged; }

mounts() {
	inside_sh 'mkdir -p $0/work/tmp/v; echo mine >$0/work/tmp/v/file' "$ENGINE"
	pod one
	container main "7{1:\"/data\" 2:\"$ENGINE/work/tmp/v\"} 7{1:\"/ro\" 2:\"$ENGINE/work/tmp/v\" 3:1} 6{1:\"A\" 2:\"b c\"} 5:\"/tmp\"" sleep 1000
	[ "$(in_container cat /data/file)" = mine ]
	in_container sh -c 'echo x >/data/new; touch /ro/x 2>/dev/null || echo refused' | has refused
	[ "$(in_container sh -c 'echo $A $PWD')" = 'b c /tmp' ]
	inside test -e "$ENGINE/work/tmp/v/new"
}
@test "CRI: mounts, environment, working directory" { scenario mounts; }

shared() {
	pod one
	container a '' sleep 1000
	local first=$C net
	net=$(in_container readlink /proc/self/ns/net)
	container b '' sleep 1000
	[ "$(in_container readlink /proc/self/ns/net)" = "$net" ]
	[ "$(in_container hostname)" = host-one ]
	C=$first
	[ "$(in_container readlink /proc/1/ns/ipc)" != "$(inside readlink /proc/self/ns/ipc)" ]
}
@test "CRI: containers of a pod share network, ipc and host name" { scenario shared; }

namespaces() {
	pod one '2{1{1:2 2:2 3:2}}'
	container main '15{2{3{1:2 2:2 3:2}}}' sleep 1000
	[ "$(in_container readlink /proc/self/ns/net)" = "$(inside readlink /proc/self/ns/net)" ]
	[ "$(in_container readlink /proc/self/ns/pid)" = "$(inside readlink /proc/self/ns/pid)" ]
}
@test "CRI: network, pid and ipc of the host" { scenario namespaces; }

pod_pid() {
	pod one '2{1{2:0}}'
	container a '15{2{3{2:0}}}' sleep 1001
	container b '15{2{3{2:0}}}' sleep 1002
	in_container ps -o args | has 'sleep 1001'
}
@test "CRI: a pid namespace for the pod" { scenario pod_pid; }

terminal() {
	pod one
	container main '14:1 12:1' sh -c 'tty; exec sleep 1000'
	eventually 10 logged main /dev/pts/0
}
logged() { inside cat "$ENGINE/work/logs/$1.log" | has "$2"; }
@test "CRI: a container with a terminal" { scenario terminal; }

talk() {
	pod one
	container a '' sh -c 'echo served >/tmp/index.html; exec httpd -f -p 80 -h /tmp'
	local address
	address=$(cri PodSandboxStatus "1:\"$POD\"" 1.5.1)
	pod two
	container b '' sleep 1000
	eventually 10 served "$address"
}
served() { [ "$(in_container wget -q -O - "http://$1/")" = served ]; }
@test "CRI: pods reach each other" { scenario talk; }

many() {
	local i pods=()
	for i in 1 2 3 4; do (pod "p$i" && container c '' sleep 1000) & pods+=($!); done
	for i in "${pods[@]}"; do wait "$i"; done
	[ "$(cri ListContainers '' 1.1 | wc -l)" = 4 ]
}
@test "CRI: four pods at once" { scenario many; }

@test "CRI: nothing is left" {
	stop_daemon containerd
	nothing_left "$CONTAINERD_OWN|/sys/fs/cgroup/.*k8s.io|/run/netns|/work/containerd/"
}
