#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: hybrid v2
# limit: 300
# /proc, /sys and what hides parts of them: fakes that take labels, sysctls and masks: published flaws of runtimes, replayed

load ../lib/ocirt
load ../lib/mounts
load ../lib/term
load ../lib/attack

setup() { security_setup; }
teardown() { security_teardown; }

# a directory that looks like /proc, with the files that a runtime writes to
make_fake() { # DIR
	mkdir -p "$1"/{self,thread-self,1}/attr/apparmor "$1"/{self,thread-self}/fd "$1/sys/net/ipv4" "$1/sys/kernel"
	touch "$1"/{self,thread-self,1}/attr/{exec,current,keycreate,apparmor/exec} "$1/self/"{oom_score_adj,status,setgroups,uid_map} \
		"$1/sys/net/ipv4/ip_forward" "$1/sys/kernel/hostname" "$1/sysrq-trigger" "$1/kcore"
	FAKE=$1
	FAKE_BEFORE=$(_fake_looks)
}
_fake_looks() { find "$FAKE" -printf '%p %y %s %m %U\n' | sort; }
fake_untouched() { diff <(echo "$FAKE_BEFORE") <(_fake_looks); }

@test "CVE-2019-16884: a volume that looks like procfs is put on /proc, or below it" {
	make_fake "$BUNDLE/fake"
	update_config '.process.oomScoreAdj = 500 | .linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	add_mount /proc bind fake bind
	set_script 'cat /proc/sys/net/ipv4/ip_forward; cat /proc/self/oom_score_adj'
	tries
	[ "$status" != 0 ]
	fake_untouched
	for place in /proc/self /proc/self/attr /proc/sys /proc/1 /proc/thread-self/attr/exec; do
		without_mounts "$place"
		update_config 'del(.mounts[-1])'
		add_mount "$place" bind fake/self/attr bind
		tries
		[ "$status" != 0 ] || { echo "$place was mounted" && return 1; }
		fake_untouched
	done
	# by a link of the image, and as the host's own fake filesystem of another type
	ln -s proc rootfs/p
	update_config 'del(.mounts[-1])'
	add_mount /p/self bind fake/self bind
	tries
	[ "$status" != 0 ]
	fake_untouched
}

@test "CVE-2019-16884, control: the container without the fake gets its sysctl and its score" {
	update_config '.process.oomScoreAdj = 500 | .linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	set_script 'cat /proc/sys/net/ipv4/ip_forward; cat /proc/self/oom_score_adj'
	runs $'1\n500'
}

@test "CVE-2019-19921, CVE-2023-27561, CVE-2023-28642, CVE-2025-54867: /proc or /sys of the image is a link" {
	make_fake "$BUNDLE/rootfs/fake"
	set_args true
	for name in proc sys; do
		for target in /fake fake "$HOST" "../../../../../../../../../../../..$HOST" /proc/self /missing; do
			rm -rf "rootfs/${name:?}" && ln -s "$target" "rootfs/$name"
			tries
			[ "$status" != 0 ] || { echo "$name -> $target was taken" && return 1; }
			fake_untouched
		done
		rm -f "rootfs/$name" && mkdir "rootfs/$name"
	done
}

@test "CVE-2025-52881: a sysctl arrives in the container's namespace and nowhere else" {
	before=$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax)
	update_config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4242"}'
	set_args cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax
	runs $'1\n4242'
	[ "$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax)" = "$before" ]
	# no key leads to a file that is no sysctl of a namespace
	for key in net/../kernel/core_pattern net.ipv4.../../kernel.core_pattern net.../sysrq-trigger kernel.core_pattern \
		net.ipv4.conf.a/../../../../kernel/core_pattern vm.overcommit_memory ../../sysrq-trigger /proc/sysrq-trigger; do
		update_config --arg k "$key" '.linux.sysctl = {($k): "1"}'
		tries
		[ "$status" != 0 ] || { echo "$key was taken" && return 1; }
	done
}

