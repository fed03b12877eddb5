# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# podman.bash - a podman of our own in the frame:  load podman  (after lib)

IMAGE=localhost/busy:latest
# What podman makes for itself and keeps: its cgroups (those of pods only where it does not know the hierarchy), mounts.
PODMAN_OWN='/(libpod_parent|conmon)$|/(systemd|unified)/.*/libpod_parent/[0-9a-f]{64}$|/work/podman/root/overlay$|^/run/netns|^/etc/sub.id$'

# The runtime by its name, so that a second try can be with another.
podman() { inside podman --runtime "$RT" "$@"; }
run_busy() { podman run --rm --network none "$IMAGE" "$@"; }
background() { podman run -d --name "$1" --network none "$IMAGE" sleep 1000; }

PODMAN_NEEDS=(podman:podman conmon:conmon netavark:netavark)

podman_start() {
	controller pids && limit=2048 || limit=0
	inside_sh 'for file in /etc/subuid /etc/subgid; do
			echo "containers:1000000:1000000" >$0/work/${file##*/}
			mount --bind $0/work/${file##*/} $file
		done
		cd /etc/containers
		cat >containers.conf <<-E
			[containers]
			log_driver = "k8s-file"
			pids_limit = $1
			[engine]
			cgroup_manager = "cgroupfs"
			events_logger = "file"
			runtime = "ocirt"
			runtime_supports_json = ["ocirt", "runc"]
			runtime_supports_nocgroups = ["ocirt"]
			runtime_supports_nocgroup = ["ocirt"]
			tmp_dir = "$0/work/podman/tmp"
			volume_path = "$0/work/podman/volumes"
			[engine.runtimes]
			ocirt = ["$0/bin/ocirt"]
			runc = ["$2"]
			[network]
			network_backend = "netavark"
			network_config_dir = "$0/work/podman/networks"
		E
		cat >storage.conf <<-E
			[storage]
			driver = "overlay"
			graphroot = "$0/work/podman/root"
			runroot = "$0/work/podman/run"
		E
		echo "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}" >policy.json
		echo "unqualified-search-registries = []" >registries.conf
		podman load -q -i $0/image.tar' "$ENGINE" "$limit" "${PEER:-/usr/sbin/runc}"
}

clean_up() {
	podman pod rm -f -a -t 0 || true
	podman rm -f -a -t 0
	podman volume prune -f
	podman secret rm -a
}
