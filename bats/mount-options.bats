#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# limit: 300
# lanes: any
# mount options: every word has its effect, alone and in a row, on new file systems and on binds

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	update_config '.root.readonly = false'
	mkdir vol
}

# a source on the host with flags of its own
flagged_volume() {
	mount -t tmpfs vol vol
	mount -o "remount,bind,$1" vol
}
teardown() {
	cd /
	umount -R "$BUNDLE/vol" 2>/dev/null || :
	ocirt_teardown
}

# see DST TYPE SOURCE OPTIONS... -- WORD...: mounts it and compares the options the container sees
see() {
	local args=()
	while [ "$1" != -- ]; do args+=("$1") && shift; done
	shift
	update_config '.mounts |= map(select(.destination != "/m"))'
	add_mount "${args[@]}"
	set_script "$(options_at /m)"
	run -0 ocirt run "$(new_id)"
	has_words "$output" "$@"
}

@test "a new tmpfs has the flags that were asked for" {
	see /m tmpfs tmpfs nosuid nodev noexec -- rw nosuid nodev noexec relatime
	see /m tmpfs tmpfs ro -- ro -nosuid
	see /m tmpfs tmpfs noatime nodiratime nosymfollow -- noatime nodiratime nosymfollow
	see /m tmpfs tmpfs strictatime -- -relatime -noatime
	see /m tmpfs tmpfs ro rw nosuid suid nodev dev noexec exec noatime atime -- rw -nosuid -nodev -noexec relatime
	see /m tmpfs tmpfs defaults -- rw relatime
}

@test "words about the superblock reach the file system" {
	add_mount /m tmpfs tmpfs sync dirsync lazytime silent size=64k nr_inodes=9
	set_script 'grep " /m " /proc/mounts'
	run -0 ocirt run "$(new_id)"
	for word in sync dirsync lazytime size=64k nr_inodes=9; do [[ $output == *$word* ]]; done
}

@test "iversion, noiversion, loud, async, mand and nomand are taken" {
	for word in iversion noiversion loud async mand nomand nolazytime; do
		see /m tmpfs tmpfs $word -- rw
	done
}

@test "words for fstab are taken and have no effect" {
	see /m tmpfs tmpfs auto _netdev nofail x-systemd.automount comment=x -- rw
}

@test "words that let users mount bring the flags that mount(8) gives them" {
	for word in user users; do see /m tmpfs tmpfs $word -- nosuid nodev noexec; done
	for word in owner group; do see /m bind vol bind $word -- nosuid nodev -noexec; done
	see /m tmpfs tmpfs user exec suid -- nodev -nosuid -noexec
	see /m tmpfs tmpfs nouser nousers nogroup noowner X-mount.mkdir=755 -- -nosuid -nodev -noexec
}

@test "an unknown option of a file system is refused in the kernel's words, with its place" {
	add_mount /m tmpfs tmpfs bogus
	refuses "config.json:" "/mounts/" "mount on /m: tmpfs: option bogus: Unknown parameter 'bogus'"
}

@test "an unknown file system is refused by name" {
	add_mount /m nosuchfs none
	refuses 'the kernel has no file system "nosuchfs"'
}

@test "a mistyped word on a bind is refused, not ignored" {
	add_mount /m bind "$PWD/vol" bind nosiud
	refuses 'option "nosiud" is unknown for a bind, did you mean "nosuid"?'
}

@test "an option that a bind shares with its source is warned about" {
	for word in sync dirsync mand lazytime iversion mode=755; do
		update_config '.mounts |= map(select(.destination != "/m"))'
		add_mount /m bind "$PWD/vol" bind "$word"
		set_args true
		run -0 ocirt run "$(new_id)"
		[[ $output == *"/mounts/"*": option \"$word\" has no effect: it is one of the file system, which a bind shares with its source"* ]]
	done
}

