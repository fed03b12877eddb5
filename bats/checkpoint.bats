#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# checkpoint, restore: a container goes on where it was
# lanes: hybrid v1 v2
# quick: hybrid
# limit: 480

load lib/ocirt
load lib/term
load lib/agent

setup_file() {
	CRIU_DIR=$("$BATS_TEST_DIRNAME/../tests/vm/criu.sh" 2>"$BATS_FILE_TMPDIR/why") || CRIU_DIR=
	export CRIU_DIR
}

setup() {
	setup_container
	id=$(new_id)
	update_config '.root.readonly = false'
	set_script 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/new; mv /tmp/new /tmp/count; sleep 0.02; done'
	images=$BATS_TEST_TMPDIR/images work=$BATS_TEST_TMPDIR/work
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_agent
	[ -z "${spare_ns-}" ] || { ocirt delete --force "$id" && umount "$BATS_TEST_TMPDIR"/ns[12]; }
	ocirt_teardown
}

needs_criu() {
	[ -n "$CRIU_DIR" ] || skip_because "$(tail -n 1 "$BATS_FILE_TMPDIR/why")"
	PATH=$CRIU_DIR:$PATH
}

count() { cat "$BUNDLE/rootfs/tmp/count" 2>/dev/null || echo 0; }
counts_past() { [ "$(count)" -gt "$1" ]; }
started() {
	detached run -d -b "$BUNDLE" "$id"
	wait_for 10 counts_past 3
}
checkpoint() { ocirt checkpoint --image-path "$images" --work-path "$work" "$@" "$id"; }
restore() { detached restore -d -b "$BUNDLE" --image-path "$images" --work-path "$work" "$@" "$id"; }

@test "a counter goes on after checkpoint, delete, restore" {
	needs_criu
	update_config '.linux.resources.devices += [{"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rwm"}]'
	started
	checkpoint
	[ -s "$work/dump.log" ]
	[ -e "$images/inventory.img" ]
	jq -e 'length == 3' "$images/descriptors.json"
	run -1 ocirt state "$id"
	ocirt delete --force "$id"
	[ -z "$(cgroup_dirs "$TAG")" ]
	before=$(count)
	restore --pid-file pid
	wait_for 10 counts_past "$before"
	[ -s "$work/restore.log" ]
	[ "$(count)" -lt $((before + 1000)) ]
	is_status "$id" running
	[ "$(cat pid)" = "$(pid_of "$id")" ]
	[ "$(ocirt exec "$id" cat /proc/1/cgroup)" = "$(ocirt exec "$id" cat /proc/self/cgroup)" ]
	grep -q "$id" "/proc/$(cat pid)/cgroup"
	[ -z "$(_left_mounts)" ]
	ocirt pause "$id"
	ocirt resume "$id"
	ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	ocirt delete "$id"
}

