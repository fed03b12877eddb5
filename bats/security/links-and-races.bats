#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# limit: 400
# images and neighbours that want a mount, a node, a mask or a file to land on the host, with links that lie there or are swapped
# in while we work: published flaws of runtimes, replayed. RACES=n: how often each race is run (default 25)

load ../lib/ocirt
load ../lib/mounts
load ../lib/term
load ../lib/attack

setup() {
	security_setup
	RACES=${RACES:-25}
}
teardown() { security_teardown; }

races() { # some containers come to be, or nothing was raced
	local i went=0
	for ((i = 0; i < RACES || (went == 0 && i < 20 * RACES); i++)); do
		tries
		[ "$status" != 0 ] || went=$((went + 1))
	done
	[ "$went" -gt 0 ]
}

@test "CVE-2015-1335, CVE-2015-3627, CVE-2019-18837: volumes and tmpfs on links to the host" {
	mkdir vol
	echo mine >vol/file
	set_args true
	while read -r way; do
		rm -rf rootfs/x && ln -s "$way" rootfs/x
		without_mounts /x
		add_mount /x/dir bind vol bind
		add_mount /x/file bind vol/file bind
		add_mount /x/new/tmp tmpfs tmpfs
		add_mount /x tmpfs tmpfs
		tries
	done < <(ways_to "$HOST")
}

@test "CVE-2015-3629: the bundle's rootfs, and the bundle, are links" {
	mkdir elsewhere
	mv rootfs elsewhere/real
	ln -s elsewhere/real rootfs
	set_script "ls $HOST 2>/dev/null; echo x >/made; true"
	tries
	[ -e elsewhere/real/made ]
	ln -sfn "$BUNDLE" "$BATS_TEST_TMPDIR/linked"
	run -0 ocirt run --bundle "$BATS_TEST_TMPDIR/linked" "$(new_id)"
}

@test "CVE-2021-30465: a directory of a shared volume is swapped for a link to the host while mounts are made" {
	mkdir -p vol/sub vol2
	echo mine >vol2/file
	ln -s "$HOST" vol/link
	add_mount /v bind vol bind
	add_mount /v/sub/dir tmpfs tmpfs
	add_mount /v/sub/file bind vol2/file bind
	add_mount /v/sub bind vol2 bind
	set_args true
	swapping vol/sub vol/link
	races
}

@test "CVE-2021-30465, control: the same swap catches a program that looks first and opens then" {
	mkdir -p vol/sub
	ln -s "$HOST" vol/link
	swapping vol/sub vol/link
	caught() { "$ATTACK" naive vol/sub caught 20000 && [ -e "$HOST/caught" ]; }
	wait_for 20 caught
}

@test "CVE-2021-30465: the source of a later volume is the destination that the swap aimed at" {
	mkdir -p vol/sub
	ln -s "$BUNDLE" vol/link
	add_mount /v bind vol bind
	add_mount /v/sub/host tmpfs tmpfs # would cover $HOST, if it got out
	add_mount /w bind "$HOST" bind ro
	set_args cat /w/secret
	swapping vol/sub vol/link
	for ((i = 0; i < RACES || (went == 0 && i < 20 * RACES); i++)); do
		tries
		[ "$status" != 0 ] || [ "$output" = secret ]
	done
}

@test "CVE-2024-45310: missing mount points are not made outside, whatever is swapped" {
	mkdir -p vol/sub rootfs/a
	ln -s "$HOST" vol/link
	ln -s "$HOST" rootfs/b
	add_mount /v bind vol bind
	add_mount /v/sub/new/deep/dir tmpfs tmpfs
	add_mount /v/sub/new/file bind "$HOST/secret" bind
	add_mount /a/new/dir tmpfs tmpfs
	set_args true
	swapping vol/sub vol/link
	races
	stop_swapping
	swapping rootfs/a rootfs/b
	races
}

@test "CVE-2025-52881, CVE-2025-62596: labels, sysctls and masks while /proc's surroundings are swapped" {
	mkdir -p vol/sub fake/self/attr fake/sys/net/ipv4
	touch fake/self/attr/{exec,keycreate} fake/sys/net/ipv4/ip_forward "$HOST/dir/sysrq"
	guard=$(find fake -printf '%p %s\n' | sort)
	_host_looks >"$BATS_TEST_TMPDIR/host.before"
	ln -s /proc vol/link
	add_mount /v bind vol bind
	add_mount /v/sub/x bind fake/self/attr/exec bind
	update_config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.maskedPaths += ["/v/sub/x", "/v/sub/sysrq-trigger"]'
	set_script 'cat /proc/sys/net/ipv4/ip_forward; head -c1 /proc/self/status'
	swapping vol/sub vol/link
	for ((i = 0; i < RACES; i++)); do
		run ocirt run "$(new_id)"
		[ "$status" != 0 ] || [ "$output" = $'1\nN' ]
	done
	[ "$(find fake -printf '%p %s\n' | sort)" = "$guard" ]
	host_untouched
}

@test "CVE-2026-41579, CVE-2026-47766: the image's /dev is a link to the host and nothing is mounted there" {
	without_mounts /dev
	update_config '.linux.devices = [{path: "/dev/extra", type: "c", major: 1, minor: 5}, {path: "/dev/d/eep", type: "p"}]'
	touch "$HOST/ptmx" "$HOST/null"
	_host_looks >"$BATS_TEST_TMPDIR/host.before"
	set_args true
	while read -r way; do
		rm -rf rootfs/dev && ln -s "$way" rootfs/dev
		tries
	done < <(ways_to "$HOST")
}

