#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# contrib/install-engine.sh: ocirt in the configuration of engines, and out of it again
# lanes: hybrid v1 v2
# quick: hybrid
# limit: 300

load lib/ocirt

setup() {
	ocirt_setup
	require_program jq
	etc=$BATS_TEST_TMPDIR/etc
	mkdir -p "$etc" "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho "kubectl $*" >>%s/kubectl.log\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/kubectl"
	chmod +x "$BATS_TEST_TMPDIR/bin/kubectl"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

install_engine() { "$BATS_TEST_DIRNAME/../contrib/install-engine.sh" "$@" --prefix "$BATS_TEST_TMPDIR" --ocirt "$OCIRT"; }
files() { (cd "$etc" && find . -type f -exec sha256sum {} + | sort); }

# comes_and_goes ENGINE: installing twice is installing once, a dry run changes nothing, undo brings back all
comes_and_goes() {
	local before after
	before=$(files)
	install_engine "$1" --dry-run
	[ "$(files)" = "$before" ]
	install_engine "$1"
	after=$(files)
	[ "$after" != "$before" ]
	install_engine "$1"
	[ "$(files)" = "$after" ]
	install_engine "$1" --undo --dry-run
	[ "$(files)" = "$after" ]
	install_engine "$1" --undo
	[ "$(files)" = "$before" ]
	install_engine "$1" --undo
	[ "$(files)" = "$before" ]
	install_engine "$1" --default
	install_engine "$1" --undo
	[ "$(files)" = "$before" ]
}

@test "podman, CRI-O: a file of their own comes and goes" {
	for engine in podman crio; do comes_and_goes "$engine"; done
	install_engine podman
	grep -qF "ocirt = [\"$(realpath "$OCIRT")\"]" "$etc/containers/containers.conf.d/50-ocirt.conf"
	grep -qF 'runtime_supports_nocgroup = ["ocirt",' "$etc/containers/containers.conf.d/50-ocirt.conf" # what podman reads
	run ! grep -q '^runtime = ' "$etc/containers/containers.conf.d/50-ocirt.conf"
	install_engine crio --default
	grep -qx 'default_runtime = "ocirt"' "$etc/crio/crio.conf.d/50-ocirt.conf"
}

@test "docker: without a file" {
	comes_and_goes docker
	install_engine docker
	[ "$(jq -r .runtimes.ocirt.path "$etc/docker/daemon.json")" = "$(realpath "$OCIRT")" ]
}

@test "docker: what else is in the file stays" {
	mkdir "$etc/docker"
	printf '{"debug": true,\n "runtimes": {"kata": {"path": "/k"}}, "default-runtime": "kata"}\n' >"$etc/docker/daemon.json"
	chmod 640 "$etc/docker/daemon.json"
	comes_and_goes docker
	install_engine docker --default
	jq -e '.debug and .runtimes.kata.path == "/k" and .runtimes.ocirt and .["default-runtime"] == "ocirt"' "$etc/docker/daemon.json"
	[ "$(stat -c %a "$etc/docker/daemon.json")" = 640 ]
	[ -e "$etc/docker/daemon.json.before-ocirt" ]
	# somebody else changes it meanwhile
	jq '.debug = false' "$etc/docker/daemon.json" >new
	mv new "$etc/docker/daemon.json"
	install_engine docker --undo
	jq -e '.debug == false and .["default-runtime"] == "kata" and (.runtimes | keys) == ["kata"]' "$etc/docker/daemon.json"
}

@test "docker: a file that is no JSON is left alone" {
	mkdir "$etc/docker"
	echo '{"debug": tru' >"$etc/docker/daemon.json"
	run ! install_engine docker
	[[ $output == *"nothing was changed"* ]]
	[ "$(cat "$etc/docker/daemon.json")" = '{"debug": tru' ]
	for text in '[]' null '{} {}' ' ' '{"runtimes": []}'; do
		echo "$text" >"$etc/docker/daemon.json"
		run ! install_engine docker
		run ! install_engine docker --undo
		[ "$(cat "$etc/docker/daemon.json")" = "$text" ]
	done
	[ "$(find "$etc" -type f | wc -l)" = 1 ]
}

@test "docker: a runtime ocirt of the administrator's comes back, a link stays one" {
	mkdir "$etc/docker" "$etc/own"
	echo '{"runtimes": {"ocirt": {"path": "/own", "runtimeArgs": ["--debug"]}}}' >"$etc/own/docker.json"
	ln -s ../own/docker.json "$etc/docker/daemon.json"
	comes_and_goes docker
	install_engine docker
	[ "$(jq -r .runtimes.ocirt.path "$etc/own/docker.json")" = "$(realpath "$OCIRT")" ]
	jq '.debug = true' "$etc/own/docker.json" >new
	mv new "$etc/own/docker.json"
	install_engine docker --undo
	jq -e '.debug and .runtimes.ocirt.path == "/own"' "$etc/docker/daemon.json"
	[ -L "$etc/docker/daemon.json" ]
}

@test "containerd: without a file" {
	comes_and_goes containerd
	install_engine containerd
	grep -qx 'version = 2' "$etc/containerd/config.toml"
	grep -qx '\[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.ocirt\]' "$etc/containerd/config.toml"
	grep -qx '\[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc\]' "$etc/containerd/config.toml" # or it would be gone
	run ! grep -q default_runtime_name "$etc/containerd/config.toml"
}

# in_toml VERSION TABLE: a file as administrators have it, changed and brought back
in_toml() {
	rm -rf "$etc/containerd" && mkdir "$etc/containerd"
	cat >"$etc/containerd/config.toml" <<-E
		${1:+version = $1}
		# mine
		[$2]
		  sandbox_image = "pause"
		  [$2.containerd]
		    default_runtime_name = "runc"
		    snapshotter = "overlayfs"
		    [$2.containerd.runtimes.runc.options]
		      SystemdCgroup = true
		[debug]
		  level = "info"
	E
	comes_and_goes containerd
	install_engine containerd --default
	grep -qxF "[$2.containerd.runtimes.ocirt]" "$etc/containerd/config.toml"
	[ "$(grep -c 'default_runtime_name = "ocirt"' "$etc/containerd/config.toml")" = 1 ]
	[ "$(grep -c 'SystemdCgroup = true' "$etc/containerd/config.toml")" = 2 ]
	grep -q '# mine' "$etc/containerd/config.toml"
	sed -i 's/level = "info"/level = "debug"/' "$etc/containerd/config.toml"
	install_engine containerd --undo
	grep -q 'level = "debug"' "$etc/containerd/config.toml"
	grep -q 'default_runtime_name = "runc"' "$etc/containerd/config.toml"
	run ! grep -q ocirt "$etc/containerd/config.toml"
}

@test "containerd: files of version 1, 2, 3 and 4; what else is in them stays" {
	in_toml '' plugins.cri
	in_toml 2 'plugins."io.containerd.grpc.v1.cri"'
	PATH=$(dirname "$(command -v bash)"):$BATS_TEST_TMPDIR/bin
	in_toml 3 'plugins."io.containerd.cri.v1.runtime"'
	in_toml 4 'plugins."io.containerd.cri.v1.runtime"'
}

@test "containerd: a file as containerd 2 itself writes it, with single quotes" {
	PATH=$(dirname "$(command -v bash)"):$BATS_TEST_TMPDIR/bin # without containerd, which is another here
	mkdir "$etc/containerd"
	cat >"$etc/containerd/config.toml" <<-'E'
		version = 3
		disabled_plugins = ['io.containerd.grpc.v1.cri']
		# [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.ocirt]

		[plugins]
		  [plugins.'io.containerd.cri.v1.runtime'.containerd] # which
		    default_runtime_name = 'crun' # theirs
		    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes]
		      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun]
		        runtime_type = 'io.containerd.runc.v2'
	E
	comes_and_goes containerd
	run install_engine containerd --default
	[[ $output == *"take cri out of disabled_plugins"* ]]
	run -0 grep -c '^ *default_runtime_name' "$etc/containerd/config.toml"
	[ "$output" = 1 ]
	grep -q 'default_runtime_name = "ocirt"' "$etc/containerd/config.toml"
	run ! grep -q 'runtimes.runc\]' "$etc/containerd/config.toml"
	[ "$(sed "s/#.*//; s/'/\"/g; s/^ *//" "$etc/containerd/config.toml" | grep '^\[' | sort | uniq -d)" = "" ]
	echo '# more' >>"$etc/containerd/config.toml"
	install_engine containerd --undo
	grep -q "default_runtime_name = 'crun'" "$etc/containerd/config.toml"
	echo "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.ocirt]" >>"$etc/containerd/config.toml"
	run ! install_engine containerd
	[[ $output == *"is not ours"* ]]
}