@test "--leave-running leaves it, under another name it goes on twice" {
	needs_criu
	# without an open file, which the one that goes on would take away from the images
	set_script 'while :; do i=$((i + 1)); mkdir -p /tmp/n/$i; sleep 0.02; done'
	count() { find "$BUNDLE"/rootfs/tmp/n/* -maxdepth 0 2>/dev/null | wc -l; }
	started
	checkpoint --leave-running --leave-running
	before=$(count)
	wait_for 10 counts_past "$before"
	is_status "$id" running
	run -1 ocirt restore -d -b "$BUNDLE" --image-path "$images" "$id"
	[[ $output == *"already exists"* ]]
	ocirt delete --force "$id"
	restore
}

@test "a paused container is written and goes on" {
	needs_criu
	started
	ocirt pause "$id"
	checkpoint
	before=$(count)
	restore
	wait_for 10 counts_past "$before"
}

@test "standard output goes where restore's goes: pipes and files" {
	needs_criu
	set_script 'while :; do i=$((i + 1)); echo line $i; echo $i >/tmp/new; mv /tmp/new /tmp/count; sleep 0.02; done'
	mkfifo pipe
	cat pipe >piped 3>&- &
	ocirt run -d -b "$BUNDLE" "$id" </dev/null >pipe 2>errors
	wait_for 10 counts_past 3
	checkpoint
	wait $!
	grep -qx 'line 3' piped
	before=$(count)
	mkfifo pipe2
	cat pipe2 >piped2 3>&- &
	ocirt restore -d -b "$BUNDLE" --image-path "$images" --work-path "$work" "$id" </dev/null >pipe2 2>errors2
	wait_for 10 counts_past $((before + 3))
	ocirt kill "$id" KILL
	wait $!
	grep -q "line $((before + 2))" piped2
	run ! grep -q 'line 1$' piped2
}

@test "bind mounts are given again, from wherever config.json then says" {
	needs_criu
	mkdir one two
	echo first >one/file
	echo second >two/file
	echo f >hosts
	ln -s elsewhere "$BUNDLE/rootfs/link"
	mkdir "$BUNDLE/rootfs/elsewhere"
	update_config --arg d "$BATS_TEST_TMPDIR" '.mounts += [
		{"destination": "/link/data", "type": "bind", "source": ($d + "/one"), "options": ["rbind", "ro"]},
		{"destination": "/own", "type": "bind", "source": ".", "options": ["bind"]},
		{"destination": "/etc/hosts", "type": "bind", "source": ($d + "/hosts"), "options": ["bind"]},
		{"destination": "/scratch", "type": "tmpfs", "source": "tmpfs"}]'
	started
	ocirt exec "$id" sh -c 'echo kept >/scratch/file'
	checkpoint
	rmdir "$BUNDLE/rootfs/elsewhere/data"
	update_config --arg d "$BATS_TEST_TMPDIR" '(.mounts[] | select(.destination == "/link/data")).source = $d + "/two"'
	restore
	[ "$(ocirt exec "$id" cat /link/data/file /etc/hosts /scratch/file | tr '\n' ' ')" = 'second f kept ' ]
	run -1 ocirt exec "$id" touch /link/data/new
	ocirt exec "$id" test -f /own/config.json
}

@test "the place of a bind within another is made again where somebody took it away" {
	needs_criu
	mkdir one two
	update_config --arg d "$BATS_TEST_TMPDIR" '.mounts += [
		{"destination": "/outer", "type": "bind", "source": ($d + "/one"), "options": ["bind"]},
		{"destination": "/outer/for/inner", "type": "bind", "source": ($d + "/two"), "options": ["bind"]}]'
	started
	checkpoint
	rm -r one/for
	restore
	is_status "$id" running
	[ -d one/for/inner ]
}

@test "what mounts add mounted is there again, and goes again" {
	needs_criu
	started
	mkdir -p src few
	echo kept >src/file
	echo one >few/file
	jq -n --arg d "$PWD" '[{destination: "/mnt/d", type: "bind", source: "\($d)/src", options: ["bind", "ro"]},
		{destination: "/mnt/f", type: "bind", source: "\($d)/few/file", options: ["rbind", "rslave", "nosuid"]},
		{destination: "/mnt/t", type: "tmpfs", source: "tmpfs", options: ["size=64k"]}]' >list
	ocirt mounts add "$id" list
	ocirt exec "$id" sh -c 'echo in memory >/mnt/t/file'
	checkpoint
	restore
	[ "$(ocirt exec "$id" sh -c 'cat /mnt/d/file /mnt/f /mnt/t/file' | xargs)" = 'kept one in memory' ]
	run -1 ocirt exec "$id" touch /mnt/d/new
	[ "$(ocirt exec "$id" awk '$5 == "/mnt/f" { print $6 }' /proc/self/mountinfo)" = rw,nosuid,relatime ]
	ocirt mounts remove "$id" list
	[ -z "$(ocirt exec "$id" awk '$5 ~ "^/mnt/" { print $5 }' /proc/self/mountinfo)" ]
}

@test "with a notify socket: it is there again, and the manager of restore's caller is told at once" {
	needs_criu
	require_program "${CC:-cc}"
	"$(compiled notify)" listen "$PWD/manager" "$PWD/heard" >/dev/null 2>&1 3>&- &
	listener=$!
	wait_for 10 test -S manager
	NOTIFY_SOCKET=$PWD/manager detached create -b "$BUNDLE" "$id"
	ocirt start "$id"
	wait_for 10 counts_past 3
	checkpoint
	restore
	ocirt exec "$id" test -d /run/notify
	checkpoint
	[ ! -s heard ]
	NOTIFY_SOCKET=$PWD/manager restore
	wait_for 10 test -s heard
	[ "$(head -n 1 heard)" = "READY=1 MAINPID=$(pid_of "$id") " ]
	kill "$listener"
}

@test "what exec started in a restored container is checkpointed and restored with it" {
	needs_criu
	started
	for _ in 1 2; do
		checkpoint
		restore
		[ -z "${child-}" ] || ocirt exec "$id" ls -d "/proc/$child"
		child=$(ocirt exec "$id" sh -c 'sleep 1000 </dev/null >/dev/null 2>&1 & echo $!')
	done
}

@test "a terminal is handed over again" {
	needs_criu
	require_term
	update_config '.process.terminal = true'
	set_script 'read -r line; echo "answer $line"'
	holder sock
	detached run -d -b "$BUNDLE" --console-socket sock "$id"
	checkpoint
	held
	holder sock2 'type:hello\r' 'see:answer hello'
	restore --console-socket sock2
	held
}

@test "a network namespace that it joined by path is joined again" {
	needs_criu
	require_program ip unshare
	touch ns1 ns2
	spare_ns=1
	unshare --net="$PWD/ns1" true
	unshare --net="$PWD/ns2" true
	update_config --arg p "$PWD/ns1" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	started
	checkpoint
	update_config --arg p "$PWD/ns2" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	restore
	[ "$(stat -Lc %i "/proc/$(pid_of "$id")/ns/net")" = "$(stat -Lc %i ns2)" ]
}

@test "with a user namespace, ipc and uts namespaces joined by path, and in another control group" {
	needs_criu
	touch ns1 ns2
	spare_ns=1
	unshare --ipc="$PWD/ns1" --uts="$PWD/ns2" true
	chown 100000:100000 "$BUNDLE/rootfs/tmp"
	update_config --arg p "$PWD" 'del(.hostname) | (.linux.namespaces[] | select(.type == "ipc")).path = $p + "/ns1" |
		(.linux.namespaces[] | select(.type == "uts")).path = $p + "/ns2"'
	started
	checkpoint
	update_config --arg p "/$id-other/place" '.linux.cgroupsPath = $p'
	restore
	[ "$(stat -Lc %i "/proc/$(pid_of "$id")/ns/ipc")" = "$(stat -Lc %i ns1)" ]
	grep -q "/$id-other/place" "/proc/$(pid_of "$id")/cgroup"
	ocirt delete --force "$id"
	cgroup_dirs "$id-other" | sort -r | xargs -r rmdir
	[ "$OCIRT_LANE" != v2 ] || return 0 # criu cannot mount a cgroup2 of a user namespace
	update_config 'del(.linux.cgroupsPath) | .linux.namespaces = [{"type": "pid"}, {"type": "mount"}, {"type": "user"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "cgroup"}] |
		.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings'
	rm -f "$BUNDLE/rootfs/tmp/count"
	# criu opens a file again as the container's root, who may not open one of the host's
	ocirt run -d -b "$BUNDLE" "$id" </dev/null >/dev/null 2>&1
	wait_for 10 counts_past 3
	checkpoint
	before=$(count)
	ocirt restore -d -b "$BUNDLE" --image-path "$images" --work-path "$work" "$id" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/err" || { cat "$BATS_TEST_TMPDIR/err"; false; }
	wait_for 10 counts_past "$before"
	[ "$(ocirt exec "$id" id -u)" = 0 ]
	[ "$(stat -c %u "/proc/$(pid_of "$id")")" = 100000 ]
}

@test "in the foreground restore stays and has the exit code" {
	needs_criu
	set_script 'echo 9 >/tmp/count; while [ ! -e /tmp/end ]; do sleep 0.02; done; exit 7'
	started
	checkpoint
	touch "$BUNDLE/rootfs/tmp/end"
	run ocirt restore -b "$BUNDLE" --image-path "$images" --work-path "$work" "$id"
	echo "$output"
	[ "$status" = 7 ]
	[ -z "$output" ]
	run -1 ocirt state "$id"
}

@test "locks of files and files without their name need their options" {
	needs_criu
	require_program "${CC:-cc}"
	"${CC:-cc}" -static -o "$BUNDLE/rootfs/bin/lock" -xc - <<-'EOF'
		#include <sys/file.h>
		#include <fcntl.h>
		#include <unistd.h>
		int main(int argc, char **argv) /* who stays waits for it: the others only look whether he has it */
		{
			int fd = open("/tmp/lock", O_RDWR | O_CREAT, 0600);
			return flock(fd, LOCK_EX | (argc > 1 ? 0 : LOCK_NB)) < 0 || (argc > 1 && pause());
		}
	EOF
	set_script 'touch /tmp/a; ln /tmp/a /tmp/b; lock stay & exec 8</tmp/a; rm /tmp/a; while lock; do sleep 0.02; done
		while :; do i=$((i + 1)); echo $i >/tmp/new; mv /tmp/new /tmp/count; sleep 0.02; done'
	started
	run -1 checkpoint --link-remap
	[[ $output == *ock* ]]
	run -1 checkpoint --file-locks
	[[ $output == *tmp/a* ]]
	checkpoint --file-locks --link-remap
	before=$(count)
	restore --file-locks
	wait_for 10 counts_past "$before"
	run -1 ocirt exec "$id" lock
}

@test "restore: another name of the configuration, a pidfd, --keep, and a label that nothing enforces" {
	needs_criu
	set_script 'echo 9 >/tmp/count; while [ ! -e /tmp/end ]; do sleep 0.02; done; exit 7'
	started
	checkpoint
	mv "$BUNDLE/config.json" "$BUNDLE/other.json"
	run -1 restore
	[[ $output == *"config.json: No such file"* ]]
	for label in selinux:a_u:b_r:c_t:s0 apparmor:nobody nothing:x; do
		! grep -qsw "${label%%:*}" /sys/kernel/security/lsm || continue
		run -1 restore --config other.json --lsm-profile "$label"
		[[ $output == *"${label%%:*}"* ]]
		run -1 ocirt state "$id"
	done
	start_agent
	restore --config other.json --pidfd-socket "$AGENT_SOCKET"
	wait_for 10 grep -q "^Pid:.$(pid_of "$id")$" "$AGENT_DIR/info.0"
	ocirt delete --force "$id"
	touch "$BUNDLE/rootfs/tmp/end"
	run ocirt restore -f other.json -b "$BUNDLE" --image-path "$images" --work-path "$work" --keep -no-subreaper "$id"
	[ "$status" = 7 ]
	is_status "$id" stopped
}

@test "hooks: create's at restore, poststop after a checkpoint" {
	needs_criu
	printf '#!/bin/sh\njq -r .status >>%s/$1\n' "$PWD" >hook
	chmod +x hook
	update_config --arg h "$PWD/hook" '.hooks = {"createRuntime": [{"path": $h, "args": ["hook", "created"], "env": ["PATH=/usr/bin:/bin"]}],
		"poststop": [{"path": $h, "args": ["hook", "stopped"], "env": ["PATH=/usr/bin:/bin"]}]}'
	started
	checkpoint
	[ "$(cat stopped)" = stopped ]
	restore
	[ "$(tr '\n' ' ' <created)" = 'created created ' ]
}

