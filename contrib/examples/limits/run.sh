#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# limits - control groups: what happens at a limit of memory, of processes, of processor time; README.md tells what to look at
. "$(dirname "$0")/../lib.sh"
needs_root

ocirt run --detach "$id" >"$work/why" 2>&1 || cannot "$(cat "$work/why")"
stats() { ocirt events --stats "$id" | tr -d ' \n'; }
number() { stats | sed -n "s/.*\"$1\":{[^}]*\"$2\":\([0-9]*\).*/\1/p"; } # OBJECT MEMBER

say "Ten processes, and no more: of twenty that the shell wants to have at once, the kernel refuses the rest."
show ocirt exec "$id" sh -c 'for i in $(seq 20); do sleep 1 & done; wait' || :
echo "limit: $(number pids limit)"
few() { [ "$(number pids current)" -le 2 ]; }
wait_until few # the others have ended

say "32 MiB: a program that wants 100 is killed (9, so 137); its container lives on."
show ocirt exec "$id" sh -c 'exec awk "BEGIN { for (s = \"x\"; length(s) < 100000000;) s = s s }"' && status=0 || status=$?
echo "exit status: $status"
ocirt state "$id" | grep '"status"'

say "A twentieth of one processor: a busy loop is held back again and again."
show ocirt exec "$id" sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done'
throttled=$(number throttling throttledPeriods)
[ "${throttled:-0}" -gt 0 ] && echo "it was held back: yes" || echo "it was held back: no"

say "Limits can be changed while it runs; those that are not named stay."
show ocirt update --pids-limit 100 "$id"
echo "limit: $(number pids limit)"
