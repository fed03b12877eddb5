#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# limit: 300
# the runtime's own program, descriptors, memory and terminal, seen from a container: published flaws of runtimes, replayed

load ../lib/ocirt
load ../lib/mounts
load ../lib/term
load ../lib/attack

setup() {
	security_setup
	id=$(new_id)
	# a copy: what keeps the program from being written must not be that somebody else is running it
	cp "$OCIRT" "$BATS_TEST_TMPDIR/runtime"
	sum=$(sha256sum <"$BATS_TEST_TMPDIR/runtime")
}
teardown() { security_teardown; }

victim() { OCIRT_TEST_MARK=$TAG timeout --foreground -k 5 60 "$BATS_TEST_TMPDIR/runtime" --root "$STATE" "$@" 3>&-; }
victim_unchanged() {
	[ "$(sha256sum <"$BATS_TEST_TMPDIR/runtime")" = "$sum" ]
	"$BATS_TEST_TMPDIR/runtime" --version >/dev/null
}

@test "CVE-2019-5736: the image's programs are links and scripts that lead to the runtime's own" {
	evil_interpreter
	ln -s /proc/self/exe rootfs/bin/me
	printf '#!/proc/self/exe\n' >rootfs/bin/script
	chmod 755 rootfs/bin/script
	for program in /proc/self/exe /bin/me /bin/script; do
		set_args "$program"
		run victim run "$id"
		[[ $output != *OPENED* ]]
		[[ $output != *WRITTEN* ]]
		victim_unchanged
	done
	set_args sleep 100
	victim run -d "$id" </dev/null >/dev/null 2>&1
	for program in /proc/self/exe /bin/me /bin/script; do
		run victim exec "$id" "$program"
		[[ $output != *OPENED* ]]
		[[ $output != *WRITTEN* ]]
		victim_unchanged
	done
}

@test "CVE-2019-5736: hooks of the container, and words of PATH, that lead to the runtime's own program" {
	evil_interpreter
	ln -s /proc/self/exe rootfs/bin/me
	ln -s /proc/1/exe rootfs/bin/first
	set_args true
	for program in /proc/self/exe /bin/me /bin/first /proc/self/fd/3 /proc/self/fd/4; do
		update_config --arg p "$program" '.hooks = {startContainer: [{path: $p, args: ["ocirt", "--version"]}]}'
		run victim run "$id" # what a hook says is told when it fails
		[[ $output != *OPENED* && $output != *WRITTEN* && $output != *version* ]] || { echo "$program: $output" && false; }
		victim_unchanged
	done
	update_config 'del(.hooks)'
	set_args sleep 100
	victim run -d "$id" </dev/null >/dev/null 2>&1
	run ! victim exec --env PATH=/proc/self:/proc/self/fd/3:/proc/self/fd/4:/proc/1 "$id" exe --version
	[[ $output != *WRITTEN* && $output != *version* ]]
	victim_unchanged
}

@test "CVE-2019-5736, control: the same interpreter writes to a program that defends itself by nothing" {
	evil_interpreter
	mkdir -p rootfs/victim
	"${CC:-cc}" -x c -o "$BATS_TEST_TMPDIR/runtime" - <<<'int main(void) { return 0; }' # the runtime itself may have no interpreter
	cp "$BATS_TEST_TMPDIR/runtime" rootfs/victim/runtime
	set_args /victim/runtime
	run -0 ocirt run "$id"
	[[ $output == *WRITTEN* ]]
	run ! cmp -s "$BATS_TEST_TMPDIR/runtime" rootfs/victim/runtime
}

