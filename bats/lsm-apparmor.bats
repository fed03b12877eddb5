#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: v2
# limit: 200
# AppArmor: a profile that the kernel enforces on the container's processes

load lib/ocirt

profile=ocirt-bats

# why there can be no such profile here
why_not() {
	if ! grep -qsw apparmor /sys/kernel/security/lsm; then
		echo "this kernel runs no AppArmor"
	elif ! command -v apparmor_parser >/dev/null; then
		echo "apparmor_parser is not installed"
	else
		return 1
	fi
}

setup_file() {
	! why_not >/dev/null || return 0
	apparmor_parser -rKq <<-END
		profile $profile flags=(attach_disconnected,mediate_deleted) {
			file, capability, network, mount, signal, ptrace,
			deny /etc/secret r,
			deny /tmp/** w,
		}
	END
}
teardown_file() { why_not >/dev/null || printf %s "$profile" >/sys/kernel/security/apparmor/.remove; }

setup() {
	local reason
	! reason=$(why_not) || skip_because "$reason"
	ocirt_setup
	setup_bundle
	echo secret >rootfs/etc/secret
	update_config --arg p "$profile" '.process.apparmorProfile = $p | .root.readonly = false'
}

@test "the process is under the profile, and what that denies is denied" {
	set_script 'cat /proc/self/attr/current; cat /etc/secret; echo >/tmp/x; cat /etc/passwd >/home/copy && echo done'
	run ocirt run "$(new_id)"
	[[ $output == *"$profile (enforce)"* ]]
	[[ $output == *"/etc/secret"*"Permission denied"* && $output == *"/tmp/x"*"ermission denied"* ]]
	[[ $output == *done ]]
	update_config '.process.apparmorProfile = "unconfined"'
	set_args cat /etc/secret
	[ "$(ocirt run "$(new_id)")" = secret ]
}

@test "exec is under the container's profile, or another that it is given" {
	id=$(new_id)
	set_args sleep 100
	detached run -d "$id"
	grep -q "^$profile (enforce)" "/proc/$(pid_of "$id")/attr/current"
	[ "$(ocirt exec "$id" cat /proc/self/attr/current)" = "$profile (enforce)" ]
	run ! ocirt exec "$id" cat /etc/secret
	[ "$(ocirt exec --apparmor unconfined "$id" cat /proc/self/attr/current)" = unconfined ]
	run ! ocirt exec --apparmor no-such "$id" true
	[[ $output == *"the AppArmor profile \"no-such\" is not loaded"* ]]
}

@test "with no new privileges, and in a user namespace of the container's own" {
	add_userns
	update_config '.process.noNewPrivileges = true'
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$BUNDLE" "${BATS_TEST_TMPDIR%/*}"
	chown -R 100000:100000 rootfs
	set_script 'cat /proc/self/attr/current; cat /etc/secret'
	run ! ocirt run "$(new_id)"
	[[ $output == *"$profile (enforce)"*"Permission denied"* ]]
}

@test "a profile that is not loaded is an error in words, and nothing is left" {
	local verb
	update_config '.process.apparmorProfile = "no-such"'
	for verb in run create; do
		run -1 ocirt "$verb" "$(new_id)"
		[[ $output == *"/process/apparmorProfile: "*"the AppArmor profile \"no-such\" is not loaded"* ]]
	done
}
