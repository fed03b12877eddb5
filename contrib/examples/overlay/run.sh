#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# overlay - layers that are only read and one that is written; README.md tells what to look at
. "$(dirname "$0")/../lib.sh"
needs_root

mkdir base tools rootfs/data layers
echo "only-base: from base" >base/only-base
echo "both: from base" >base/both
echo "both: from tools" >tools/both
# the upper layer may not lie on an overlay itself, as all of this would in a container
undo() { ! mountpoint -q "$work/bundle/layers" || umount "$work/bundle/layers"; }
mount -t tmpfs tmpfs layers
mkdir layers/{upper,work}
sed -i "s|@|$PWD|g" config.json

say "Two lower layers; the first named lies above. In the container:"
show ocirt run "$id"

say "The lower layers are as they were:"
show cat base/only-base base/both tools/both

say "What was changed lies in the upper one: a copy with the change, a new file, and a device 0,0 in place of the one that is gone."
(cd layers/upper && for f in *; do echo "$f: $(stat -c '%F' "$f")$(test ! -f "$f" || sed "s/^/, /" "$f" | tr -d "\n")"; done)

say "A second container finds what the first one left:"
show ocirt run "$id"