@test "several options in one entry are taken one by one" {
	add_mount /m tmpfs tmpfs size=64k,mode=1750,nosuid,nr_inodes=9 noexec,ro
	set_script 'stat -c %a /m; grep " /m " /proc/mounts'
	run -0 ocirt run "$(new_id)"
	[ "${lines[0]}" = 1750 ]
	for word in ro nosuid noexec size=64k nr_inodes=9; do [[ ${lines[1]} =~ [\ ,]${word}[\ ,] ]]; done
	mkdir lower upper work
	echo text >lower/file
	add_mount /o overlay overlay "lowerdir=$PWD/lower,upperdir=$PWD/upper,workdir=$PWD/work,volatile"
	set_args cat /o/file
	runs text
	update_config '.mounts |= map(select(.destination != "/o"))'
	add_mount /n tmpfs tmpfs size=64k,bogus=1
	refuses "tmpfs: option bogus=1"
}

@test "a bind without words about flags keeps those of its source" {
	flagged_volume ro,noexec,nosymfollow,nodiratime
	see /m bind vol bind -- ro noexec nosymfollow nodiratime
	see /m bind vol rbind rprivate -- ro noexec nosymfollow nodiratime
}

@test "a bind with words about flags has exactly those, but keeps its kind of access time" {
	flagged_volume ro,nosuid,noatime
	see /m bind vol bind nodev -- rw nodev -nosuid noatime
	see /m bind vol bind ro exec -- ro -nosuid noatime
	see /m bind vol bind rw -- rw -nosuid
	see /m bind vol bind relatime -- relatime -noatime
	see /m bind vol bind nodiratime -- nodiratime relatime -noatime
	see /m bind vol bind strictatime -- -relatime -noatime
	see /m bind vol bind nosymfollow -- nosymfollow
}

@test "nosymfollow is honoured on a bind" {
	echo text >vol/file
	ln -s file vol/link
	add_mount /m bind vol bind nosymfollow
	set_script 'cat /m/link 2>/dev/null || echo refused'
	runs refused
}

@test "ro of rbind is for the top, rro is for all below" {
	mount -t tmpfs vol vol
	mkdir vol/sub
	mount -t tmpfs sub vol/sub
	add_mount /one bind vol rbind ro
	add_mount /all bind vol rbind rro
	add_mount /both bind vol rbind ro rro
	add_mount /back bind vol rbind rro rrw
	set_script 'for d in one all both back; do touch /$d/x 2>/dev/null && echo $d; touch /$d/sub/x 2>/dev/null && echo $d/sub; done; :'
	run -0 ocirt run "$(new_id)"
	[ "${lines[*]}" = "one/sub back back/sub" ]
}

@test "every recursive word reaches the mounts below" {
	mount -t tmpfs vol vol
	mkdir vol/sub
	mount -t tmpfs -o nosuid,nodev,noexec,noatime sub vol/sub
	check() { # WORD EXPECTED
		update_config '.mounts |= map(select(.destination != "/m"))'
		add_mount /m bind vol rbind "$1"
		set_script "$(options_at /m/sub)"
		run -0 ocirt run "$(new_id)"
		has_words "$output" "$2"
	}
	check rro ro
	check rrw rw
	check rsuid -nosuid
	check rdev -nodev
	check rexec -noexec
	check rnosymfollow nosymfollow
	check rsymfollow -nosymfollow
	check rnodiratime nodiratime
	check rdiratime -nodiratime
	check ratime relatime
	check rrelatime relatime
	check rnoatime noatime
	check rstrictatime -noatime
	check rnostrictatime relatime
	check rnorelatime noatime
	check rnodiratime noatime
	mount -o remount,bind,noatime,nodiratime vol/sub
	check rstrictatime nodiratime
	check rnoexec nodiratime
	mount -o remount,bind,suid,dev,exec vol/sub
	check rnosuid nosuid
	check rnodev nodev
	check rnoexec noexec
}

@test "remount changes what is mounted already" {
	add_mount /m tmpfs tmpfs size=64k
	add_mount /m - - remount bind ro nosuid
	set_script "$(options_at /m)"
	run -0 ocirt run "$(new_id)"
	has_words "$output" ro nosuid
	add_mount /m - - remount size=128k
	set_script 'grep " /m " /proc/mounts'
	run -0 ocirt run "$(new_id)"
	[[ $output == *"rw"*"size=128k"* ]]
}

