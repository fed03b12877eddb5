#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# limit: 300
# who the program is, what it may, and what an image can make us spend: published flaws of runtimes, replayed

load ../lib/ocirt
load ../lib/mounts
load ../lib/attack

setup() {
	security_setup
	id=$(new_id)
	chmod 755 . rootfs "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
}
teardown() { security_teardown; }

sets() { awk '/^Cap/ { printf "%s%s ", $1, $2 }' <<<"$output"; }

@test "CVE-2022-29162, CVE-2022-27650, CVE-2022-24769, CVE-2022-27649, CVE-2025-27612: nothing is inheritable that nobody asked for" {
	set_args grep ^Cap /proc/self/status
	run -0 ocirt run "$id"
	[[ $(sets) == *"CapInh:0000000000000000"* ]]
	[[ $(sets) == *"CapAmb:0000000000000000"* ]]
	set_args sleep 1000
	detached run -d "$id"
	for options in "" "--cap CAP_NET_RAW" "--user 1000" "--user 1000 --cap CAP_NET_RAW --cap CAP_SYS_ADMIN"; do
		# shellcheck disable=SC2086 # words
		run -0 ocirt exec $options "$id" grep ^Cap /proc/self/status
		[[ $(sets) == *"CapInh:0000000000000000"* ]]
		[[ $(sets) == *"CapAmb:0000000000000000"* ]]
	done
}

@test "CVE-2022-29162: a user gains nothing by a file with inheritable capabilities" {
	mkdir rootfs/capped
	cp rootfs/bin/busybox rootfs/capped/grep
	"$ATTACK" file-caps rootfs/capped/grep 13 || skip_because "no file capabilities here"
	update_config '.process.noNewPrivileges = false | .process.user = {"uid": 1000, "gid": 1000}
		| .process.capabilities |= map_values(. + ["CAP_NET_RAW"])'
	set_args /capped/grep ^Cap /proc/self/status
	run -0 ocirt run "$id"
	[[ $(sets) == *"CapPrm:0000000000000000"* ]]
	# control: with the inheritable set that the flaw gave, it does
	update_config '.process.capabilities.inheritable = ["CAP_NET_RAW"]'
	run -0 ocirt run "$id"
	[[ $(sets) == *"CapPrm:0000000000002000"* ]]
}

@test "CVE-2016-8867: a user has no ambient capabilities by default" {
	update_config '.process.user = {"uid": 1000, "gid": 1000}'
	set_args grep ^Cap /proc/self/status
	run -0 ocirt run "$id"
	[[ $(sets) == *"CapPrm:0000000000000000 CapEff:0000000000000000"* ]]
	[[ $(sets) == *"CapAmb:0000000000000000"* ]]
}

@test "CVE-2016-3697, CVE-2026-30892, CVE-2024-40635, CVE-2026-46680: --user is a number, whole and in range, and never a name" {
	# names that are numbers, and the other way round, as the image likes them
	printf '%s:x:0:0:::/bin/sh\n' 1000 4294967296 -1 ' 0' 65536 root >rootfs/etc/passwd
	printf '%s:x:0:\n' 1000 65536 -1 >rootfs/etc/group
	set_args sleep 1000
	detached run -d "$id"
	for user in 1 1000 1000:1000 65536:65536 4294967294; do
		run -0 ocirt exec --user "$user" "$id" id -u
		[ "$output" = "${user%%:*}" ]
	done
	for user in -1 4294967295 4294967296 4294967296:0 18446744073709551615 18446744073709551616 99999999999999999999 ' 0' '0 ' +0 0x0 00x \
		1e0 1.0 '' : 0: :0 0:root root root:0 0:-1 0:4294967295 0:4294967296 $'0\n' '٠'; do
		run ocirt exec --user "$user" "$id" id
		[ "$status" != 0 ] || { echo "'$user' was taken: $output" && return 1; }
		[[ $output != *uid=* ]]
	done
	for gid in -1 4294967295 root '' 1x; do
		run ocirt exec --additional-gids "$gid" "$id" id
		[ "$status" != 0 ] || { echo "group '$gid' was taken: $output" && return 1; }
	done
}