@test "a pre-dump and its child, where the kernel can" {
	needs_criu
	started
	run ocirt checkpoint --image-path parent --work-path "$work" --pre-dump "$id"
	if [ "$status" != 0 ]; then
		[[ $output == *"does not track changes of memory"* ]]
		is_status "$id" running
		return
	fi
	checkpoint --parent-path ../parent
	before=$(count)
	restore
	wait_for 10 counts_past "$before"
}

@test "what is wrong in the options is told before anything is done" {
	started
	PATH=/usr/bin:/bin
	for words in "--page-server nowhere" "--page-server 127.0.0.1:99999" "--empty-ns mount" "--status-fd 99" "--manage-cgroups-mode loose"; do
		# shellcheck disable=SC2086 # words
		run -1 checkpoint $words
		[[ $output == *"${words%% *}"* || $output == *manage-cgroups-mode* ]]
	done
	run -1 checkpoint --status-fd 9 9</dev/null
	[[ $output == *"--status-fd: descriptor 9 is not open for writing" ]]
	[ ! -e "$images" ]
	run -1 ocirt checkpoint
	run -0 ocirt checkpoint --help
	run -1 ocirt restore --lsm-mount-context
	[[ $output == *"requires an argument"* ]]
	is_status "$id" running
}

@test "only what runs can be written" {
	detached create -b "$BUNDLE" "$id"
	run -1 checkpoint
	[[ $output == *"created"* ]]
	run -1 ocirt checkpoint "$id-none"
	[[ $output == *"does not exist"* ]]
}

