# SPDX-License-Identifier: Apache-2.0
# report.awk - bench.sh's lines as a table, JSON or a plot:  awk -v form=txt|json|svg -f report.awk targets.tsv results.tsv

BEGIN { FS = "\t" }
FNR == 1 { file++ }
/^#/ { next }

# targets: row, other, factor, figure, what
file == 1 { n_targets++; row[n_targets] = $1; other[n_targets] = $2; factor[n_targets] = $3; figure[n_targets] = $4; what[n_targets] = $5; next }

# results: lane, row, who, median [p90 least cpu]
{
	if (!($1 in seen_lane)) { seen_lane[$1] = 1; lanes[++n_lanes] = $1 }
	n_results++
	r_lane[n_results] = $1; r_row[n_results] = $2; r_who[n_results] = $3; r_n[n_results] = NF - 3
	for (i = 4; i <= 7; i++) value[n_results, i - 3] = $i
	at[$1, $2, $3] = n_results
}

# a figure of one row, "" when nobody measured it
function get(lane, r, who, fig,    k) {
	if (!((lane, r, who) in at)) return ""
	k = at[lane, r, who]
	return fig == "cpu" ? value[k, 4] : fig == "min" ? value[k, 3] : value[k, 1]
}
# who stands in a target's row for us, and where the other's figure is
function ours(t) { return row[t] ~ /-1000$/ && row[t] !~ /^list/ ? row[t] : row[t] ~ /^list/ ? "each" : "ocirt" }
function theirs(lane, t, fig) { return row[t] ~ /-1000$/ ? get(lane, other[t], other[t], fig) : get(lane, row[t], other[t], fig) }

# fills is, limit, ratio, least for target t; false when a figure is missing
function judge(lane, t,    a, b, c) {
	a = get(lane, row[t], ours(t), figure[t])
	b = other[t] == "-" ? factor[t] : theirs(lane, t, figure[t])
	if (a == "" || b == "" || b + 0 == 0) return 0
	is = a; limit = other[t] == "-" ? b : b * factor[t]; ratio = a / b; least = ""
	if (figure[t] == "wall") {
		c = theirs(lane, t, "min")
		if (c + 0 > 0) least = get(lane, row[t], ours(t), "min") / c
	}
	return 1
}

function quote(s) { gsub(/[\\"]/, "\\\\&", s); return "\"" s "\"" }

function text(    l, k, t) {
	for (l = 1; l <= n_lanes; l++) {
		printf "%s%-13s %-16s %12s %12s %12s %12s\n", (l > 1 ? "\n" : ""), "lane " lanes[l], "", "median us", "p90", "min", "cpu"
		for (k = 1; k <= n_results; k++) {
			if (r_lane[k] != lanes[l]) continue
			if (r_n[k] > 1) printf "%-13s %-16s %12s %12s %12s %12s\n", r_row[k], r_who[k], value[k, 1], value[k, 2], value[k, 3], value[k, 4]
			else printf "%-13s %-16s %12s\n", r_row[k], r_who[k], value[k, 1]
		}
		printf "\n%-64s %-8s %10s %10s %8s %8s\n", "targets in lane " lanes[l], "of", "is", "at most", "ratio", "of min"
		for (t = 1; t <= n_targets; t++)
			if (judge(lanes[l], t))
				printf "%-64s %-8s %10.1f %10.1f %8.3f %8s %s\n", what[t] (figure[t] == "wall" ? "" : ", " figure[t]), other[t], is, limit, ratio, least == "" ? "" : sprintf("%.3f", least), is <= limit ? "" : "MISSED"
	}
}

function json(    k, l, t, n) {
	print "{ \"rows\": ["
	for (k = 1; k <= n_results; k++) {
		printf "  { \"lane\": %s, \"row\": %s, \"who\": %s, ", quote(r_lane[k]), quote(r_row[k]), quote(r_who[k])
		if (r_n[k] > 1) printf "\"median_us\": %s, \"p90_us\": %s, \"min_us\": %s, \"cpu_us\": %s }", value[k, 1], value[k, 2], value[k, 3], value[k, 4]
		else printf "\"value\": %s }", value[k, 1] ~ /^[0-9.]+$/ ? value[k, 1] : quote(value[k, 1])
		print k < n_results ? "," : ""
	}
	print "], \"targets\": ["
	for (l = 1; l <= n_lanes; l++)
		for (t = 1; t <= n_targets; t++)
			if (judge(lanes[l], t))
				printf "%s  { \"lane\": %s, \"what\": %s, \"figure\": %s, \"of\": %s, \"is\": %.1f, \"at_most\": %.1f, \"ratio\": %.3f, \"met\": %s }", n++ ? ",\n" : "", quote(lanes[l]), quote(what[t]), quote(figure[t]), quote(other[t]), is, limit, ratio, is <= limit ? "true" : "false"
	print "\n] }"
}

# One bar a target: how much of what it may be it is.
function svg(    l, t, n, y, w, parts) {
	for (l = 1; l <= n_lanes; l++) {
		parts = parts sprintf("<text x=\"10\" y=\"%d\" font-weight=\"bold\">lane %s: of what is allowed</text>\n", (y += 30) - 8, lanes[l])
		for (t = 1; t <= n_targets; t++) {
			if (!judge(lanes[l], t)) continue
			w = is / limit * 300; w = w > 600 ? 600 : w
			parts = parts sprintf("<text x=\"10\" y=\"%d\">%s (%s%s)</text><rect x=\"470\" y=\"%d\" width=\"%.1f\" height=\"12\" fill=\"%s\"/><text x=\"%.1f\" y=\"%d\">%.2f</text>\n", y + 11, what[t], figure[t], other[t] == "-" ? "" : " of " other[t], y, w, is <= limit ? "#4a7ebb" : "#c0504d", 475 + w, y + 11, is / limit)
			y += 18
		}
	}
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1120\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n%s<line x1=\"770\" y1=\"10\" x2=\"770\" y2=\"%d\" stroke=\"black\"/>\n</svg>\n", y + 20, parts, y + 10
}

END { if (form == "json") json(); else if (form == "svg") svg(); else text() }
