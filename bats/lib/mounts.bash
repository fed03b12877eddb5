# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# (SC2154: $status and $output are those of bats' run)
# mounts.bash - for tests of mounts, beside lib/ocirt:  load lib/mounts

# add_mount DST TYPE SOURCE [OPTION...]: one more entry of mounts; "-" leaves TYPE or SOURCE out
add_mount() {
	local dst=$1 type=$2 source=$3
	shift 3
	# shellcheck disable=SC2016 # the variables are jq's
	update_config --arg dst "$dst" --arg type "$type" --arg source "$source" \
		'.mounts += [{destination: $dst, type: $type, source: $source, options: $ARGS.positional}
			| with_entries(select(.value != "-"))]' --args -- "$@"
}

# options_at PATH: in a script of the container, prints the mount's own options ("ro,nosuid,...")
options_at() { printf 'awk '\''$5 == "%s" { o = $6 } END { print o }'\'' /proc/self/mountinfo; ' "$1"; }

# has_words LIST WORD...: each word is in the list, with a - before it: is not
has_words() {
	local list=,$1, word
	shift
	for word; do
		case $word in
		-*) [[ $list != *,${word#-},* ]] || { echo "$list has $word" && return 1; } ;;
		*) [[ $list == *,$word,* ]] || { echo "$list lacks $word" && return 1; } ;;
		esac
	done
}

# whether a tmpfs can be idmapped (Linux 6.3)
maps_tmpfs() { [ "$(printf '6.3\n%s\n' "$(uname -r)" | sort -V | head -n 1)" = 6.3 ]; }

# where the bundle would be on a tmpfs that cannot be idmapped, it gets an ext4: before setup_bundle
idmappable_bundle() {
	local loop
	! maps_tmpfs && [ "$(stat -f -c %T "$BATS_TEST_TMPDIR")" = tmpfs ] || return 0
	require_program mkfs.ext4
	modprobe -a loop ext4 2>/dev/null || :
	mkdir "$BATS_TEST_TMPDIR/bundle"
	truncate -s 64M "$BATS_TEST_TMPDIR/ext4"
	mkfs.ext4 -q "$BATS_TEST_TMPDIR/ext4"
	loop=$(losetup --direct-io=off -f --show "$BATS_TEST_TMPDIR/ext4") || skip_because "there is no loop device here"
	mount -t ext4 "$loop" "$BATS_TEST_TMPDIR/bundle"
	losetup -d "$loop" # once it is unmounted
}
require_mapped_tmpfs() { maps_tmpfs || skip_because "before Linux 6.3 no tmpfs can be idmapped"; }

# refuses TEXT...: create fails, says each text, and leaves nothing
refuses() {
	local id text
	id=$(new_id refused)
	# not by run: a container that is made after all would hold its pipe
	if ocirt create "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1; then echo "create ended well" && return 1; fi
	output=$(<"$BATS_TEST_TMPDIR/out")
	for text; do [[ $output == *"$text"* ]] || { echo "\"$output\" does not say \"$text\"" && return 1; }; done
	[ -z "$(find "$STATE" -mindepth 1)" ]
}

# runs [TEXT]: run ends well and prints exactly that
runs() {
	run ocirt run "$(new_id run)"
	# shellcheck disable=SC2154 # bats sets it
	[ "$status" = 0 ] || { echo "ended with $status: $output" && return 1; }
	[ $# = 0 ] || [ "$output" = "$1" ] || { echo "printed \"$output\", not \"$1\"" && return 1; }
}