@test "without criu, and with one that cannot work here, the error says so" {
	started
	PATH=/usr/bin:/bin
	if ! command -v criu; then
		run -1 checkpoint
		[[ $output == *"criu is not installed"* ]]
	fi
	mkdir bin
	printf '#!/bin/sh\n[ "$1" = check ] || exit 1\necho "Error (criu/x.c:1): no vdso here" >&2; exit 1\n' >bin/criu
	chmod +x bin/criu
	PATH=$PWD/bin:$PATH
	run -1 checkpoint
	[[ $output == *"exit code 1"*"criu check: "*"no vdso here"* ]]
	[ "${#lines[@]}" = 1 ]
	is_status "$id" running
	echo '["/dev/null","/dev/null","/dev/null"]' >"$images/descriptors.json"
	run -1 ocirt restore -d -b "$BUNDLE" --image-path "$images" "$id-new"
	[[ $output == *"no vdso here"* ]]
	run -1 ocirt state "$id-new"
}

@test "a directory that is no checkpoint is not restored" {
	needs_criu
	mkdir empty
	run -1 ocirt restore -d -b "$BUNDLE" --image-path empty "$id"
	[[ $output == *"descriptors.json"* ]]
	run -1 ocirt restore -d -b "$BUNDLE" --image-path nowhere "$id"
	[[ $output == *"nowhere"* ]]
}

@test "criu's configuration is the one that the annotation names" {
	needs_criu
	update_config --arg f "$PWD/criu.conf" '.annotations = {"org.criu.config": $f}'
	started
	run -1 checkpoint
	[[ $output == *"org.criu.config"*"criu.conf"* ]]
	echo 'log-file other.log' >criu.conf
	checkpoint
	[ -s "$work/other.log" ]
}

@test "when criu fails its first error is told, and the container runs on" {
	needs_criu
	set_script 'nc -l -p 99 -e cat & until netstat -tln | grep -q ":99 "; do sleep 0.02; done; sleep 1000 | nc 127.0.0.1 99 & while ! netstat -tn | grep -q ESTABLISHED; do :; done; echo 9 >/tmp/count; wait'
	started
	run -1 checkpoint
	[[ $output == *"onnected TCP socket"*"dump.log"* ]]
	is_status "$id" running
	checkpoint --tcp-established --network-lock skip
	restore --tcp-close
}
