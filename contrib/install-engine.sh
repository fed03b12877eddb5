#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install-engine.sh - registers ocirt with an engine, in the engine's own configuration; contrib/engines/ has what is written
#
#   install-engine.sh podman|containerd|docker|crio|kubernetes [OPTION...]
#
#   --default          also make it the default runtime
#   --undo             take away what was done
#   --dry-run          only show what would change
#   --ocirt PATH       the binary (default: the ocirt in PATH)
#   --systemd-cgroup   containerd: groups are made by systemd (default: as the other runtimes of its file say)
#   --prefix DIR       files are below DIR instead of /, for images and tests (also: $OCIRT_PREFIX)
#
# kubernetes: with the node's engine, containerd or crio, and the RuntimeClass "ocirt", where kubectl reaches a cluster. A user
# other than root changes what is the user's own (podman, docker). A file that was there is kept as FILE.before-ocirt. What was
# done already is not done again. Exit status 1: nothing was changed, and why; or kubectl failed behind it, which says so itself.
set -euo pipefail
snippets=$(cd "$(dirname "$0")/engines" && pwd)
begin='# ocirt: begin (contrib/install-engine.sh)' end='# ocirt: end'

engine='' default='' undo='' dry='' ocirt='' systemd='' prefix=${OCIRT_PREFIX-}
die() { echo "install-engine: $*" >&2; exit 1; }
usage() { sed -n 's/^#   //p' "$0"; }
while [ $# -gt 0 ]; do
	case $1 in
	podman | containerd | docker | crio | kubernetes) [ -z "$engine" ] || die "one engine at a time"; engine=$1 ;;
	--default) default=yes ;;
	--undo) undo=yes ;;
	--dry-run) dry=yes ;;
	--systemd-cgroup) systemd=true ;;
	--ocirt | --prefix) [ $# -gt 1 ] || die "$1 requires an argument"; declare "${1#--}=$2"; shift ;;
	--ocirt=* | --prefix=*) word=${1%%=*}; declare "${word#--}=${1#*=}" ;;
	-h | --help) usage; exit ;;
	*) usage >&2; die "what is \"$1\"?" ;;
	esac
	shift
done
[ -n "$engine" ] || { usage >&2; exit 1; }

