#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# autogen.sh - makes ./configure out of configure.ac (needs autoconf, automake and pkg-config)
set -eu
cd "$(dirname "$0")"
for tool in autoreconf automake pkg-config; do
	command -v "$tool" >/dev/null || {
		echo "autogen.sh: '$tool' is missing; contrib/quickstart.sh installs all that is needed" >&2
		exit 1
	}
done
autoreconf --install --force --warnings=all,no-portability "$@"
[ -n "${OCIRT_QUIET-}" ] || echo "now run: ./configure && make"
