# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# cgroup.bash - where a container's control groups are, in each lane:  load lib/cgroup

# group_dir PID CONTROLLER: its directory, of cgroup2 where no v1 hierarchy of the lane has the controller
group_dir() {
	local n controllers path name
	while IFS=: read -r n controllers path; do
		if [[ ,$controllers, == *",$2,"* ]] && [ "$OCIRT_LANE" != v2 ]; then
			name=${controllers#name=}
			echo "/sys/fs/cgroup/$name$path"
			return
		fi
		[ "$n" != 0 ] || name=$path
	done <"/proc/$1/cgroup"
	if [ "$OCIRT_LANE" = v2 ]; then echo "/sys/fs/cgroup$name"; else echo "/sys/fs/cgroup/unified$name"; fi
}

# limit_of PID CONTROLLER FILE: what the kernel has in the file, its lines joined by commas
limit_of() { paste -sd, "$(group_dir "$1" "$2")/$3"; }

# has_controller CONTROLLER: whether the lane has it
has_controller() {
	if [ "$OCIRT_LANE" = v2 ]; then
		grep -qw "$1" /sys/fs/cgroup/cgroup.controllers
	else
		awk -v c="$1" -F: '{ n = split($2, x, ","); for (i = 1; i <= n; i++) if (x[i] == c) found = 1 } END { exit !found }' \
			/proc/self/cgroup || grep -qsw "$1" /sys/fs/cgroup/unified/cgroup.controllers
	fi
}

# require_controller CONTROLLER...
require_controller() {
	local c
	for c; do has_controller "$c" || skip_because "lane $OCIRT_LANE has no controller $c here"; done
}

# is_v2 CONTROLLER: whether the lane has it in cgroup2
is_v2() { [ "$OCIRT_LANE" = v2 ] || ! grep -qE ":([^:]*,)?$1(,[^:]*)?:" /proc/self/cgroup; }

# members DIR: the processes of a group and those below it, one a line
members() { find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null; }
is_empty() { [ -z "$(members "$1")" ]; }
