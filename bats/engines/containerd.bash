# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# containerd.bash - a containerd of our own in the frame, called by ctr:  load containerd  (after lib)

IMAGE=localhost/busy:latest
# What the service of CRI and the snapshotter keep for themselves.
CONTAINERD_OWN='/(e2e|k8s.io)$|/run/containerd/io.containerd|^/run/netns$'

ctr() { inside ctr --address "$ENGINE/work/containerd.sock" --namespace e2e "$@"; }

# ctr_run [OPTION...] ID COMMAND...: options that every run here needs go first, those of the caller up to "--"
ctr_run() {
	local options=(); while [ "$1" != -- ]; do options+=("$1"); shift; done; shift
	controller cpu || options+=(--cpu-shares 0)
	ctr run --runc-binary "$RT_PATH" --runc-root "$ENGINE/work/runc" "${options[@]}" "$IMAGE" "$@"
}
background() { ctr_run -d -- "$1" sleep 1000; }
task_exec() { ctr task exec --exec-id "e$RANDOM$RANDOM" "$@"; }

# whole COMMAND... // PROGRAM...: what PROGRAM says when ctr runs it (COMMAND is ctr_run or task_exec with what goes before), and its exit
# status. ctr may lose what a process that ends at once said last, whatever the runtime (containerd's issues know it): this one ends
# when it was heard.
whole() {
	local command=() file=$OUT.whole.$BASHPID status=0
	while [ "$1" != // ]; do command+=("$1"); shift; done; shift
	: >"$file"
	# shellcheck disable=SC2094 # on purpose
	eventually 20 has '^//said$' "$file" | "${command[@]}" sh -c '"$@"; s=$?; echo //said; cat; exit $s' sh "$@" >>"$file" || status=$?
	grep -v '^//said$' "$file" || true
	return $status
}
task_status() { ctr task ls | awk -v id="$1" '$1 == id { print $3 }'; }
is_status() { [ "$(task_status "$1")" = "$2" ]; }
delete() { ctr task kill -s KILL "$1"; eventually 30 is_status "$1" STOPPED; ctr task delete "$1"; ctr container delete "$1"; }

# start_daemon NAME COMMAND...: in the background of the frame, its pid in work/NAME.pid, with two descriptors open that
# must not get into any container
start_daemon() {
	inside_sh 'name=$0/work/$1; shift
		exec 8</etc/passwd 9>"$name.leak"
		setsid "$@" >"$name.log" 2>&1 </dev/null & echo $! >"$name.pid"' "$ENGINE" "$@"
}

# stop_daemon NAME
stop_daemon() {
	inside_sh 'pid=$(cat $0/work/$1.pid); kill $pid
		for i in $(seq 100); do kill -0 $pid 2>/dev/null || exit 0; sleep 0.1; done; kill -9 $pid; exit 1' "$ENGINE" "$1"
}

# containerd_start [PLUGIN-TABLES]: the config's text beyond the common part
containerd_start() {
	inside_sh 'cat >$0/work/containerd.toml <<-E
			version = 2
			root = "$0/work/containerd"
			state = "/run/containerd"
			disabled_plugins = [$1]
			[grpc]
			address = "$0/work/containerd.sock"
			[ttrpc]
			address = "$0/work/containerd.sock.ttrpc"
			$2
		E' "$ENGINE" "${NO_CRI-\"io.containerd.grpc.v1.cri\", }\"io.containerd.snapshotter.v1.btrfs\", \"io.containerd.snapshotter.v1.aufs\", \"io.containerd.snapshotter.v1.zfs\", \"io.containerd.snapshotter.v1.devmapper\", \"io.containerd.tracing.processor.v1.otlp\"" "${1:-}"
	start_daemon containerd containerd --config "$ENGINE/work/containerd.toml"
	eventually 20 ctr version >/dev/null 2>&1 || { inside cat "$ENGINE/work/containerd.log"; return 1; }
	ctr image import --snapshotter overlayfs "$ENGINE/image.tar" >/dev/null
}

clean_up() {
	local id
	for id in $(ctr task ls -q); do ctr task kill -s KILL "$id" || true; done
	for id in $(ctr task ls -q); do eventually 20 is_status "$id" STOPPED; ctr task delete -f "$id" || true; done
	for id in $(ctr container ls -q); do ctr container delete "$id"; done
}