@test "CVE-2024-40635: ids in config.json, and in an exec's process file" {
	set_args id
	for user in '{"uid": 4294967295, "gid": 0}' '{"uid": 4294967296, "gid": 0}' '{"uid": -1, "gid": 0}' '{"uid": "root", "gid": 0}' \
		'{"uid": "1000", "gid": 0}' '{"uid": true, "gid": 0}' '{"uid": 0.5, "gid": 0}' '{"uid": [0], "gid": 0}' '{"uid": 0, "gid": -1}' \
		'{"uid": 0, "gid": 0, "additionalGids": [4294967295]}' '{"uid": 0, "gid": 0, "additionalGids": ["wheel"]}'; do
		update_config --argjson u "$user" '.process.user = $u'
		run ocirt run "$id"
		[ "$status" != 0 ]
		[[ $output == *config.json:*:*/process/user* ]]
	done
	update_config '.process.user = {"uid": 0, "gid": 0} | .process.args = ["sleep", "1000"]'
	detached run -d "$id"
	jq '.process | .args = ["id"] | .user = {"uid": 4294967295, "gid": 0}' config.json >process.json
	run ocirt exec --process process.json "$id"
	[ "$status" != 0 ]
	[[ $output != *uid=* ]]
}

@test "CVE-2023-25173, CVE-2022-2989, CVE-2022-36109: the groups are those that were asked for, and the caller's are gone" {
	set_args grep ^Groups /proc/self/status
	run -0 setpriv --groups 4,20,1234 "$OCIRT" --root "$STATE" run "$id"
	[ "$(tr -d '[:space:]' <<<"$output")" = Groups: ]
	set_args sleep 1000
	detached run -d "$id"
	run -0 setpriv --groups 4,20,1234 "$OCIRT" --root "$STATE" exec --user 1000:1000 "$id" grep ^Groups /proc/self/status
	[ "$(tr -d '[:space:]' <<<"$output")" = Groups: ]
}

@test "GHSA-g54h-m393-cpwq: without a word about devices, none but the default ones open" {
	set_script 'mknod /x b 7 0; mknod /y c 1 1; mknod /z c 1 3; head -c1 /x; head -c1 /y; head -c1 /z && echo fine'
	for devices in '[]' '[{"allow": false, "access": "rwm"}]' null; do
		update_config --argjson d "$devices" '.linux.resources.devices = $d | .process.capabilities |= map_values(. + ["CAP_MKNOD"])'
		rm -f rootfs/[xyz]
		run ocirt run "$id"
		[ "$(grep -c 'not permitted' <<<"$output")" = 2 ] && [[ $output == *fine* ]] || { echo "$devices: $output" && return 1; }
	done
}

@test "CVE-2020-5291: no right on the host outlives the way into a user namespace, made or joined" {
	mkdir rootfs/host
	guarded='cat /host/secret; chown 0 /host/secret; mknod /host/dir/node b 8 0; echo x >/host/dir/new; echo x >/proc/sys/kernel/core_pattern
		hostname host; mount -t tmpfs none /host/dir; true'
	core=$(cat /proc/sys/kernel/core_pattern)
	chmod 600 "$HOST/secret"
	_host_looks >"$BATS_TEST_TMPDIR/host.before"
	update_config --arg h "$HOST" '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings | .mounts += [{destination: "/host", type: "bind", source: $h, options: ["bind"]}]
		| .process.capabilities |= map_values(["CAP_CHOWN", "CAP_MKNOD", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SYS_ADMIN"])'
	set_args sleep 1000
	detached run -d "$id"
	run -0 ocirt exec "$id" sh -c "$guarded"
	[[ $output != *secret$'\n'* ]]
	host_untouched
	# another that joins it, as a user without capabilities
	update_config --arg p "/proc/$(pid_of "$id")/ns/user" '.linux.namespaces |= map(if .type == "user" then .path = $p else . end)
		| del(.linux.uidMappings, .linux.gidMappings) | .process.capabilities = {} | .process.user = {uid: 1000, gid: 1000}'
	set_script "grep ^Cap /proc/self/status; $guarded"
	run ocirt run "$id-joined"
	[[ $(sets) == *"CapPrm:0000000000000000 CapEff:0000000000000000 CapBnd:0000000000000000 CapAmb:0000000000000000"* ]]
	[[ $output != *secret$'\n'* ]]
	host_untouched
	[ "$(cat /proc/sys/kernel/core_pattern)" = "$core" ]
}

@test "CVE-2021-43784: thousands of id map rows neither wrap nor lose the user namespace" {
	update_config '.linux.namespaces += [{"type": "user"}]
		| .linux.uidMappings = [range(6000) | {containerID: ., hostID: (100000 + . * 2), size: 1}]
		| .linux.gidMappings = .linux.uidMappings'
	set_args readlink /proc/self/ns/user
	run ocirt run "$id"
	[ "$status" != 0 ]
	[[ $output == *Mappings* ]]
}

@test "CVE-2024-3154: annotations name no properties of a unit that run something or loosen the confinement" {
	set_args true
	for property in ExecStopPost ExecStart ExecStartPre Slice Delegate User DevicePolicy Environment; do
		update_config --arg p "org.systemd.property.$property" '.annotations = {($p): "[(\"/bin/touch\", [\"touch\", \"/tmp/owned\"], false)]"}'
		run ocirt --systemd-cgroup run "$id"
		[ "$status" != 0 ] || { echo "$property was taken" && return 1; }
	done
}

@test "CVE-2026-47262: /etc/passwd and /etc/group are pipes, bombs, directories or the host's" {
	update_config '.process.env |= map(select(startswith("HOME=") | not))'
	set_script 'echo home $HOME'
	for file in passwd group; do
		for kind in fifo zero huge dir host lines; do
			rm -rf "rootfs/etc/${file:?}"
			case $kind in
			fifo) mkfifo "rootfs/etc/$file" ;;
			zero) ln -s /dev/zero "rootfs/etc/$file" ;;
			huge) truncate -s 5G "rootfs/etc/$file" ;;
			dir) mkdir "rootfs/etc/$file" ;;
			host) ln -s "../../../../../../../../..$HOST/secret" "rootfs/etc/$file" ;;
			lines) printf ':%.0s' {1..100000} >"rootfs/etc/$file" ;;
			esac
			# 64 MiB of address space are plenty: what reads all of it has none
			OCIRT_LIMIT=20 run bash -c 'ulimit -v 65536; exec timeout 20 "$@"' _ "$OCIRT" --root "$STATE" run "$id"
			[ "$status" = 0 ] || { echo "$file $kind: $output" && return 1; }
			[[ $output == "home /"* ]]
		done
		printf 'root:x:0:0:::\n' >"rootfs/etc/$file"
	done
	host_untouched
}

