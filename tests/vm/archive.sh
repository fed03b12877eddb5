# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# archive.sh - packages of another suite of Debian's archive, unpacked, never installed; sourced after common.sh
#
#	archive SUITE           chooses it and reads its lists, at most twice a day; what is there is used when it cannot be reached
#	candidate PACKAGE       prints its version; nothing when there is none
#	depends PACKAGE RE      prints the first dependency of that name
#	closure PACKAGE         prints it and all that it needs
#	unpack DIR PACKAGE...

# the machine's own mirror, where it has Debian's archive
mirror() {
	# shellcheck disable=SC2154 # apt's own words
	apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 'Component: main' 'Label: Debian' 2>/dev/null |
		sed -n 's/^Debian //p;q' | grep . || echo http://deb.debian.org/debian
}

# apt's state for one suite, apart from the machine's: nothing of it changes
archive() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	need apt-get dpkg flock
	[ -e $keyring ] || cannot "nothing of Debian's archive without $keyring"
	archive_suite=$1
	# shellcheck disable=SC2154 # common.sh
	apt=$cache/apt/$1
	options=(-q -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o APT::Sandbox::User=root
		-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$apt/lists"
		-o "Dir::Cache=$apt/cache" -o Dir::State::status=/dev/null
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null)
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	# kernels and criu of one suite share it, and lock() has the other descriptor
	exec 8>"$apt/.lock"
	flock -w 600 8 || cannot "another run is reading $1 of Debian's archive and does not end"
	echo "deb [signed-by=$keyring] $(mirror) $1 main" >"$apt/sources.list"
	[ -z "$(find "$apt/lists" -name '*Packages*' -mmin -720 2>/dev/null)" ] || return 0
	timeout 120 apt-get "${options[@]}" update >"$apt/log" 2>&1 || : # what is missing is told by those who miss it
}

candidate() {
	local version
	version=$(apt-cache "${options[@]}" policy "$1" | sed -n 's/^  Candidate: //p')
	[ "$version" = '(none)' ] || echo "$version"
}

why_none() { { grep -m 1 '^[EW]:' "$apt/log" || echo 'not in the archive'; } 2>/dev/null; }

depends() {
	apt-cache "${options[@]}" depends --important "$1" | sed -n "s/^ *Depends: \($2\)\$/\1/p" | sed -n 1p
}

closure() { apt-get "${options[@]}" -s install --no-install-recommends "$1" 2>/dev/null | sed -n 's/^Inst \([^ ]*\) .*/\1/p'; }

unpack() {
	local dir=$1 deb
	shift
	rm -rf "$apt/deb" && mkdir -p "$apt/deb"
	(cd "$apt/deb" && timeout 300 apt-get "${options[@]}" download "$@") >"$apt/log" 2>&1 ||
		cannot "$* of $archive_suite cannot be fetched: $(sed -n 's/^[EW]: //p' "$apt/log" | sed -n 1p)"
	for deb in "$apt"/deb/*.deb; do dpkg -x "$deb" "$dir"; done
	rm -rf "$apt/deb"
}
