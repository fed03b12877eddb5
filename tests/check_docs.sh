#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_docs.sh - what the documents name is there: files, targets of make, configure's choices, commands, messages (TAP)
set -u
top=${OCIRT_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$top" || exit 1
. contrib/lib/tap.sh
docs=(README.md HACKING.md CONTRIBUTING.md SECURITY.md CHANGELOG.md docs/*.md contrib/*/README.md contrib/examples/*/README.md)

# code of a document: between ` and in blocks, one piece a line
code_of() { awk '/^```/ { block = !block; next } block { print; next } { n = split($0, x, "`"); for (i = 2; i <= n; i += 2) print x[i] }' "$1"; }

# a word that begins like a path of the tree is one: globs may match anything, "NAME" and the like stand for something
paths() {
	local doc word bad=0
	for doc in "${docs[@]}"; do
		while read -r word; do
			compgen -G "$word" >/dev/null || { echo "$doc: $word is not there" && bad=1; }
		done < <(code_of "$doc" | grep -oE '(^|[ "(])(\./)?(src|tests|bats|contrib|libocispec|man|docs|m4|debian|\.ci)/[A-Za-z0-9_./*-]*' |
			tr -d ' "(' | sed 's/[.,:]*$//; s/\.o$//' | grep -vE 'NAME|build|^tests/test_foo' | sort -u)
	done
	return "$bad"
}
# words after make are targets of ours, or of every Makefile
targets() {
	local doc word bad=0
	for doc in "${docs[@]}"; do
		while read -r word; do
			grep -qE "^[a-z -]*\\b$word( [a-z -]*)?:|^\\.PHONY:.* $word( |\$)" Makefile.am ||
				grep -qwE "all|check|install|dist|distcheck|clean" <<<"$word" || { echo "$doc: make $word" && bad=1; }
		done < <(code_of "$doc" | grep -oE '(^|&& |sudo )make( -C [^ ]+)?( [a-z-]+)*' | sed 's/.*make//; s/-C [^ ]*//' | tr ' ' '\n' | grep . | sort -u)
	done
	return "$bad"
}
choices() {
	local doc word bad=0
	for doc in "${docs[@]}"; do
		while read -r word; do
			grep -qE "AC_ARG_ENABLE\\(\\[${word#--*able-}\\]" configure.ac || { echo "$doc: $word" && bad=1; }
		done < <(code_of "$doc" | grep -oE -- '--(en|dis)able-[a-z-]+' | sort -u)
	done
	return "$bad"
}
commands() { sed -n 's/^\(static \|extern \)*const struct cli_command cmd_\([a-z]*\).*/\2/p' src/cli/cmd*.[ch] | sort -u; }
pages() {
	local c bad=0
	for c in $(commands); do
		[ -e "man/ocirt-$c.8" ] || { echo "no man/ocirt-$c.8" && bad=1; }
		grep -qE "^\\.It Cm $c\$" man/ocirt.8 || { echo "ocirt(8) has no $c" && bad=1; }
		grep -qF "ocirt-$c 8" man/ocirt.8 || { echo "ocirt(8) does not refer to ocirt-$c(8)" && bad=1; }
	done
	[ "$(commands | wc -l)" -gt 20 ] && return "$bad"
}
examples() {
	local f bad=0
	for f in man/*; do
		grep -q '^\.Sh EXAMPLES' "$f" || { echo "$f has no EXAMPLES" && bad=1; }
		grep -qF "$f" Makefile.am || { echo "$f is not installed" && bad=1; }
	done
	return "$bad"
}
# by name and sender, both ways
messages() {
	diff <(sed -n 's/^SYNC(\([A-Z]*\), \([A-Z]*\),.*/\1 \2/p' src/init/sync.def | sed 's/PARENT/runtime/; s/INIT/stage/' | sort) \
		<(sed -n 's/^\.It Li \([A-Z]*\) Ta \(runtime\|stage\) .*/\1 \2/p' man/ocirt-internals.7 | sort)
}
# of style, too; which pages are installed here is no matter
lint() { ! mandoc -T lint man/* 2>&1 | grep -vE 'referenced manual not found|run makewhatis'; }
# the tarball has no debian
recipes() {
	local v
	v=$(sed -n 's/^AC_INIT(\[ocirt\], \[\(.*\)\], \[\].*/\1/p' configure.ac)
	grep -qx "Version: *$v" contrib/packaging/ocirt.spec && grep -qx "pkgver=$v" contrib/packaging/APKBUILD &&
		{ [ ! -e debian ] || grep -q "^ocirt ($v-" debian/changelog; }
}
version() { grep -q "^## $(sed -n 's/^AC_INIT(\[ocirt\], \[\(.*\)\], \[\].*/\1/p' configure.ac)" CHANGELOG.md; }

tap "files that documents name are there" paths
tap "so are targets of make" targets
tap "and choices of configure" choices
tap "every command has a page, which ocirt(8) names" pages
tap "every page has examples and is installed" examples
tap "ocirt-internals(7) has the messages of src/init/sync.def" messages
tap "CHANGELOG.md begins with this version" version
tap "so do the recipes of packages" recipes
if command -v mandoc >/dev/null; then tap "mandoc finds nothing wrong with the pages" lint; else tap_skip "mandoc -T lint" "mandoc is not installed"; fi
tap_end
