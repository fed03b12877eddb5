#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seccomp-listener - a program outside answers system calls of the container; README.md tells what to look at
. "$(dirname "$0")/../lib.sh"
needs_root
needs "${CC:-cc}"
"${CC:-cc}" -D_GNU_SOURCE -o agent "$here/agent.c"
sed -i "s|@|$PWD|" config.json

./agent "$PWD/agent.sock" "$PWD/rootfs" >agent.log &
agent=$!
undo() { kill "$agent" 2>/dev/null || :; }
wait_until test -S agent.sock

say "In the container, whose root is read-only:"
show ocirt run "$id" || :

say "Outside:"
cat agent.log
