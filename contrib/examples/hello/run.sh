#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# hello - namespaces and capabilities, seen from both sides; README.md tells what to look at
. "$(dirname "$0")/../lib.sh"
needs_root

say "Created: everything is there, the program does not run yet. Started: it does."
show ocirt create "$id"
ocirt state "$id" | grep '"status"'
show ocirt start "$id"
ocirt state "$id" | grep '"status"'
pid=$(ocirt state "$id" | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')

say "It is process 1 in its own pid namespace; here it is another number."
show ocirt exec "$id" ps -o pid,comm
echo "here: $pid $(cat "/proc/$pid/comm")"

say "The namespaces in which it is:"
for ns in mnt pid net ipc uts cgroup user; do
	there=$(readlink "/proc/$pid/ns/$ns")
	[ "$there" = "$(readlink "/proc/self/ns/$ns")" ] && what=ours || what="its own"
	printf '%-8s %s\n' "$ns" "$what"
done

say "So it has a host name of its own, one network device, and a root that is not ours:"
show ocirt exec "$id" hostname
show ocirt exec "$id" sed -n 's/:.*//p' /proc/net/dev
show ocirt exec "$id" ls /
show ocirt exec "$id" touch /file || :

say "It is root, but root without capabilities: the kernel asks for CAP_CHOWN, not for the user id."
show ocirt exec "$id" id -u
show ocirt exec "$id" touch /tmp/file
show ocirt exec "$id" chown 1 /tmp/file || :
show ocirt exec --cap CAP_CHOWN "$id" chown 1 /tmp/file
show ocirt exec "$id" stat -c 'owner %u' /tmp/file

say "The end:"
show ocirt kill "$id" TERM
wait_until is_status "$id" stopped
show ocirt delete "$id"
echo "containers: $(ocirt list -q | wc -l)"
