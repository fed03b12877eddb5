#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# masked paths, read-only paths and a read-only root

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	mkdir rootfs/dir1 rootfs/dir2
	echo secret | tee rootfs/file1 rootfs/file2 >rootfs/dir1/file
}

@test "a read-only root cannot be written, its mounts can" {
	update_config '.root.readonly = true'
	add_mount /mnt tmpfs tmpfs
	set_script 'touch /x 2>&1; touch /mnt/x && echo written; touch /dev/shm/x && echo written'
	runs $'touch: /x: Read-only file system\nwritten\nwritten'
}

@test "a root is writable unless it is said to be read-only" {
	update_config 'del(.root.readonly)'
	set_script 'touch /x && echo written'
	runs written
	[ -e rootfs/x ]
}

@test "masked files are empty, masked directories are empty and share one file system" {
	update_config '.linux.maskedPaths += ["/file1", "/file2", "/dir1", "/dir2"]'
	set_script 'cat /file1 /file2; ls -A /dir1 /dir2; stat -c %d /dir1 /dir2 | uniq | wc -l; touch /dir1/x 2>&1 || :'
	runs $'/dir1:\n\n/dir2:\n1\ntouch: /dir1/x: Read-only file system'
}

@test "masks hold against umount, bind and rename of root with CAP_SYS_ADMIN taken" {
	update_config '.root.readonly = false | .linux.maskedPaths += ["/file1", "/dir1"]'
	set_script 'umount /file1 2>/dev/null && echo leak; umount /dir1 2>/dev/null && echo leak
		mv /file1 /other 2>/dev/null && echo leak; rm -rf /dir1 2>/dev/null && echo leak; cat /file1; ls /dir1'
	runs ""
}

@test "a path that is listed twice is masked once" {
	update_config '.linux.maskedPaths += ["/dir1", "/file1", "/dir1/", "/tmp/../file1"]'
	set_script 'grep -c " /dir1 " /proc/mounts; grep -c " /file1 " /proc/mounts'
	runs $'1\n1'
}

@test "a masked path that is missing is skipped, one through a file is an error" {
	update_config '.linux.maskedPaths += ["/no/such/thing"]'
	set_args true
	runs ""
	update_config '.linux.maskedPaths += ["/file1/below"]'
	refuses /linux/maskedPaths "mask /file1/below: Not a directory"
}

@test "masks are laid over what mounts brought" {
	mkdir vol
	echo secret >vol/file
	add_mount /mnt bind vol bind
	update_config '.linux.maskedPaths += ["/mnt/file"]'
	set_args cat /mnt/file
	runs ""
}

@test "read-only paths keep their other flags" {
	update_config '.mounts |= map((select(.destination == "/proc") | .options = ["nosuid", "noexec", "nodev"]) // .)'
	set_script "$(options_at /proc/sys)"
	run -0 ocirt run "$(new_id)"
	has_words "$output" ro nosuid noexec nodev relatime
}

@test "read-only paths of directories and files, with what is mounted below" {
	update_config '.root.readonly = false | .linux.readonlyPaths += ["/mnt", "/file1", "/missing"]'
	add_mount /mnt tmpfs tmpfs
	add_mount /mnt/sub tmpfs tmpfs
	set_script 'for f in /mnt/x /mnt/sub/x /file1; do touch $f 2>/dev/null && echo $f; done; echo x >/file2 && cat /file1'
	runs secret
}

@test "/proc/sys is read-only and sysctls are set nevertheless" {
	update_config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	set_script 'cat /proc/sys/net/ipv4/ip_forward; (echo 0 >/proc/sys/net/ipv4/ip_forward) 2>/dev/null || echo refused'
	runs $'1\nrefused'
}

@test "relative paths, and the root itself, are refused" {
	for list in maskedPaths readonlyPaths; do
		update_config --arg l $list '.linux |= del(.maskedPaths, .readonlyPaths) | .linux[$l] = ["/ok", "proc/kcore"]'
		refuses "/linux/$list/1" '"proc/kcore" is not an absolute path'
		update_config --arg l $list '.linux[$l] = ["/"]'
		refuses "/linux/$list/0" "root file system itself"
	done
}

@test "a link that leads to the root itself is refused, as nothing would come of it" {
	ln -s / rootfs/dir1/link
	for list in maskedPaths readonlyPaths; do
		for path in /dir1/link /dir1/link/dir2/..; do
			update_config --arg l $list --arg p "$path" '.linux |= del(.maskedPaths, .readonlyPaths) | .linux[$l] = [$p]'
			refuses "/linux/$list/0" "it is the container's root itself"
		done
	done
	update_config '.linux.readonlyPaths = ["/dir1/link/dir2"] | .root.readonly = false'
	set_script 'touch /dir1/x && ! touch /dir2/x 2>/dev/null && echo refused'
	runs refused
}

@test "links lead to what is masked, dangling ones to nothing" {
	ln -s file1 rootfs/to-file
	ln -s /dir1 rootfs/to-dir
	ln -s nowhere rootfs/to-nothing
	update_config '.linux.maskedPaths = ["/to-file", "/to-dir/file", "/to-nothing"]'
	set_script 'cat /file1 /dir1/file; test -c /file1 && test -c /dir1/file && ls /file2'
	runs /file2
}

@test "a mount that cannot be bound can be read-only" {
	add_mount /m tmpfs tmpfs unbindable
	add_mount /m/sub tmpfs tmpfs
	update_config '.linux.readonlyPaths += ["/m"]'
	set_script 'touch /m/x 2>&1; touch /m/sub/x 2>&1; :'
	runs $'touch: /m/x: Read-only file system\ntouch: /m/sub/x: Read-only file system'
}
