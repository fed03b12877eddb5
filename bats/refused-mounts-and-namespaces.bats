#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# limit: 300
# lanes: any
# what cannot be mounted, masked, mapped, joined or combined is refused with line, column and pointer, and leaves nothing

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	mkdir vol rootfs/dir
	touch file rootfs/plain
	mkfifo fifo
	ln -s loop rootfs/loop
	ln -s / rootfs/toroot
	ln -s /proc/sys rootfs/toproc
	# on version 1 alone there is none by default, and the rows count them
	update_config '.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "cgroup"}]'
	cp config.json plain.json
	sources=$PWD
}

# each line of standard input: POINTER | WORDS OF THE REFUSAL | JQ FILTER, in which $pwd is the bundle; a row may use what follows.
# Empty lines and lines that begin with # are left out.
readonly USEFUL='
	def mnt($o): .mounts += [{destination: "/m", type: "tmpfs", source: "tmpfs"} + $o];
	def bind($o): .mounts += [{destination: "/m", type: "bind", source: ($pwd + "/vol"), options: ["bind"]} + $o];
	def opts($o): mnt({options: $o});
	def bopts($o): bind({options: (["bind"] + $o)});
	def without($t): .linux.namespaces |= map(select(.type != $t));
	def path($t; $p): without($t) | .linux.namespaces += [{type: $t, path: $p}];
	def row($c; $h; $n): {containerID: $c, hostID: $h, size: $n};
	def user($u; $g): .linux.namespaces += [{type: "user"}] | .linux.uidMappings = $u | .linux.gidMappings = $g;
	def user: user([row(0; 100000; 65536)]; [row(0; 100000; 65536)]);
	def time($o): .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = $o;'