@test "CVE-2015-1334: exec asks no /proc of the container's own making" {
	update_config '.mounts |= map(select(.destination | startswith("/proc") | not)) | del(.linux.maskedPaths, .linux.readonlyPaths)'
	make_fake "$BUNDLE/rootfs/proc"
	set_args sleep 1000
	id=$(new_id)
	detached run -d "$id" || { # a container without /proc may be refused; then there is nothing to attack
		host_untouched
		return 0
	}
	run ocirt exec "$id" true
	fake_untouched
}

@test "CVE-2025-52881: exec and mounts add in a container that has covered its /proc, taken it away, or moved to another root" {
	update_config '.process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_KILL"])'
	set_args sleep 1000
	id=$(new_id)
	detached run -d "$id"
	# what an exec must have wherever the container has gone
	looked_after() {
		run -0 ocirt exec --user 1000:1000 --cwd /../.. "$id" sh -c 'pwd; umask; id -u; ls /proc | wc -l; test ! -e /host'
		[ "${lines[0]} ${lines[1]} ${lines[2]}" = "/ 0022 1000" ] || { echo "$output" && return 1; }
		jq -n '{args: ["sleep", "1000"], cwd: "/", rlimits: [{type: "RLIMIT_NOFILE", hard: 77, soft: 77}], oomScoreAdj: 321,
			noNewPrivileges: true, user: {uid: 1000, gid: 1000}}' >process.json
		detached exec -d --pid-file "$BATS_TEST_TMPDIR/pid" --process process.json "$id" || return
		pid=$(<"$BATS_TEST_TMPDIR/pid")
		[ "$(<"/proc/$pid/oom_score_adj")" = 321 ]
		grep -q '^NoNewPrivs:.1' "/proc/$pid/status"
		grep -q '^CapEff:.0*$' "/proc/$pid/status"
		grep -q 'open files *77 ' "/proc/$pid/limits"
		run ocirt mounts add "$id" - <<<'[{"destination": "/mnt/new", "type": "tmpfs"}]'
		[ "$status" -le 1 ]
		host_untouched
	}
	inside() { ocirt exec "$id" sh -ec "$1"; }
	inside 'mkdir -p /tmp/f/self/attr /tmp/f/1/attr; for i in self 1; do for j in attr/exec status oom_score_adj comm; do echo fake >/tmp/f/$i/$j; done; done
		mount -t tmpfs fake /proc; cp -r /tmp/f/* /proc'
	looked_after
	[ "$(inside 'cat /proc/1/oom_score_adj /proc/self/oom_score_adj' | sort -u)" = fake ]
	inside 'umount -l /proc; umount -l /proc || :'
	looked_after
	inside 'mkdir -p /tmp/n; mount -t tmpfs n /tmp/n; cd /tmp/n; mkdir -p old bin tmp mnt; cp /bin/busybox bin
		for i in sh ls id wc cat sleep test; do ln -s busybox bin/$i; done; ln -s / old/up; ln -s /old/proc proc; pivot_root . old'
	looked_after
}

@test "CVE-2025-52881: masks and mount points that only a link of procfs leads to are refused" {
	set_args true
	ln -s /proc/self/fd rootfs/fds
	ln -s /proc/self/root rootfs/root-link
	cp config.json clean
	for path in /fds/0 /fds/1/x /root-link /root-link/etc /proc/self/exe /proc/thread-self/cwd; do
		for key in maskedPaths readonlyPaths; do
			update_config --arg p "$path" ".linux.$key += [\$p]"
			tries
			[ "$status" != 0 ] || { echo "$key $path" && false; }
			cp clean config.json
		done
		add_mount "$path" bind "$HOST/dir" bind
		tries
		[ "$status" != 0 ] || { echo "mount $path" && false; }
		cp clean config.json
	done
}

@test "CVE-2025-31133, CVE-2025-62161: masks are the null device whatever the container's /dev/null is, or becomes" {
	mkdir fakedev
	echo leak >fakedev/null
	echo confidential >rootfs/etc/key
	update_config '.linux.maskedPaths += ["/etc/key", "/proc/stat"]'
	set_script 'cat /etc/key; stat -L -c %t:%T /etc/key /proc/stat; grep -c " /etc/key " /proc/mounts'
	runs $'1:3\n1:3\n1' # control
	# in the image, with nothing mounted on /dev
	without_mounts /dev
	for fake in link-to-core link-to-key file fifo dir missing; do
		rm -rf rootfs/dev && mkdir rootfs/dev
		case $fake in
		link-to-core) ln -s /proc/sys/kernel/core_pattern rootfs/dev/null ;;
		link-to-key) ln -s /etc/key rootfs/dev/null ;;
		file) cp fakedev/null rootfs/dev/null ;;
		fifo) mkfifo rootfs/dev/null ;;
		dir) mkdir rootfs/dev/null ;;
		esac
		tries
		[[ $output != *confidential* ]]
		[[ $output != *leak* ]]
		[ "$status" != 0 ] || [[ $output == *1:3$'\n'1:3* ]]
	done
	# a volume on /dev
	rm -rf rootfs/dev && mkdir rootfs/dev
	add_mount /dev bind fakedev bind
	tries
	[[ $output != *confidential* ]]
	[[ $output != *leak* ]]
	[ "$status" != 0 ] || [[ $output == *1:3$'\n'1:3* ]]
}

@test "CVE-2025-31133: the masked name and the null device are swapped while masks are made" {
	mkdir -p vol/d vol/l
	echo confidential >vol/d/key
	ln -s /proc/sys/kernel/core_pattern vol/l/key
	rm -rf rootfs/dev && mkdir rootfs/dev
	add_mount /v bind vol bind
	update_config '.linux.maskedPaths += ["/v/d/key"]'
	core=$(cat /proc/sys/kernel/core_pattern)
	set_script '(echo x >/proc/sys/kernel/core_pattern) 2>/dev/null && grep -q x /proc/sys/kernel/core_pattern && echo written'
	swapping vol/d vol/l
	for ((i = 0; i < ${RACES:-25}; i++)); do
		run ocirt run "$(new_id)"
		[[ $output != *written* ]]
	done
	[ "$(cat /proc/sys/kernel/core_pattern)" = "$core" ]
}

@test "CVE-2025-31133: nobody changes the host's null device through a mask" {
	echo confidential >rootfs/etc/key
	mode=$(stat -c '%a %u' /dev/null)
	update_config '.linux.maskedPaths += ["/etc/key"] | .process.capabilities |= map_values(. + ["CAP_FOWNER", "CAP_CHOWN"])'
	set_script 'chmod 600 /etc/key 2>/dev/null || echo refused; chown 5 /etc/key 2>/dev/null || echo refused; cat /etc/key'
	runs $'refused\nrefused'
	[ "$(stat -c '%a %u' /dev/null)" = "$mode" ]
}

@test "CVE-2025-52565: /dev/pts and its entries are the container's own fakes when the console is bound" {
	require_term
	core=$(cat /proc/sys/kernel/core_pattern)
	update_config '.process.terminal = true'
	set_script 'cat /dev/console >/dev/null 2>&1 & (echo evil >/proc/sys/kernel/core_pattern) 2>/dev/null && echo written; stat -L -c %t /dev/console'
	without_mounts /dev
	mkdir -p fakepts
	for fake in /proc/sys/kernel/core_pattern /proc/sysrq-trigger "$HOST/secret"; do
		for n in 0 1 2 3 4 5; do ln -sfn "$fake" "fakepts/$n"; done
		ln -sfn "$fake" fakepts/ptmx
		rm -rf rootfs/dev && mkdir -p rootfs/dev
		without_mounts /dev
		add_mount /dev/pts bind fakepts bind
		run on_terminal -- run "$(new_id)"
		[ "$status" != 0 ]
		cp -a fakepts rootfs/dev/pts
		without_mounts /dev
		run on_terminal -- run "$(new_id)"
		[ "$status" != 0 ]
		host_untouched
	done
	[ "$(cat /proc/sys/kernel/core_pattern)" = "$core" ]
}

@test "CVE-2023-25809: without a cgroup namespace of its own a container cannot write to the host's groups" {
	update_config '.linux.namespaces |= map(select(.type != "cgroup"))'
	probe=$(new_id probe)
	# in the file systems of control groups; the tmpfs that holds their directories is the container's own
	set_script "awk '\$9 ~ /^cgroup/ || \$8 ~ /^cgroup/ || \$10 ~ /^cgroup/ { print \$5 }' /proc/self/mountinfo | while read -r m; do
		find \$m -maxdepth 2 -type d | while read -r d; do mkdir \$d/$probe 2>/dev/null && echo made \$d; done; done; true"
	runs ""
	# in a user namespace, with /sys a bind of the host's, cgroups and all, as rootless engines and `spec --rootless` write it
	update_config '.mounts |= map(select(.destination != "/sys")) | .linux.namespaces += [{type: "user"}]
		| .mounts = [{destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}] + .mounts
		| .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = [{containerID: 0, hostID: 0, size: 6}]'
	run -0 ocirt run "$(new_id)"
	[[ $output != *made* ]]
	[ -z "$(cgroup_dirs "$probe")" ]
}

@test "GHSA-5g49-rx9x-qfc6: keys of unified that lead out of the container's group" {
	require_lane v2
	set_args true
	for key in ../cgroup.freeze ../../cgroup.procs sub/cgroup.freeze /cgroup.freeze .. . "" cgroup.freeze/../../x "x/../../cgroup.kill"; do
		update_config --arg k "$key" '.linux.resources.unified = {($k): "1"}'
		tries
		[ "$status" != 0 ] || { echo "'$key' was taken" && return 1; }
	done
}

@test "a cgroupsPath that leads out, or to another container's processes" {
	set_args true
	for path in ../../x /../../x /a/../../../x a/../../../../x; do
		update_config --arg p "$path" '.linux.cgroupsPath = $p'
		tries
		[ "$status" != 0 ] || { echo "$path was taken" && return 1; }
	done
}

@test "CVE-2025-64750, CVE-2025-65105: a label that is not in force is an error, and the program does not run" {
	id=$(new_id)
	set_args sleep 1000
	detached run -d "$id"
	for option in --apparmor --process-label; do
		run ocirt exec "$option" ocirt-no-such-label "$id" touch /ran
		[ "$status" != 0 ] || { echo "exec $option was taken" && return 1; }
	done
	set_args touch /ran
	for member in .process.apparmorProfile .process.selinuxLabel .linux.mountLabel; do
		cp config.json before.json
		update_config "$member"' = "ocirt-no-such-label"'
		tries
		[ "$status" != 0 ] || { echo "$member was taken" && return 1; }
		mv before.json config.json
	done
	[ ! -e rootfs/ran ]
	runs "" # control
	[ -e rootfs/ran ]
}

@test "GHSA-7ww5-4wqc-m92c, CVE-2015-3630: what the default configuration hides and write-protects" {
	"$OCIRT" spec --bundle "$BATS_TEST_TMPDIR"
	for path in /proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/scsi \
		/proc/timer_list /proc/timer_stats /sys/devices/virtual/tpm /sys/devices/virtual/powercap /sys/firmware /sys/dev/block /sys/fs/selinux; do
		jq -e --arg p "$path" '.linux.maskedPaths | index($p)' "$BATS_TEST_TMPDIR/config.json" >/dev/null || { echo "$path is not masked" && return 1; }
	done
	for path in /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger; do
		jq -e --arg p "$path" '.linux.readonlyPaths | index($p)' "$BATS_TEST_TMPDIR/config.json" >/dev/null || { echo "$path is writable" && return 1; }
	done
	# and they are, in a container
	set_script 'for p in /proc/kcore /proc/keys /proc/timer_list; do [ -s $p ] && echo "$p shows something"; done
		ls /sys/firmware /sys/devices/virtual/powercap /sys/dev/block /sys/fs/selinux /proc/acpi /proc/scsi 2>/dev/null | grep -v "^/\|^$"
		for p in /proc/sysrq-trigger /proc/sys/kernel/hostname /proc/irq/default_smp_affinity; do (echo h >$p) 2>/dev/null && echo "$p was written"; done; true'
	runs ""
}
