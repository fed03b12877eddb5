#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pid-reuse.sh - a container's pid, given to somebody else:  unshare -pf --mount pid-reuse.sh OCIRT ROOT ID, in a bundle
#
# In a pid namespace of its own, whose numbers are few or can be chosen. 0: the runtime took the new process for nobody of its own;
# 77: this kernel cannot do it.
set -eu
ocirt=$1 id=$3
shift
ocirt() { "$ocirt" --root "$1" "${@:2}"; }
root=$1
trap 'echo "line $LINENO: $BASH_COMMAND"' ERR
mount -t proc proc /proc

few= # numbers: a namespace's own from Linux 6.14 on; before, the whole machine would run out of them
if [ "$(uname -r | awk -F. '{ print $1 * 100 + $2 }')" -ge 614 ]; then
	few=360
	echo $few >/proc/sys/kernel/pid_max
elif [ ! -w /proc/sys/kernel/ns_last_pid ]; then
	exit 77
fi

refused() { # PATTERN VERB...
	local out pattern=$1
	shift
	! out=$(ocirt "$root" "$@" 2>&1) || { echo "$*: went well" && return 1; }
	[[ $out == *$pattern* ]] || { echo "$*: $out" && return 1; }
}
somebody() { # starts one; its pid in $new
	sleep 1000 >/dev/null 2>&1 &
	new=$!
}

until [ -z "$few" ] || [ "$(sh -c 'echo $$')" -gt 300 ]; do :; done # lower numbers are given out once only

ocirt "$root" run -d "$id" </dev/null >/dev/null 2>&1
old=$(ocirt "$root" state "$id" | jq .pid)
kill -KILL "$old"
for ((i = 0; i < 1000; i++)); do # we are its parent now
	[ -e "/proc/$old" ] || break
	sleep 0.01
done
[ ! -e "/proc/$old" ]

[ -n "$few" ] || echo $((old - 1)) >/proc/sys/kernel/ns_last_pid
somebody
for ((i = 0; i < 1000 && new != old; i++)); do
	kill -KILL "$new"
	wait "$new" 2>/dev/null || :
	somebody
done
[ "$new" = "$old" ]

[ "$(ocirt "$root" state "$id" | jq -r .status)" = stopped ]
refused "not running" kill "$id" KILL
refused "stopped" exec "$id" true
refused "stopped" start "$id"
refused "" pause "$id"
ocirt "$root" kill --all "$id" KILL
ocirt "$root" delete --force "$id"
grep -q '^State:.[SR]' "/proc/$new/status"
kill -KILL "$new"