@test "remount takes the words about what is below, too" {
	add_mount /m tmpfs tmpfs
	add_mount /m/sub tmpfs tmpfs
	add_mount /m - - remount size=64k rro rnoexec
	set_script "$(options_at /m)$(options_at /m/sub)"
	run -0 ocirt run "$(new_id)"
	has_words "${lines[0]}" ro noexec
	has_words "${lines[1]}" ro noexec
}

@test "remount makes a read-only tmpfs writable again, with what is mounted in it" {
	add_mount /m tmpfs tmpfs ro
	add_mount /m/below tmpfs tmpfs
	add_mount /m - - remount bind rw
	set_script "touch /m/x && echo written"
	runs written
	update_config '.mounts[-1].options = ["remount", "bind", "nodev"]'
	set_script "touch /m/x 2>/dev/null || echo refused"
	runs refused
}

@test "remount of what is no mount is refused" {
	mkdir rootfs/plain
	add_mount /plain - - remount bind ro
	refuses "mount on /plain: nothing is mounted on /plain: Invalid argument"
	for words in '["rprivate"]' '["shared"]' '["remount", "bind"]' '["remount", "size=1m"]'; do
		update_config --argjson w "$words" '.mounts[-1].options = $w'
		refuses "mount on /plain: nothing is mounted on /plain: Invalid argument"
	done
}

@test "a tmpfs takes over the mode of the directory it covers unless it has its own" {
	mkdir -m 710 rootfs/dir
	add_mount /dir tmpfs tmpfs nosuid
	add_mount /dir/new tmpfs tmpfs nosuid
	add_mount /mnt tmpfs tmpfs mode=1500
	set_args stat -c %a /dir /dir/new /mnt
	runs $'710\n1777\n1500'
	[ "$(stat -c %a rootfs/dir rootfs/mnt)" = $'710\n755' ]
}

@test "read-only tmpfs and /dev get their mount points and nodes first" {
	add_mount /m tmpfs tmpfs ro
	add_mount /m/below tmpfs tmpfs size=1k
	update_config '.mounts |= map((select(.destination == "/dev") | .options += ["ro"]) // .)'
	set_script "$(options_at /m)$(options_at /dev)ls -d /m/below /dev/null; touch /dev/x 2>/dev/null || echo refused"
	run -0 ocirt run "$(new_id)"
	has_words "${lines[0]}" ro
	has_words "${lines[1]}" ro
	[ "${lines[*]:2}" = "/dev/null /m/below refused" ]
}

@test "tmpcopyup starts with what the image has" {
	mkdir -m 1777 rootfs/t
	mkdir -m 777 rootfs/t/sub
	echo text >rootfs/t/sub/file
	chown 3:4 rootfs/t/sub/file
	ln -s sub/file rootfs/t/link
	add_mount /t tmpfs tmpfs tmpcopyup size=1m
	set_script 'stat -c "%a %u:%g %n" /t /t/sub /t/sub/file; cat /t/link; rm /t/sub/file'
	runs $'1777 0:0 /t\n777 0:0 /t/sub\n644 3:4 /t/sub/file\ntext'
	[ "$(cat rootfs/t/sub/file)" = text ] # the image stays as it is
}

@test "tmpcopyup of anything but a tmpfs is refused" {
	add_mount /m bind vol bind tmpcopyup
	refuses "tmpcopyup is for a tmpfs only"
}

@test "options with commas in their values stay whole, a colon is what overlay makes of it" {
	mkdir "lower,x" "lower:y" upper work
	echo text >"lower,x/file"
	echo more >"lower:y/other"
	add_mount /o overlay overlay "lowerdir=$PWD/lower,x:$PWD/lower\\:y" "upperdir=$PWD/upper" "workdir=$PWD/work"
	set_args cat /o/file /o/other
	runs "$(printf 'text\nmore')"
	update_config '.mounts[-1].options |= [join(",")]'
	runs "$(printf 'text\nmore')"
	update_config '.mounts[-1].options[0] |= sub("y,"; "z,")'
	# before Linux 6.5 all options are one
	refuses "/mounts/" "mount on /o: " "overlay" "lowerdir=$PWD/lower" "lower\\:z" ": No such file or directory"
}