# of the program itself, not only of its file's headers: musl's start leaves that to us
@test "tables of addresses cannot be written in a running runtime" {
	local at base size pid
	require_program readelf
	! grep -qa __asan_init "$OCIRT" || skip_because "sanitizers lay out the program their own way"
	set_args sleep 100
	ocirt run -d "$id" </dev/null >/dev/null 2>&1
	"$OCIRT" --root "$STATE" events --interval 1s "$id" >"$BATS_TEST_TMPDIR/events" 3>&- &
	pid=$!
	wait_for 10 grep -q . "$BATS_TEST_TMPDIR/events" # no stage was made, which protects its parent, too
	read -r at size < <(readelf -SW "$OCIRT" | sed 's/.*\] *//' | awk '$1 == ".data.rel.ro" { print $3, $5 }')
	base=$(awk -v f="$OCIRT" '$6 == f { sub(/-.*/, "", $1); print $1; exit }' "/proc/$pid/maps")
	at=$((0x$base + 0x$at + 0x$size / 2))
	while read -r range rights _; do
		[ $((0x${range%-*})) -gt $at ] || [ $((0x${range#*-})) -le $at ] || break
	done <"/proc/$pid/maps"
	kill -KILL "$pid"
	[ "$rights" = r--p ]
}

# execs into the container until its spy has met ten of them
exec_until_seen() {
	local i
	for ((i = 0; i < 200; i++)); do
		victim exec "$id" true
		[ ! -e rootfs/enough ] || break
	done
	touch rootfs/stop
	wait_for 20 grep -q '^saw' "$OUT"
	head -n 40 "$OUT"
	[ -e rootfs/enough ]
}

@test "CVE-2016-9962, CVE-2016-8649: a process of the container looks through every exec that comes in" {
	update_config '.process.capabilities |= map_values([])'
	set_args /attack peek "$HOST/secret" /stop
	detached run -d "$id"
	exec_until_seen
	[ "$(wc -l <"$OUT")" = 1 ]
}

@test "CVE-2016-9962: nor does one with CAP_SYS_PTRACE get at a file of the host" {
	update_config '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"])'
	set_args /attack peek "$HOST/secret" /stop
	OCIRT=$BATS_TEST_TMPDIR/runtime detached run -d "$id"
	exec_until_seen
	[ "$(wc -l <"$OUT")" = 1 ]
	victim_unchanged
}

# rights_of_stages: what a spy in the container sees of the rights of those that come in: $permitted, $bounding
rights_of_stages() {
	set_args /attack rights /stop
	rm -f rootfs/enough rootfs/stop
	detached run -d "$id"
	exec_until_seen
	read -r _ _ _ permitted _ bounding < <(grep '^saw' "$OUT")
	ocirt delete --force "$id"
}

@test "CVE-2016-9962: what an exec brings in has few rights before it is even seen" {
	local can_ptrace=$((1 << 19)) few=$((1 << 0 | 1 << 1 | 1 << 3 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 23 | 1 << 24)) admin=$((1 << 21))
	update_config '.process.capabilities |= map_values(["CAP_SYS_PTRACE"]) | .process.noNewPrivileges = true'
	rights_of_stages
	[ $((0x$permitted & ~(few | can_ptrace))) = 0 ]
	[ $((0x$bounding & ~can_ptrace)) = 0 ]
	# the one that a filter takes without no_new_privs
	update_config '.process.noNewPrivileges = false |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["kexec_load"], action: "SCMP_ACT_ERRNO"}]}'
	rights_of_stages
	[ $((0x$permitted & ~(few | can_ptrace | admin))) = 0 ]
	[ $((0x$bounding & ~can_ptrace)) = 0 ]
}

@test "CVE-2016-9962, control: a helper that joins with a directory of the host open is found out" {
	update_config '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'
	set_args /attack peek "$HOST/secret" /stop
	detached run -d "$id"
	nsenter -t "$(pid_of "$id")" -p -m -n -u -i sleep 60 9<"$HOST" 3>&- &
	wait_for 10 grep -q 'reached the host.*fd/9' "$OUT"
	touch rootfs/stop
	wait_for 20 grep -q '^saw' "$OUT"
	ocirt delete --force "$id"
	wait $! || :
}

@test "CVE-2016-9962: what waits in a created container shows nothing of the host either" {
	set_args true
	detached create "$id"
	pid=$(pid_of "$id")
	# all that a neighbour in the same pid namespace could try, here even as root of the host
	for fd in "/proc/$pid/fd"/*; do
		target=$(readlink "$fd")
		case $target in
		socket:* | pipe:* | anon_inode:* | /dev/null | /proc/* | /memfd:* | "") ;;
		*) [ ! -e "$fd$HOST/secret" ] && [ ! -e "$fd/../../../../../../../..$HOST/secret" ] || { echo "$target" && return 1; } ;;
		esac
	done
	[ ! -e "/proc/$pid/root$HOST/secret" ]
	[ ! -e "/proc/$pid/cwd$HOST/secret" ]
}

@test "CVE-2024-21626: cwd, --cwd, the program and links of the image that lead through a descriptor of the runtime" {
	exec 7<"$HOST" 8</ 9</sys/fs/cgroup
	for ((fd = 3; fd < 18; fd++)); do
		for path in "/proc/self/fd/$fd" "/proc/self/fd/$fd/../../../../../.." "/proc/1/fd/$fd"; do
			update_config '.process.cwd = $d' --arg d "$path"
			set_script "ls -d . ..; cat secret $HOST/secret ../../../../../../..$HOST/secret"
			run victim run "$id"
			[ "$status" != 0 ]
			[[ $output != *secret$'\n'* ]]
			[[ $output != secret ]]
		done
	done
	update_config '.process.cwd = "/"'
	ln -s /proc/self/fd/7 rootfs/link
	set_args sleep 100
	detached run -d "$id"
	for path in /link /proc/self/fd/7 /proc/self/fd/8 /proc/self/fd/9 /proc/self/fd/10 /proc/self/cwd/../../../..; do
		run ocirt exec --cwd "$path" "$id" cat "$HOST/secret" secret "../../../..$HOST/secret"
		[[ $output != *secret$'\n'* ]]
		[[ $output != secret ]]
		run ocirt exec "$id" "$path/../../../../../../../bin/cat" "$HOST/secret"
		[[ $output != secret ]]
	done
}

@test "CVE-2024-21626, control: a program that hands a directory's descriptor on is left through it" {
	run -0 bash -c 'exec 7<"$1" && cd "$2" && exec chroot rootfs /bin/sh -c "cd /proc/self/fd/7 2>/dev/null || cd /dev/fd/7; cat secret"' _ "$HOST" "$BUNDLE" || {
		mount -t proc proc rootfs/proc
		run -0 bash -c 'exec 7<"$1" && cd "$2" && exec chroot rootfs /bin/sh -c "cd /proc/self/fd/7; cat secret"' _ "$HOST" "$BUNDLE"
		umount rootfs/proc
	}
	[ "$output" = secret ]
}

@test "CVE-2020-15257: no socket of the runtime is reachable from a container on the host's network" {
	update_config '.linux.namespaces |= map(select(.type != "network"))'
	set_args true
	# a host of our own, as others' sockets come and go
	# shellcheck disable=SC2016 # the inner shell's
	run -0 unshare -n bash -ec '"$1" --root "$2" create "$3" </dev/null >out 2>&1 || { cat out; exit 1; }; "$4" abstract' - "$OCIRT" "$STATE" "$id" "$ATTACK" 3>&-
	[ "$output" = 0 ]
	ocirt start "$id"
}

@test "CVE-2021-41103, CVE-2024-25621: what the runtime keeps is nobody else's to read, whatever the umask" {
	umask 0
	set_args sleep 100
	detached create "$id"
	[ "$(stat -c %a "$STATE/$id")" = 700 ]
	while read -r mode path; do
		[ $((8#$mode & 8#022)) = 0 ] || { echo "$mode $path" && return 1; }
	done < <(find "$STATE/$id" -mindepth 1 ! -type l -printf '%m %p\n')
	rm -rf "$BATS_TEST_TMPDIR/newroot"
	"$OCIRT" --root "$BATS_TEST_TMPDIR/newroot" create "$id-2" </dev/null >/dev/null 2>&1 3>&-
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/newroot")" = 700 ]
	"$OCIRT" --root "$BATS_TEST_TMPDIR/newroot" delete --force "$id-2"
}

# what a whole life leaves, or does not take, in directories that everybody may write to; they are new ones of this mount namespace
life_among_everybodys() {
	local dir dirs=()
	for dir in /tmp /var/tmp /run/lock /dev/shm; do
		[ ! -d "$dir" ] || dirs+=("$dir")
	done
	cp "$OCIRT" "$BATS_TEST_TMPDIR/program" # the way to ours may lead through one of them
	mount --bind "$BATS_TEST_TMPDIR" /mnt
	for dir in "${dirs[@]}"; do mount -t tmpfs -o mode=1777 everybodys "$dir"; done
	mkdir -p "$BATS_TEST_TMPDIR"
	mount --bind /mnt "$BATS_TEST_TMPDIR"
	cd "$BUNDLE" || return
	stat -c '%n %Y %Z' "${dirs[@]}" >"$BATS_TEST_TMPDIR/before"
	env -u XDG_RUNTIME_DIR TMPDIR=/tmp TMP=/tmp "$BATS_TEST_TMPDIR/program" --root "$STATE" create "$1"
	"$BATS_TEST_TMPDIR/program" --root "$STATE" start "$1"
	"$BATS_TEST_TMPDIR/program" --root "$STATE" exec "$1" true
	"$BATS_TEST_TMPDIR/program" --root "$STATE" delete --force "$1"
	find "${dirs[@]}" -xdev -mindepth 1 | while read -r dir; do
		[[ $BATS_TEST_TMPDIR/ == "$dir"/* ]] || echo "left: $dir"
	done
	stat -c '%n %Y %Z' "${dirs[@]}" | diff "$BATS_TEST_TMPDIR/before" -
}

@test "CVE-2015-1331, CVE-2022-47952: no lock and no file of ours is where everybody may write, and nothing of ours is setuid" {
	[ ! -u "$OCIRT" ]
	[ ! -g "$OCIRT" ]
	export -f life_among_everybodys
	export BATS_TEST_TMPDIR BUNDLE STATE
	set_args sleep 1000
	run -0 unshare --mount --propagation private bash -ec 'life_among_everybodys "$@"' - "$id" </dev/null 3>&-
	[ -z "$output" ]
}

@test "CVE-2017-5226, CVE-2016-10124: input is not pushed into the terminal of who calls" {
	require_term
	set_args /attack push-input
	run -0 on_terminal -- run "$id"
	[ -z "$output" ]
	set_args sleep 100
	detached run -d "$id"
	run -0 on_terminal -- exec "$id" /attack push-input
	[ -z "$output" ]
	# control: who shares the terminal can
	[ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 1 ] || return 0
	run term run -- "$ATTACK" push-input
	[[ $output == *pushed* ]]
}

@test "CVE-2016-8659, CVE-2026-41163: the stage cannot be traced by the user it becomes" {
	update_config '.process.user = {"uid": 1000, "gid": 1000}'
	chmod 755 . rootfs "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	set_args true
	detached create "$id"
	pid=$(pid_of "$id")
	run setpriv --reuid 1000 --regid 1000 --clear-groups cat "/proc/$pid/environ" "/proc/$pid/maps"
	[ "$status" != 0 ]
	run setpriv --reuid 1000 --regid 1000 --clear-groups ls "/proc/$pid/fd"
	[ "$status" != 0 ]
}
