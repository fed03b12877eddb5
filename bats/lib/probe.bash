# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# probe.bash - a program in the bundle that makes one system call:  load lib/probe
#
# add_probe puts it at /probe of the bundle, or skips the test where it cannot be built.
add_probe() {
	require_program "${CC:-cc}"
	[ "$(uname -m)" = x86_64 ] || skip_because "the probe knows x86_64 only"
	cp "$(compiled probe -static -nostdlib -nostartfiles -fno-stack-protector -fno-pie -no-pie)" "$BUNDLE/rootfs/probe"
}