@test "containerd: what it makes of the file is what was meant" {
	require_program containerd
	install_engine containerd --default --systemd-cgroup
	containerd --config "$etc/containerd/config.toml" config dump >"$BATS_TEST_TMPDIR/dump"
	grep -q 'default_runtime_name = "ocirt"' "$BATS_TEST_TMPDIR/dump"
	grep -qF "BinaryName = \"$(realpath "$OCIRT")\"" "$BATS_TEST_TMPDIR/dump"
}

@test "containerd: a runtime of that name that is somebody else's is left alone" {
	mkdir "$etc/containerd"
	printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.ocirt]\nruntime_type = "x"\n' >"$etc/containerd/config.toml"
	before=$(files)
	run ! install_engine containerd
	[[ $output == *"not ours"* ]]
	[ "$(files)" = "$before" ]
}

@test "kubernetes: the node's engine and the RuntimeClass" {
	mkdir "$etc/crio"
	install_engine kubernetes
	[ -s "$etc/crio/crio.conf.d/50-ocirt.conf" ]
	grep -q 'kubectl apply -f .*/runtimeclass.yaml$' "$BATS_TEST_TMPDIR/kubectl.log"
	install_engine kubernetes --undo
	[ ! -e "$etc/crio/crio.conf.d/50-ocirt.conf" ]
	grep -q 'kubectl delete .*runtimeclass.yaml$' "$BATS_TEST_TMPDIR/kubectl.log"
}

@test "mistakes are told, and nothing is changed" {
	run -1 install_engine
	run -1 install_engine rocket
	[[ $output == *rocket* ]]
	run -1 "$BATS_TEST_DIRNAME/../contrib/install-engine.sh" podman --prefix "$BATS_TEST_TMPDIR" --ocirt /nowhere/ocirt
	[[ $output == *"/nowhere/ocirt"* ]]
	run -1 install_engine podman docker
	[[ $output == *"one engine at a time" ]]
	run -0 install_engine --help
	[ -z "$(files)" ]
}
