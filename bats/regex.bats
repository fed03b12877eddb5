#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: hybrid v2
# kill --regex and delete --regex: containers by what their names look like, as crun has it

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	set_args sleep 100
	for x in a1 a22 b1; do detached run --detach "$id-$x"; done
}

statuses() { ocirt list -f json | jq -r '[.[].status] | join(" ")'; }
are() { [ "$(statuses)" = "$1" ]; }

@test "kill --regex signals all that fit and nobody else" {
	ocirt kill --regex "^$id-a[0-9]+\$" KILL
	wait_for 10 are "stopped stopped running"
	ocirt kill -r 'fits nobody' KILL
	ocirt kill --regex --all b1 9
	wait_for 10 are "stopped stopped stopped"
}

@test "delete --regex deletes all that fit and nobody else" {
	ocirt delete --force --regex 'a(1|22)$'
	[ "$(ocirt list -q)" = "$id-b1" ]
	ocirt delete -r 'fits nobody'
	ocirt delete -fr .
	[ -z "$(ocirt list -q)" ]
}

@test "all are tried, the first failure and their number are told" {
	ocirt kill "$id-a22" KILL
	wait_for 10 are "running stopped running"
	run ! ocirt delete --regex .
	[[ $output == *"delete .: 2 containers failed, the first is: $id-a1: cannot delete a container that is not stopped"* ]]
	[ "$(ocirt list -q)" = "$id-a1"$'\n'"$id-b1" ]
	run ! ocirt kill --regex '(' KILL
	[[ $output == *'kill: "(" is no regular expression: '* ]]
	run ! ocirt kill --regex . NOSIG
	[[ $output == *'unknown signal "NOSIG"'* ]]
	# without it, an id is an id
	run ! ocirt kill .1 KILL
	[[ $output == *"does not exist"* ]]
}