each_is_refused() {
	local pointer words filter bad=0
	while IFS='|' read -r pointer words filter; do
		[[ $pointer == /* ]] || continue
		pointer=${pointer% *} words=${words# } words=${words%% }
		jq --arg pwd "$sources" "$USEFUL $filter" <plain.json >config.json || return
		is_refused "$pointer" "${words% }" || { echo "  with $filter" && bad=1; }
	done
	return $bad
}

is_refused() {
	local id=$TAG-refused text=$BATS_TEST_TMPDIR/text place
	if ocirt create "$id" </dev/null >"$text" 2>&1; then
		echo "$1: created" && ocirt delete -f "$id" && return 1
	fi
	place=$(printf 'config\\.json:[0-9]+:[0-9]+: %s: ' "${1//\*/[^ ]*}")
	grep -qE "$place" "$text" || { echo "$1: not there in: $(<"$text")" && return 1; }
	grep -qF -- "$2" "$text" || { echo "$1: no \"$2\" in: $(<"$text")" && return 1; }
	[ -z "$(find "$STATE" -mindepth 1)" ] || { echo "$1: state is left" && return 1; }
	[ -z "$(cgroup_dirs "$TAG")" ] || { echo "$1: a control group is left" && return 1; }
}

@test "mounts: destinations, types and sources" {
	each_is_refused <<-'ROWS'
		/mounts/7 | its destination is empty | mnt({destination: ""})
		/mounts/7 | is the root file system itself | mnt({destination: "/"})
		/mounts/7 | is the root file system itself | mnt({destination: "."})
		/mounts/7 | is the root file system itself | mnt({destination: "/a/.."})
		/mounts/7 | is the root file system itself | mnt({destination: ($pwd + "/rootfs")})
		/mounts/7 | longer than 4096 bytes | mnt({destination: ("/" + "x" * 5000)})
		/mounts/7 | File name too long | mnt({destination: ("/" + "x" * 300)})
		/mounts/7 | Not a directory | mnt({destination: "/plain/x"})
		/mounts/7 | Too many levels of symbolic links | mnt({destination: "/loop/x"})
		/mounts/7 | is the container's root itself | mnt({destination: "/toroot"})
		/mounts/7 | tmpfs is a directory, but /plain in the container is a file | mnt({destination: "/plain"})
		/mounts/7 | is a file, but /dir in the container is a directory | bind({destination: "/dir", source: ($pwd + "/file")})
		/mounts/7 | is a directory, but /plain in the container is a file | bind({destination: "/plain"})
		/mounts/7 | it has no type, and is no bind | mnt({}) | del(.mounts[7].type)
		/mounts/7 | it has no type, and is no bind | mnt({type: ""})
		/mounts/7 | it has no type, and is no bind | mnt({type: "none"})
		/mounts/7 | the kernel has no file system "nosuchfs" | mnt({type: "nosuchfs"})
		/mounts/7 | a bind without a source | bind({source: ""})
		/mounts/7 | a bind without a source | bind({}) | del(.mounts[7].source)
		/mounts/7 | No such file or directory | bind({source: "/no/such/thing"})
		/mounts/7 | No such file or directory | bind({source: "not-in-the-bundle"})
		/mounts/7 | Not a directory | bind({source: ($pwd + "/file/")})
		/mounts/7 | Block device required | mnt({type: "ext4", source: "/dev/null"})
		/mounts/7 | lowerdir=/no/such | mnt({type: "overlay", options: ["lowerdir=/no/such"]})
	ROWS
}

@test "mounts: option words" {
	each_is_refused <<-'ROWS'
		/mounts/7 | did you mean "nosuid"? | bopts(["nosiud"])
		/mounts/7 | option "rro " is unknown for a bind, did you mean "rro"? | bopts(["rro "])
		/mounts/7 | option "RO" is unknown for a bind | bopts(["RO"])
		/mounts/7 | option "acl" is unknown for a bind | bopts(["acl"])
		/mounts/7 | option bogus: Unknown parameter 'bogus' | opts(["bogus"])
		/mounts/7 | Bad value for 'size' | opts(["size=much"])
		/mounts/7 | Bad value for 'mode' | opts(["mode=99"])
		/mounts/7 | order to mount(8) | bopts(["X-mount.idmap=b:0:1:1"])
		/mounts/7 | order to mount(8) | opts(["X-mount.owner=3"])
		/mounts/7 | tmpcopyup is for a tmpfs only | bopts(["tmpcopyup"])
		/mounts/7 | copy-symlink is for a bind only | opts(["copy-symlink"])
		/mounts/7 | src-nofollow is for a bind only | opts(["src-nofollow"])
		/mounts/7 | more than 4 propagation options | opts(["shared", "slave", "private", "rshared", "rslave"])
		/mounts/7 | nothing is mounted on /dir | mnt({destination: "/dir", options: ["remount", "bind", "ro"]})
		/mounts/7 | No such file or directory | mnt({destination: "/gone", options: ["remount", "ro"]})
		/mounts/7 | idmap is for a new mount only | opts(["remount"]) | .mounts[7] += {uidMappings: [row(0; 1; 1)], gidMappings: [row(0; 1; 1)]}
		/mounts/7 | has no user namespace to take them from | bopts(["idmap"])
		/mounts/7 | has no user namespace to take them from | bopts(["ridmap"])
		/mounts/7 | uidMappings without gidMappings | bind({uidMappings: [row(0; 1; 1)]})
		/mounts/7 | gidMappings without uidMappings | bind({gidMappings: [row(0; 1; 1)]})
		/mounts/7/uidMappings/0 | size 0 | bind({uidMappings: [row(0; 1; 0)], gidMappings: [row(0; 1; 1)]})
		/mounts/7/gidMappings/1 | overlap with those of row 0 | bind({uidMappings: [row(0; 1; 1)], gidMappings: [row(0; 1; 9), row(8; 100; 1)]})
		/mounts/7/uidMappings/0/size | found "1" | bind({uidMappings: [row(0; 1; "1")], gidMappings: [row(0; 1; 1)]})
		/mounts/7 | cannot read its option idmap=uids | bopts(["idmap=uids=0-1"])
		/mounts/7 | does not support idmapped mounts | bind({source: "/proc/sys", uidMappings: [row(0; 1; 1)], gidMappings: [row(0; 1; 1)]})
		/mounts/7/options | found "ro" | mnt({options: "ro"})
		/mounts/7/options/1 | found 7 | mnt({options: ["ro", 7]})
		/linux/mountLabel | SELinux is not active on this host | .linux.mountLabel = "a:b:c:s0:c1,c2"
	ROWS
}

@test "mounts: /proc, /sys and control groups" {
	each_is_refused <<-'ROWS'
		/mounts/7 | it is inside /proc | mnt({destination: "/proc/sys"})
		/mounts/7 | it is inside /proc | bind({destination: "/proc/self/attr"})
		/mounts/7 | it is inside /proc | bind({destination: "/dir/../proc/sysrq-trigger"})
		/mounts/7 | it is inside /proc | bind({destination: "/toproc"})
		/mounts/7 | it is inside /proc | mnt({destination: "/toproc/kernel"})
		/mounts/7 | it is not of type proc | mnt({destination: "/proc"})
		/mounts/7 | it is not of type proc | mnt({destination: "/proc", type: "sysfs"})
		/mounts/7 | it is no procfs | bind({destination: "/proc"})
		/mounts/7 | Read-only file system | mnt({destination: "/sys/new"})
		/mounts/7 | Unknown parameter 'bogus' | mnt({type: "cgroup2", options: ["bogus"]})
		/mounts/7 | in the container is a file | mnt({destination: "/plain", type: "cgroup"})
		/mounts/4 | needs a new ipc namespace | user | without("ipc")
		/mounts/4 | needs a new ipc namespace | user | path("ipc"; "/proc/self/ns/ipc")
		/mounts/0 | cannot show a pid namespace that is joined | user | path("pid"; "/proc/self/ns/pid")
	ROWS
	[ "$OCIRT_LANE" = v2 ] || each_is_refused <<-'ROWS'
		/mounts/7 | option "name=x" is unknown for a cgroup mount on this host | mnt({type: "cgroup", options: ["name=x"]})
	ROWS
}

@test "the root, masks and read-only paths" {
	each_is_refused <<-'ROWS'
		/root/path | it is empty | .root.path = ""
		/root/path | No such file or directory | .root.path = "nope"
		/root/path | Not a directory | .root.path = "file"
		/root/path | longer than | .root.path = "x" * 5000
		/root/path | root file system | .root.path = "fifo"
		/linux/rootfsPropagation | expected private, shared, slave | .linux.rootfsPropagation = "rproxy"
		/linux/rootfsPropagation | expected private, shared, slave | .linux.rootfsPropagation = ""
		/linux/maskedPaths/0 | is not an absolute path | .linux.maskedPaths = ["proc/kcore"]
		/linux/maskedPaths/1 | is not an absolute path | .linux.maskedPaths = ["/proc/kcore", ""]
		/linux/maskedPaths/0 | it is the root file system itself | .linux.maskedPaths = ["/"]
		/linux/maskedPaths/0 | it is the root file system itself | .linux.maskedPaths = ["/etc/./.."]
		/linux/maskedPaths/0 | it is the container's root itself | .linux.maskedPaths = ["/toroot"]
		/linux/maskedPaths/0 | Not a directory | .linux.maskedPaths = ["/plain/x"]
		/linux/maskedPaths/0 | Too many levels of symbolic links | .linux.maskedPaths = ["/loop"]
		/linux/maskedPaths/0 | Too many levels of symbolic links | .linux.maskedPaths = ["/proc/self/exe"]
		/linux/readonlyPaths/0 | is not an absolute path | .linux.readonlyPaths = ["."]
		/linux/readonlyPaths/0 | use /root/readonly | .linux.readonlyPaths = ["/"]
		/linux/readonlyPaths/0 | Not a directory | .linux.readonlyPaths = ["/plain/x"]
	ROWS
}

@test "namespaces" {
	each_is_refused <<-'ROWS'
		/linux/namespaces/6 | the pid namespace is listed twice | .linux.namespaces += [{type: "pid"}]
		/linux/namespaces/6 | the network namespace is listed twice | .linux.namespaces += [{type: "network", path: "/proc/self/ns/net"}]
		/linux/namespaces/6/type | expected mount, pid, network | .linux.namespaces += [{type: "net"}]
		/linux/namespaces/6 | type | .linux.namespaces += [{path: "/proc/self/ns/net"}]
		/linux/namespaces/5 | is not absolute: "ns/net" | path("network"; "ns/net")
		/linux/namespaces/5 | No such file or directory | path("network"; "/no/such/ns")
		/linux/namespaces/5 | is a uts namespace, not a network namespace | path("network"; "/proc/self/ns/uts")
		/linux/namespaces/5 | is a user namespace, not a pid namespace | path("pid"; "/proc/self/ns/user")
		/linux/namespaces/5 | is not a namespace | path("ipc"; "/etc/passwd")
		/linux/namespaces/5 | is not a namespace | path("ipc"; "/etc")
		/linux/namespaces/5 | is not a namespace | path("ipc"; ($pwd + "/fifo"))
		/linux/namespaces/6 | the user namespace that we are in | path("user"; "/proc/self/ns/user")
		/linux/namespaces | without a mount namespace | user | without("mount")
		/linux/namespaces | cannot be joined from a new user namespace | user | path("mount"; "/proc/self/ns/mnt")
		/hostname | no uts namespace | without("uts")
		/domainname | no uts namespace | without("uts") | del(.hostname) | .domainname = "d"
		/hostname | the host would change | path("uts"; "/proc/self/ns/uts")
		/domainname | the host would change | path("uts"; "/proc/self/ns/uts") | del(.hostname) | .domainname = "d"
		/hostname | the uts namespace that is joined cannot belong to the new user namespace | user | path("uts"; "/proc/self/ns/uts")
		/domainname | the uts namespace that is joined cannot belong to the new user namespace | user | path("uts"; "/proc/self/ns/uts") | del(.hostname) | .domainname = "d"
		/linux/sysctl/net.ipv4.ip_forward | the host would change | user | path("network"; "/proc/self/ns/net") | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
		/hostname | the kernel takes 64 | .hostname = "h" * 65
		/domainname | the kernel takes 64 | .domainname = "d" * 65
		/linux/sysctl/net.ipv4.ip_forward | needs a network namespace | without("network") | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
		/linux/sysctl/net.ipv4.ip_forward | the host would change | path("network"; "/proc/self/ns/net") | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
		/linux/sysctl/kernel.shmmax | needs an ipc namespace | without("ipc") | .linux.sysctl = {"kernel.shmmax": "1"}
		/linux/sysctl/kernel.domainname | needs a uts namespace | without("uts") | del(.hostname) | .linux.sysctl = {"kernel.domainname": "x"}
		/linux/timeOffsets | makes no time namespace | .linux.timeOffsets = {monotonic: {secs: 1}}
		/linux/timeOffsets | makes no time namespace | .linux.namespaces += [{type: "time", path: "/proc/self/ns/time"}] | .linux.timeOffsets = {boottime: {secs: 1}}
		/linux/timeOffsets/boottime/nanosecs | more than 999999999 | time({boottime: {nanosecs: 1000000000}})
		/linux/timeOffsets/boottime/secs | found "1" | time({boottime: {secs: "1"}})
	ROWS
	[ ! -e /proc/self/ns/time ] || each_is_refused <<-'ROWS'
		/linux/timeOffsets | a clock would be before its zero | time({boottime: {secs: -5000000000}})
		/linux/timeOffsets | a clock would be before its zero | time({monotonic: {secs: 9000000000000}})
	ROWS
}

@test "id mappings" {
	each_is_refused <<-'ROWS'
		/linux/uidMappings | no user namespace | .linux.uidMappings = [row(0; 1; 1)]
		/linux/gidMappings | no user namespace | .linux.gidMappings = [row(0; 1; 1)]
		/linux/gidMappings | at least one row of both | user | del(.linux.gidMappings)
		/linux/uidMappings | at least one row of both | user([]; [row(0; 1; 1)])
		/linux/uidMappings | id 0 of the container is in no row | user([row(1; 100000; 10)]; [row(0; 1; 1)])
		/linux/gidMappings | id 0 of the container is in no row | user([row(0; 100000; 10)]; [row(1; 1; 9)])
		/linux/uidMappings/0 | size 0 | user([row(0; 100000; 0)]; [row(0; 1; 1)])
		/linux/uidMappings/1 | in the container overlap with those of row 0 | user([row(0; 100000; 10), row(9; 1; 1)]; [row(0; 1; 1)])
		/linux/uidMappings/1 | on the host overlap with those of row 0 | user([row(0; 100000; 10), row(10; 100009; 1)]; [row(0; 1; 1)])
		/linux/gidMappings/0 | past the last id | user([row(0; 100000; 10)]; [row(0; 4294967290; 10)])
		/linux/uidMappings/0/hostID | found -1 | user([row(0; -1; 10)]; [row(0; 1; 1)])
		/linux/uidMappings/0/containerID | found 1.5 | user([row(1.5; 1; 10)]; [row(0; 1; 1)])
		/linux/uidMappings/0 | hostID | user([{containerID: 0, size: 1}]; [row(0; 1; 1)])
		/linux/uidMappings | 400 rows: the kernel takes 340 | user([range(400) | row(.; 100000 + . * 2; 1)]; [row(0; 1; 1)])
		/linux/uidMappings | less than a page of text | user([range(340) | row(. * 2; 1000000000 + . * 2; 1)]; [row(0; 1; 9)])
		/process/user/uid | is not in /linux/uidMappings | user | .process.user.uid = 70000
		/process/user/gid | is not in /linux/gidMappings | user | .process.user.gid = 70000
		/process/user/additionalGids/0 | is not in /linux/gidMappings | user | .process.user.additionalGids = [70000]
		/mounts/2 | option "gid=5": the id is not in /linux/gidMappings | user([row(0; 100000; 9)]; [row(0; 100000; 1)])
	ROWS
}
