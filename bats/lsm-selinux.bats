#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: v2
# limit: 200
# SELinux: labels of processes and mounts, enforced by the kernel under a policy of one page. A policy is for good, so this runs
# in guests only; selinuxfs is mounted in this file's own mount namespace: other tests see a host without SELinux

load lib/ocirt

label=system_u:system_r:container_t:s0:c1,c2
mount_label=system_u:object_r:container_file_t:s0:c1,c2

# Classes and permissions that the policy does not know are allowed; what is known is denied to container_t unless it is here.
# All else runs in kernel_t, where denials are only logged.
policy() {
	local sid sids="kernel security unlabeled fs file file_labels init any_socket port netif netmsg node igmp_packet icmp_socket
		tcp_socket sysctl_modprobe sysctl sysctl_fs sysctl_kernel sysctl_net sysctl_net_unix sysctl_vm sysctl_dev kmod policy
		scmp_packet devnull"
	cat <<-'END'
		(handleunknown allow)
		(mls true) (policycap nnp_nosuid_transition)
		(sensitivity s0) (sensitivityorder (s0))
		(category c0) (category c1) (category c2) (categoryorder (c0 c1 c2)) (sensitivitycategory s0 (c0 c1 c2))
		(class process (transition dyntransition))
		(class file (read write append open getattr setattr execute execute_no_trans entrypoint map create unlink ioctl lock))
		(class dir (read)) (class lnk_file (read)) (class chr_file (read)) (class blk_file (read)) (class fifo_file (read)) (class sock_file (read))
		(classorder (process file dir lnk_file chr_file blk_file fifo_file sock_file))
		(type kernel_t) (type container_t) (type container_file_t) (type shadow_t) (type other_t)
		(typeattribute any) (typeattributeset any (kernel_t container_t container_file_t shadow_t other_t))
		(role system_r) (role object_r)
		(roletype system_r kernel_t) (roletype system_r container_t)
		(roletype object_r container_file_t) (roletype object_r shadow_t) (roletype object_r other_t)
		(user system_u) (userrole system_u system_r) (userrole system_u object_r)
		(userlevel system_u (s0)) (userrange system_u ((s0) (s0 (c0 c1 c2))))
		(typepermissive kernel_t)
		(allow container_t container_file_t (file (read write append open getattr setattr execute execute_no_trans entrypoint map create unlink ioctl lock)))
		(allow container_t other_t (file (read write append open getattr ioctl lock)))
		(allow container_t container_t (file (read write append open getattr ioctl)))
		(allow container_t kernel_t (file (read write append open getattr ioctl)))
		(allow container_t any (dir (read))) (allow container_t any (lnk_file (read))) (allow container_t any (chr_file (read)))
		(allow container_t any (fifo_file (read))) (allow container_t any (sock_file (read)))
		(allow kernel_t container_t (process (transition)))
		(fsuse trans tmpfs (system_u object_r other_t ((s0) (s0))))
		(fsuse trans devpts (system_u object_r other_t ((s0) (s0))))
		(fsuse trans mqueue (system_u object_r other_t ((s0) (s0))))
		(fsuse task pipefs (system_u object_r other_t ((s0) (s0))))
		(fsuse task sockfs (system_u object_r other_t ((s0) (s0))))
		(genfscon proc / (system_u object_r other_t ((s0) (s0))))
		(genfscon sysfs / (system_u object_r other_t ((s0) (s0))))
		(genfscon cgroup2 / (system_u object_r other_t ((s0) (s0))))
		(genfscon hostfs / (system_u object_r container_file_t ((s0) (s0))))
	END
	for sid in $sids; do echo "(sid $sid) (sidcontext $sid (system_u system_r kernel_t ((s0) (s0))))"; done
	echo "(sidorder (${sids//$'\n'/ }))"
}

# why there can be no such policy here
why_not() {
	if ! [ -e /vm/agent ]; then
		echo "a policy is loaded for good: in a guest only"
	elif ! grep -qsw selinux /sys/kernel/security/lsm; then
		echo "this kernel runs no SELinux"
	elif ! command -v secilc >/dev/null; then
		echo "secilc is not installed"
	else
		return 1
	fi
}