@test "CVE-2026-41579: the image's /dev is swapped for a link to the host while nodes are made" {
	without_mounts /dev
	rm -rf rootfs/dev && mkdir rootfs/dev
	ln -s "$HOST" rootfs/link
	set_args true
	swapping rootfs/dev rootfs/link
	races
}

@test "CVE-2026-88264: with a terminal, the image's /dev/console is a link to the host" {
	require_term
	without_mounts /dev
	update_config '.process.terminal = true'
	add_mount /dev/pts devpts devpts newinstance ptmxmode=0666 mode=0620
	set_args true
	for target in "$HOST/new" "$HOST/secret" "/proc/self/root$HOST/new" "../../../../../../../../../../../..$HOST/new"; do
		rm -rf rootfs/dev && mkdir rootfs/dev
		ln -s "$target" rootfs/dev/console
		run on_terminal -- run "$(new_id)"
		[ "$status" != 0 ]
		host_untouched
	done
	rm -rf rootfs/dev && mkdir rootfs/dev # control: without the link it works
	run -0 on_terminal -- run "$(new_id)"
}

@test "CVE-2026-88265: the image's /dev/null and its neighbours are links: standard streams stay, nothing is opened or chowned" {
	without_mounts /dev
	update_config '.process.user = {"uid": 1000, "gid": 1000}'
	chmod 755 . rootfs "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	set_args cat
	for link in null:$HOST/secret null:$HOST/new null:/etc/passwd "zero:$HOST/new" "ptmx:$HOST/secret" "fd:$HOST/dir" "tty:$HOST/secret"; do
		rm -rf rootfs/dev && mkdir rootfs/dev
		ln -s "${link#*:}" "rootfs/dev/${link%%:*}"
		before=$(stat -c '%u %Y %s' rootfs/etc/passwd)
		tries < <(echo piped)
		run ocirt run "$(new_id)" </dev/null
		host_untouched
		[ "$(stat -c '%u %Y %s' rootfs/etc/passwd)" = "$before" ]
	done
	# files as standard streams keep their owner: they are not the container's
	rm -rf rootfs/dev && mkdir rootfs/dev
	echo data >in && chmod 666 in
	ocirt run "$(new_id)" <in >out 2>errors || :
	[ "$(stat -c %u in out errors | sort -u)" = 0 ]
}

@test "CVE-2026-87766: directories and files under the new root are not made through links of its parents" {
	mkdir -p vol
	echo mine >vol/file
	set_args true
	while read -r way; do
		rm -rf rootfs/up && ln -s "$way" rootfs/up
		without_mounts /up
		add_mount /up/a/b/c tmpfs tmpfs
		add_mount /up/a/f bind vol/file bind
		update_config --arg c "/up/cwd/made" '.process.cwd = $c'
		tries
	done < <(ways_to "$HOST")
}

@test "CVE-2025-24965: no file of ours is written into the image through a link" {
	for name in .ocirt config.json etc/hosts etc/hostname etc/resolv.conf etc/mtab run/.containerenv .dockerenv; do
		mkdir -p "rootfs/${name%/*}" 2>/dev/null || :
		rm -rf "rootfs/${name:?}"
		ln -s "$HOST/new" "rootfs/$name" 2>/dev/null || :
	done
	set_args true
	tries
}

@test "masks and read-only paths on links to the host leave the host's files as they are" {
	set_args true
	while read -r way; do
		rm -rf rootfs/x && ln -s "$way" rootfs/x
		update_config '.linux.maskedPaths += ["/x/secret", "/x/dir", "/x"] | .linux.readonlyPaths += ["/x"]'
		tries
		touch "$HOST/dir/writable" && rm "$HOST/dir/writable"
		_host_looks >"$BATS_TEST_TMPDIR/host.before" # the time of dir has changed
	done < <(ways_to "$HOST")
}

@test "exec in a container whose files are swapped: cwd, program and passwd stay inside" {
	mkdir rootfs/sub
	cp rootfs/bin/busybox rootfs/sub/cat
	ln -s "/proc/1/root/../../../..$HOST" rootfs/link
	set_args sleep 1000
	id=$(new_id)
	detached run -d "$id"
	swapping rootfs/sub rootfs/link
	for ((i = 0; i < RACES; i++)); do
		run ocirt exec --cwd /sub "$id" cat secret
		[[ $output != secret ]]
		run ocirt exec "$id" /sub/cat "$HOST/secret"
		[[ $output != secret ]]
	done
	host_untouched
}

@test "mounts add and remove in a container whose directories are swapped for links to the host" {
	mkdir -p vol rootfs/sub
	echo mine >vol/file
	set_args sleep 1000
	id=$(new_id)
	detached run -d "$id"
	jq -n --arg v "$PWD/vol" '[{destination: "/sub/dir/new", type: "bind", source: $v, options: ["bind"]},
		{destination: "/sub/file", type: "bind", source: ($v + "/file"), options: ["bind"]},
		{destination: "/sub/tmp", type: "tmpfs"}]' >list.json
	while read -r way; do
		rm -rf rootfs/link && ln -s "$way" rootfs/link
		swapping rootfs/sub rootfs/link
		for ((i = 0; i < RACES / 4; i++)); do
			run ocirt mounts add "$id" list.json
			[ "$status" -le 1 ]
			run ocirt mounts remove "$id" list.json
			[ "$status" -le 1 ]
			host_untouched
		done
		stop_swapping
	done < <(ways_to "$HOST")
}