find_ocirt() {
	[ -n "$ocirt" ] || ocirt=$(PATH=$PATH:/usr/local/sbin:/usr/sbin command -v ocirt) || die "no ocirt in PATH: make install, or --ocirt PATH"
	[ -x "$ocirt" ] || die "$ocirt cannot be executed"
	ocirt=$(realpath "$ocirt")
	[[ $ocirt != *[\"\\\|\&]* ]] || die "the path $ocirt has a character that configuration files do not bear"
}

# The directory of configuration $1 (for root in /etc, for a user in .config).
etc() {
	if [ "$(id -u)" = 0 ] || [ -n "$prefix" ]; then
		echo "$prefix/etc/$1"
	else
		echo "${XDG_CONFIG_HOME:-$HOME/.config}/$1"
	fi
}

# Prints a snippet for this machine; lines behind "#default" are for --default.
snippet() {
	local lines='/^#default/d'
	[ -z "$default" ] || lines='s|^#default ||'
	sed "$lines; s|@OCIRT@|$ocirt|; s|@SYSTEMD@|$systemd|; s|@CRI@|${cri-}|" "$snippets/$1"
}

# --- engines: ENGINE_file, ENGINE_with and ENGINE_without (OLD BACKUP: to standard output), ENGINE_restart -------------------
podman_file() { echo "$(etc containers)/containers.conf.d/50-ocirt.conf"; }
podman_with() { snippet podman.conf; }
podman_without() { :; }
podman_restart() { echo "nothing to restart"; }

crio_file() { echo "$(etc crio)/crio.conf.d/50-ocirt.conf"; }
crio_with() { snippet crio.conf; }
crio_without() { :; }
crio_restart() { echo "systemctl restart crio"; }

docker_file() { echo "$(etc docker)/daemon.json"; }
# Whether a file is one JSON object that may have runtimes.
need_json() {
	command -v jq >/dev/null || die "jq is not installed, and $(docker_file) is JSON"
	jq -es 'length == 1 and (.[0] | type == "object" and (.runtimes | type == "object" or . == null))' "$1" >/dev/null
}
docker_with() {
	[ -s "$1" ] || set -- "$nothing"
	need_json "$1" || return
	snippet docker.json | jq -s --arg default "$default" '.[0] * .[1] | if $default != "" then .["default-runtime"] = "ocirt" else . end' "$1" -
}
docker_without() {
	local backup=$2
	[ -s "$1" ] || set -- "$nothing"
	need_json "$1" || return
	[ -s "$backup" ] || backup=$nothing
	# JSON has no comments: an entry is ours by its looks
	jq -s 'def ours: type == "object" and keys == ["path"] and (.path | test("ocirt[^/]*$"));
		.[1] as $was | .[0] | if $was.runtimes.ocirt then .runtimes.ocirt = $was.runtimes.ocirt
		  elif .runtimes.ocirt | ours then del(.runtimes.ocirt) else . end
		| if .runtimes == {} and $was.runtimes == null then del(.runtimes) else . end
		| if .["default-runtime"] != "ocirt" then . elif $was["default-runtime"] then .["default-runtime"] = $was["default-runtime"]
		  else del(.["default-runtime"]) end | if . == {} and $was == {} then empty else . end' "$1" "$backup"
}
docker_restart() { echo "systemctl restart docker"; }

containerd_file() { echo "$(etc containerd)/config.toml"; }
# Which tables a file of this version has, and whether its runtimes' groups are systemd's.
read_toml() {
	local version
	version=$(sed -n 's/^[[:blank:]]*version *= *\([0-9]*\).*/\1/p;/^[[:blank:]]*\[/q' "$1")
	case ${version:-$([ -s "$1" ] && echo 1 || echo 2)} in
	1) cri='plugins.cri' ;;
	2) cri='plugins."io.containerd.grpc.v1.cri"' ;;
	3 | 4) cri='plugins."io.containerd.cri.v1.runtime"' ;;
	*) die "$1 has version $version, which is not known here" ;;
	esac
	[ -n "$systemd" ] || { grep -q '^[[:blank:]]*SystemdCgroup *= *true' "$1" && systemd=true; } || systemd=false
}
# TOML's two kinds of quotes mean the same in what is looked for here; containerd 2 itself writes single ones.
has_table() { sed "s/#.*//; s/'/\"/g" | grep -qF "[$1"; }
strip_block() { awk -v b="$begin" -v e="$end" '$0 == b { on = 1 } !on { print } $0 == e { on = 0 }' "$1"; }
# Sets, or with an empty value takes away, a key of the table [$1.containerd]; status 9: there is no such table.
set_default() {
	awk -v table="[$1.containerd]" -v value="$2" '
		function put() { if (value != "") print indent "  default_runtime_name = " value }
		{ line = $0; sub(/[ \t]*#.*/, "", line); gsub(/^[ \t]+|[ \t\r]+$/, "", line); gsub(/\047/, "\"", line) }
		in_table && line ~ /^\[/ { if (!done) { put(); done = 1 } in_table = 0 }
		line == table { found = in_table = 1; indent = $0; sub(/\[.*/, "", indent) }
		in_table && line ~ /^default_runtime_name *=/ { if (!done) { put(); done = 1 } next }
		{ print }
		END { if (in_table && !done) put(); exit found ? 0 : 9 }'
}
containerd_with() {
	local text
	read_toml "$1"
	text=$(strip_block "$1")
	! has_table "$cri.containerd.runtimes.ocirt]" <<<"$text" || die "$(containerd_file) has a runtime ocirt already, which is not ours"
	[ -n "$text" ] || text='version = 2'
	local default_table=''
	if [ -n "$default" ]; then
		text=$(set_default "$cri" '"ocirt"' <<<"$text") || { [ $? = 9 ] && default_table=yes; }
	fi
	printf '%s\n%s\n' "$text" "$begin"
	# with any runtime in the file the one that is built in is gone, and so is the whole service whose default it is
	has_table "$cri.containerd.runtimes." <<<"$text" ||
		printf '[%s.containerd.runtimes.runc]\nruntime_type = "io.containerd.runc.v2"\n\n' "$cri"
	snippet containerd.toml
	[ -z "$default_table" ] || printf '\n[%s.containerd]\ndefault_runtime_name = "ocirt"\n' "$cri"
	echo "$end"
}
containerd_without() {
	local text was
	read_toml "$1"
	text=$(strip_block "$1")
	if grep -q '^[[:blank:]]*default_runtime_name *= *"ocirt"' <<<"$text"; then
		was=$(sed -n "s/^[ \t]*default_runtime_name *= *\([\"'].*\)/\1/p;T;q" "$2" 2>/dev/null) # and the comment behind it
		text=$(set_default "$cri" "$was" <<<"$text")
	fi
	if [ -z "$text" ] || { [ "$text" = 'version = 2' ] && [ ! -s "$2" ]; }; then return; fi
	printf '%s\n' "$text"
}
containerd_restart() {
	! grep -qsE "^[[:blank:]]*disabled_plugins *=.*[\"'.]cri[\"']" "$file" || printf 'take cri out of disabled_plugins, or there are no pods; '
	echo "systemctl restart containerd"
}
containerd_check() { ! command -v containerd >/dev/null || containerd --config "$1" config dump >/dev/null; }

# --- one file ------------------------------------------------------------------------------------------------------------
# Puts the text of $2 into file $1, whole or not at all; an empty text takes it away.
put() {
	local new
	if [ ! -s "$2" ]; then
		rm -f "$1"
		return
	fi
	mkdir -p "$(dirname "$1")"
	new=$(mktemp "$1.XXXXXX")
	if [ -e "$1" ]; then cp -p "$1" "$new"; else chmod 644 "$new"; fi
	cat "$2" >"$new"
	mv "$new" "$1"
}

show() { diff -u --label "$1" --label "$1 (new)" "$2" "$3" || [ $? = 1 ]; }

# Whether two texts of the file say the same.
same() {
	case $file in
	*.json) [ "$(jq -S . "$1")" = "$(jq -S . "$2")" ] ;;
	*) diff -qw "$1" "$2" >/dev/null ;;
	esac
}

# change ENGINE: reads, changes, shows or writes
change() {
	local kind=$1 file backup old new what=with restored=''
	file=$("${kind}_file")
	[ ! -L "$file" ] || file=$(realpath "$file")
	backup=$file.before-ocirt
	old=/dev/null
	[ ! -e "$file" ] || { [ -r "$file" ] && old=$file; } || die "$file cannot be read"
	new=$work/$kind
	[ -z "$undo" ] || what=without
	"${kind}_$what" "$old" "$backup" >"$new" || die "$file is not understood; nothing was changed"
	if [ -n "$undo" ] && [ -e "$backup" ] && same "$new" "$backup"; then
		cp "$backup" "$new" # as it was, to the byte
		restored=yes
	fi
	if cmp -s "$old" "$new" || { [ -z "$restored" ] && [ -s "$old" ] && [ -s "$new" ] && same "$old" "$new"; }; then
		echo "$file: nothing to do"
		return
	fi
	if [ -n "$dry" ]; then
		show "$file" "$old" "$new"
		return
	fi
	! declare -F "${kind}_check" >/dev/null || [ ! -s "$new" ] || "${kind}_check" "$new" ||
		die "$kind does not like what $file would be; nothing was changed"
	[ -n "$undo" ] || [ "$old" = /dev/null ] || [ -e "$backup" ] || cp -p "$old" "$backup"
	put "$file" "$new"
	[ -z "$undo" ] || rm -f "$backup"
	if [ -n "$undo" ]; then
		echo "$file: ocirt is taken away"
	else
		echo "$file: ocirt is a runtime${default:+, the default one}"
	fi
	echo "  then: $("${kind}_restart")"
}

# The engine of this node's kubelet.
node_engine() {
	if [ -e "$(etc crio)" ] || command -v crio >/dev/null; then
		echo crio
	elif [ -e "$(etc containerd)" ] || command -v containerd >/dev/null; then
		echo containerd
	else
		die "neither containerd nor CRI-O is on this machine"
	fi
}

runtime_class() {
	local verb=(apply -f) file=$snippets/runtimeclass.yaml
	[ -z "$undo" ] || verb=(delete --ignore-not-found -f)
	if ! command -v kubectl >/dev/null; then
		echo "no kubectl here; where there is one: kubectl ${verb[*]} $file"
	elif [ -n "$dry" ]; then
		kubectl "${verb[@]}" "$file" --dry-run=client
	else
		kubectl "${verb[@]}" "$file"
	fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
nothing=$work/nothing.json
echo '{}' >"$nothing"
[ -n "$undo" ] || find_ocirt
if [ "$engine" = kubernetes ]; then
	node=$(node_engine)
	change "$node"
	runtime_class
else
	change "$engine"
fi
