# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# count.sh - counts the results in TAP, for scripts that source it

# count_numbers FILE...: "PASSED FAILED SKIPPED". A plan that promises more results than came is a failure, too
count_numbers() {
	awk '
	function came() { if (++seen == planned) seen = planned = 0 }
	function missing() { if (planned > seen) failed += planned - seen; seen = planned = 0 }
	/^1\.\.[0-9]+/ {
		n = substr($1, 4) + 0
		if (planned) missing() # of the stream before
		planned = n
		if (seen) missing() # a plan at the end of its stream
		next
	}
	/^not ok 0 / { failed++; next }
	/^not ok / { failed++; came(); next }
	/^ok .*# *[Ss][Kk][Ii][Pp]/ { skipped++; came(); next }
	/^ok / { passed++; came(); next }
	END { missing(); print passed + 0, failed + 0, skipped + 0 }' "$@"
}

# count_skips FILE...: each skipped test with its reason
count_skips() { sed -n 's/^ok [0-9]* *\(- \)*\(.*\)# *[Ss][Kk][Ii][Pp] */skipped: \2- /p' "$@" | sort | uniq -c; }

# count_failures FILE...: each failed test, where it is of a bats file with the lane, and the last of what it said
count_failures() {
	awk '
	function tell(  i) {
		if (name == "") return
		print "failed: " name
		for (i = n > 6 ? n - 6 : 0; i < n; i++) print "    " substr(said[i], 1, 240)
		name = ""
	}
	/^# .*\.bats in lane [a-z0-9-]+$/ { tell(); place = " (" substr($0, 3) ")"; next }
	/^# .*\.bats in lane .* took / { tell(); place = ""; next }
	/^(not )?ok |^1\.\./ { tell(); n = 0 }
	/^not ok / { name = substr($0, 8) place; next }
	/^#/ && name != "" { said[n++] = substr($0, 3) }
	END { tell() }' "$@"
}

# count_tap FILE...: the line; fails when a test failed or none ran
count_tap() {
	# shellcheck disable=SC2046 # three numbers
	set -- $(count_numbers "$@")
	echo "$1 passed, $2 failed, $3 skipped"
	[ "$2" = 0 ] && [ "$1" -gt 0 ]
}