setup_file() {
	! why_not >/dev/null || return 0
	mount -t selinuxfs selinuxfs /sys/fs/selinux
	policy >"$BATS_FILE_TMPDIR/policy.cil"
	secilc -c 31 -o "$BATS_FILE_TMPDIR/policy" -f /dev/null "$BATS_FILE_TMPDIR/policy.cil"
	dd if="$BATS_FILE_TMPDIR/policy" of=/sys/fs/selinux/load bs=1M status=none
	echo 1 >/sys/fs/selinux/enforce
}

setup() {
	local reason
	! reason=$(why_not) || skip_because "$reason"
	ocirt_setup
	setup_bundle
	chcon -R "$mount_label" rootfs
	echo secret >rootfs/etc/secret
	chcon system_u:object_r:shadow_t:s0 rootfs/etc/secret
	update_config --arg p "$label" --arg m "$mount_label" '.process.selinuxLabel = $p | .linux.mountLabel = $m | .root.readonly = false'
}

@test "the process has its label, and what the policy denies it is denied" {
	set_script 'cat /proc/self/attr/current; echo; cat /etc/secret; cat /etc/passwd >/tmp/copy && rm /tmp/copy && echo done'
	run ocirt run "$(new_id)"
	echo "$output"
	[[ $output == *"$label"* ]]
	[[ $output == *"/etc/secret"*"Permission denied"* ]]
	[[ $output == *done && $output != *secret$'\n'secret* ]]
	update_config 'del(.process.selinuxLabel)'
	set_args cat /etc/secret
	[ "$(ocirt run "$(new_id)")" = secret ]
}

@test "what is mounted for the container has the mounts' label" {
	id=$(new_id)
	set_args sleep 100
	detached run -d "$id"
	local dir
	for dir in dev dev/shm dev/mqueue; do
		[ "$(stat -c %C "/proc/$(pid_of "$id")/root/$dir")" = "$mount_label" ] || { echo "$dir" && false; }
	done
	# a bind mount keeps the label that its files have
	[ "$(stat -c %C "/proc/$(pid_of "$id")/root/etc/passwd")" = "$mount_label" ]
	grep -q ' /dev/shm .*[ ,]context=' "/proc/$(pid_of "$id")/mountinfo"
	ocirt delete --force "$id"
	update_config '.annotations["run.oci.mount_context_type"] = "rootcontext"'
	detached run -d "$id"
	grep -q ' /dev/shm .*[ ,]rootcontext=' "/proc/$(pid_of "$id")/mountinfo"
	[ "$(stat -c %C "/proc/$(pid_of "$id")/root/dev/shm")" = "$mount_label" ]
}

@test "exec has the container's label, or another that it is given" {
	id=$(new_id)
	set_args sleep 100
	detached run -d "$id"
	[ "$(ocirt exec "$id" cat /proc/self/attr/current | tr -d '\0')" = "$label" ]
	run ! ocirt exec "$id" cat /etc/secret
	[ "$(ocirt exec --process-label system_u:system_r:container_t:s0:c0 "$id" cat /proc/self/attr/current | tr -d '\0')" = system_u:system_r:container_t:s0:c0 ]
}

@test "a label that the policy does not know is an error in words, and nothing is left" {
	update_config '.process.selinuxLabel = "system_u:system_r:no_such_t:s0"'
	run -1 ocirt run "$(new_id)"
	echo "$output"
	[[ $output == *"/process/selinuxLabel: "*"no_such_t:s0\""*"Invalid argument"* ]]
	update_config --arg p "$label" '.process.selinuxLabel = $p | .linux.mountLabel = "nonsense"'
	run -1 ocirt run "$(new_id)"
	[[ $output == *"/mounts/"*"nonsense"* || $output == *"/linux/mountLabel"*"nonsense"* ]]
}

@test "the same for a user namespace of the container's own" {
	add_userns
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$BUNDLE" "${BATS_TEST_TMPDIR%/*}"
	chown -R 100000:100000 rootfs
	set_script 'cat /proc/self/attr/current; echo; cat /etc/secret; grep " /dev " /proc/self/mountinfo'
	run ocirt run "$(new_id)"
	echo "$output"
	[[ $output == *"$label"* && $output == *"Permission denied"* && $output == *"$mount_label"* ]]
}
