# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# user.bash - containers of an ordinary user, made for the test:  load lib/user
#
# tester has the uid and gid 4242 and the subordinate ids from 1000000 on. /etc/passwd and its like are covered in this file's own
# mount namespace (bats/lib/lane.sh made one), nothing of the machine changes. Or it is a user of a guest: user_setup_file NAME.

# HIS: a folder that he can go into, with a copy of the runtime; RUN: his XDG_RUNTIME_DIR
user_setup_file() { # [NAME]
	[ "$(id -u)" = 0 ] || return 0
	local file
	HIS=$(mktemp -d /tmp/ocirt-user.XXXXXX)
	export HIS RUN=$HIS/run HE=${1:-4242}
	[ -z "${1-}" ] || HE=$(id -u "$1")
	chmod 755 "$HIS" && chown "$HE" "$HIS"
	install -m 755 "$OCIRT" "$HIS/ocirt"
	install -d -m 700 -o "$HE" -g "$HE" "$RUN"
	[ -z "${1-}" ] || return 0
	for file in passwd group; do cp "/etc/$file" "$HIS/$file"; done
	echo 'tester:x:4242:4242::/:/bin/sh' >>"$HIS/passwd"
	echo 'tester:x:4242:' >>"$HIS/group"
	for file in subuid subgid; do
		echo 'tester:1000000:65536' >"$HIS/$file"
		[ ! -e "/etc/$file" ] || mount --bind "$HIS/$file" "/etc/$file"
	done
	for file in passwd group; do mount --bind "$HIS/$file" "/etc/$file"; done
}
user_teardown_file() {
	[ -n "${HIS-}" ] || return 0
	umount /etc/passwd /etc/group 2>/dev/null || :
	umount /etc/subuid /etc/subgid 2>/dev/null || :
	rm -rf "$HIS"
}

# as_user COMMAND...
as_user() {
	env -i PATH="$PATH" HOME="$HIS" USER="$(id -un "$HE")" XDG_RUNTIME_DIR="$RUN" OCIRT_TEST_MARK="$TAG" \
		setpriv --reuid "$HE" --regid "$HE" --clear-groups "$@"
}
user_ocirt() { as_user timeout --foreground -k 5 60 "$HIS/ocirt" "$@" 3>&-; }
user_detached() {
	OUT=$BATS_TEST_TMPDIR/out
	user_ocirt "$@" </dev/null >"$OUT" 2>&1 || { local rc=$? && cat "$OUT" && return $rc; }
}
user_state() { user_ocirt state "$1" | jq -r .status; }
user_is() { [ "$(user_state "$1" 2>/dev/null)" = "$2" ]; }

# a bundle of his with spec --rootless
user_setup() {
	as_user unshare --user true 2>/dev/null || skip_because "users may not make user namespaces here"
	BUNDLE=$HIS/bundle-$TAG
	cp -a "$(_template)" "$HIS/rootfs"
	install -d -o "$HE" -g "$HE" "$BUNDLE"
	mv "$HIS/rootfs" "$BUNDLE/rootfs"
	chown -R -h "$HE:$HE" "$BUNDLE"
	cd "$BUNDLE" || return
	user_ocirt spec --rootless
	update_config '.process.terminal = false'
}
user_teardown() {
	local dir status=0
	cd /
	for dir in "${RUN-/none}/ocirt"/*/; do
		[ ! -d "$dir" ] || user_ocirt delete --force "$(basename "$dir")" || status=1
	done
	[ -z "$(ls -A "${RUN-/none}/ocirt" 2>/dev/null)" ] || { echo "state left: $(ls -A "$RUN/ocirt")" && status=1; }
	[ -z "${GROUP-}" ] || find "$GROUP" -depth -type d -exec rmdir {} + || status=1
	ocirt_teardown || status=1
	rm -rf "${BUNDLE:?}"
	return $status
}

# maps that need newuidmap
subordinate() {
	update_config '.linux.uidMappings = [{"containerID": 0, "hostID": 4242, "size": 1}, {"containerID": 1, "hostID": 1000000, "size": 65535}]
		| .linux.gidMappings = .linux.uidMappings'
}

# a group of his own, with all controllers; in_group COMMAND: with a process of his in it
delegate() {
	GROUP=/sys/fs/cgroup/$TAG
	mkdir "$GROUP" "$GROUP/self"
	sed 's/ / +/g; s/^/+/' "$GROUP/cgroup.controllers" >"$GROUP/cgroup.subtree_control"
	chown 4242:4242 "$GROUP" "$GROUP/self" "$GROUP"{,/self}/cgroup.{procs,subtree_control,threads}
}
in_group() { (echo "$BASHPID" >"$GROUP/self/cgroup.procs" && "$@"); }