@test "what lowerdir+= adds may end like an option, behind a backslash" {
	[ "$(printf '%s\n' 6.8 "$(uname -r)" | sort -V | head -n 1)" = 6.8 ] || skip_because "this kernel has no lowerdir+="
	mkdir "lower,ro" more
	echo text >"lower,ro/file"
	echo more >"more/other"
	add_mount /o overlay overlay "lowerdir+=$PWD/lower\\,ro" "lowerdir+=$PWD/more"
	set_args cat /o/file /o/other
	runs "$(printf 'text\nmore')"
}

@test "a value longer than 255 bytes reaches the file system" {
	local slashes
	printf -v slashes '/%.0s' {1..300}
	mkdir lower
	echo text >lower/file
	add_mount /o overlay overlay "lowerdir=$slashes$PWD/lower:$PWD/vol"
	set_args cat /o/file
	runs text
}

@test "copy-symlink, src-nofollow and dest-nofollow" {
	ln -s some/where vol/link
	ln -s etc rootfs/to-etc
	ln -s etc/passwd rootfs/to-file
	echo text >vol/file
	add_mount /copied bind vol/link bind copy-symlink
	add_mount /new/copied bind vol/link bind copy-symlink
	add_mount /itself bind vol/link bind src-nofollow
	add_mount /to-etc bind vol/link bind src-nofollow dest-nofollow
	add_mount /to-file bind vol/file bind dest-nofollow copy-symlink
	set_script 'for l in copied new/copied itself to-etc; do readlink /$l; done; cat /to-file; test -s /etc/passwd && grep -c " /copied " /proc/mounts'
	run ocirt run "$(new_id)"
	[ "$output" = $'some/where\nsome/where\nsome/where\nsome/where\ntext\n0' ]
	add_mount /to-etc tmpfs tmpfs dest-nofollow
	refuses "tmpfs is a directory, but /to-etc in the container is a symlink"
}

@test "tmpcopyup keeps access lists, whose mask would be the group's rights without them" {
	require_program perl
	[ "$(uname -m)" = x86_64 ] || skip_because "it knows the numbers of x86_64 only"
	mkdir rootfs/copied
	touch rootfs/copied/file
	# setxattr(2): the owner and user 1000 read and write, the group nothing
	perl -e 'my $v = pack("V(vvV)*", 2, 1, 6, -1, 2, 6, 1000, 4, 0, -1, 16, 6, -1, 32, 0, -1);
		exit(syscall(188, my $p = "rootfs/copied/file", my $n = "system.posix_acl_access", $v, length $v, 0) != 0)' || skip_because "no access lists here"
	add_mount /copied tmpfs tmpfs tmpcopyup
	set_args sleep 1000
	id=$(new_id)
	detached run -d "$id"
	# getxattr(2)
	perl -e 'my $v = "\0" x 200; my $l = syscall(191, my $p = shift, my $n = "system.posix_acl_access", $v, 200);
		exit($l != 44)' "/proc/$(pid_of "$id")/root/copied/file"
}

@test "tmpcopyup keeps capabilities of files and the directory's times, and gives it no owner when it has one" {
	require_program setcap
	mkdir rootfs/copied
	cp rootfs/bin/busybox rootfs/copied/file
	setcap cap_net_raw+ep rootfs/copied/file || skip_because "no capabilities of files here"
	chown 3:4 rootfs/copied
	touch -d @1000000000 rootfs/copied
	add_mount /copied tmpfs tmpfs tmpcopyup uid=77
	set_args sleep 1000
	id=$(new_id)
	detached run -d "$id"
	cd "/proc/$(pid_of "$id")/root/copied"
	[[ $(getcap file) == *cap_net_raw* ]]
	[ "$(stat -c %u:%g:%Y .)" = 77:4:1000000000 ]
}
