#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# netns - two containers in network namespaces that were there before, joined by a virtual cable; README.md tells what to look at
. "$(dirname "$0")/../lib.sh"
needs_root
needs ip

left=left$$ right=right$$
undo() { for ns in "$left" "$right"; do ip netns delete "$ns" 2>/dev/null || :; done; }
{ ip netns add "$left" && ip netns add "$right"; } >"$work/why" 2>&1 || cannot "$(cat "$work/why")"

say "A cable: what goes into one end comes out of the other. One end in each namespace, each with an address."
show ip -netns "$left" link add eth0 type veth peer name eth0 netns "$right" 2>"$work/why" || cannot "$(cat "$work/why")"
for side in "$left 10.99.0.1" "$right 10.99.0.2"; do
	ip -netns "${side% *}" address add "${side#* }/24" dev eth0
	ip -netns "${side% *}" link set eth0 up
done

# bundle NAME NAMESPACE SCRIPT: another config.json beside the first
bundle() { sed "s|NAME|$2|; s|\"@\"|\"$3\"|" "$here/config.json" >"$1.json"; }
mkdir rootfs/www
echo "hello from the other side" >rootfs/www/index.html
bundle server "$right" "exec httpd -f -p 10.99.0.2:8080 -h /www"
bundle client "$left" "ip -4 -o address show eth0; wget -q -O - http://10.99.0.2:8080/"

say "A server in one, and a client in the other:"
show ocirt run --detach --config server.json "$id-server"
listens() { ip netns exec "$right" busybox netstat -ltn | grep -q 10.99.0.2:8080; }
wait_until listens
show ocirt run --config client.json "$id-client"

say "From here no way leads to it, for this is a third namespace:"
[ -n "$(ip -4 route show exact 10.99.0.0/24)" ] || echo "no route"

say "The namespace is not the container's: it outlives it, and its address stays."
show ocirt delete --force "$id-server"
show ip -netns "$right" -4 -o address show eth0 | sed 's/ *scope.*//'