@test "config.json is a pipe, a device, a bomb, a directory, or as deep as a well" {
	cp config.json good.json
	for kind in fifo zero huge dir deep wide; do
		rm -rf config.json
		case $kind in
		fifo) mkfifo config.json ;;
		zero) ln -s /dev/zero config.json ;;
		huge) truncate -s 5G config.json ;;
		dir) mkdir config.json ;;
		deep) printf '[%.0s' {1..100000} >config.json ;;
		wide) { printf '{"ociVersion":"1.0.0","x":[' && yes '0,' | head -c 9000000 && printf '0]}'; } >config.json ;;
		esac
		OCIRT_LIMIT=20 run bash -c 'ulimit -v 262144; exec timeout 20 "$@"' _ "$OCIRT" --root "$STATE" run "$id"
		[ "$status" = 1 ] || { echo "$kind: $status: $output" && return 1; }
		[[ $output == *config.json* ]]
	done
}

@test "CVE-2022-31030: what a hook says without end is cut, and the hook is not waited for without end" {
	cat >hook <<-'SH'
		#!/bin/sh
		yes flood >&2
	SH
	chmod 755 hook
	update_config --arg h "$PWD/hook" '.hooks.createRuntime = [{path: $h, timeout: 2}]'
	set_args true
	OCIRT_LIMIT=30 run ocirt run "$id"
	[ "$status" != 0 ]
	[ "$status" != 124 ]
	[ ${#output} -lt 100000 ]
}

@test "the caller's environment decides nothing: no library, no temporary directory, no home, no locale" {
	cat >evil.c <<-'C'
		#include <fcntl.h>
		#include <unistd.h>
		__attribute__((constructor)) static void run(void) { close(open("/EVIL", O_CREAT | O_WRONLY, 0600)); }
	C
	"${CC:-cc}" -shared -fPIC -o evil.so evil.c
	cp evil.so rootfs/evil.so
	set_script 'env; ls /EVIL 2>/dev/null; true'
	# what the stage does inside, it does without them: it is executed with an empty environment
	run -0 env LD_LIBRARY_PATH=/evil TMPDIR=/nowhere HOME=/evil LC_ALL=evil PATH=/evil GCONV_PATH=/evil IFS=x OCIRT=x XDG_RUNTIME_DIR=/evil \
		NOTIFY_SOCKET= LISTEN_FDS=0 "$OCIRT" --root "$STATE" run "$id"
	[[ $output != *evil* ]]
	[[ $output != *EVIL* ]]
	run -0 env LD_PRELOAD=/evil.so "$OCIRT" --root "$STATE" run "$id"
	[ ! -e rootfs/EVIL ]
}
