# SPDX-License-Identifier: Apache-2.0
# systemd - containers whose groups the systemd of this machine makes, in system.slice. Load lib/ocirt first
# shellcheck shell=bash

# A container to be, of the scope ot-$(new_id).scope; a skip where systemd does not run.
systemd_setup() {
	ocirt_setup
	require_root
	[ -d /run/systemd/system ] || skip_because "systemd is not the init of this machine"
	setup_bundle
	set_args sleep 1000
	update_config --arg p "system.slice:ot:$(new_id)" '.linux.cgroupsPath = $p'
}

# a first process ignores TERM: by systemd alone stopping lasts 90 s
systemd_teardown() {
	local status=0 scope
	ocirt_teardown || status=1
	scope=ot-$(new_id).scope
	systemctl kill -s KILL "$scope" 2>/dev/null || :
	systemctl stop "$scope" 2>/dev/null || :
	return $status
}

property_of() { systemctl show "$1" -P "$2"; } # UNIT NAME
