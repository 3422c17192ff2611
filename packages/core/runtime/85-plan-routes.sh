# 85-plan-routes: which routes are issued, and which are deleted after that.

# route_key(): family, destination, table and metric, by which the kernel holds a route; ROUTE has what its arguments say.
ROUTE_KEY='
  function full(address,    mask, halves, i, groups, count, missing, out) {
    if (address !~ /:/) return address
    mask = match(address, /\/.*/) ? substr(address, RSTART) : ""
    sub(/\/.*/, "", address)
    count = split(address, halves, "::")
    for (i = split(halves[1], groups, ":"); i; i--) out = ":" tolower(short(groups[i])) out
    if (count < 2) return substr(out, 2) mask
    missing = 8 - split(halves[1], groups, ":") - split(halves[2], groups, ":")
    while (missing-- > 0) out = out ":0"
    for (i = 1; i <= split(halves[2], groups, ":"); i++) out = out ":" tolower(short(groups[i]))
    return substr(out, 2) mask
  }
  function short(group) { sub(/^0+/, "", group); return group == "" ? "0" : group }
  function route_key(family, arguments,    words, count, i) {
    split("", ROUTE)
    ROUTE["type"] = "unicast"
    count = split(arguments, words, " ")
    i = words[1] ~ /^(unicast|local|broadcast|multicast|throw|unreachable|prohibit|blackhole|nat|anycast)$/ ? 2 : 1
    if (i == 2) ROUTE["type"] = words[1]
    ROUTE["dst"] = destination(family, words[i])
    for (i++; i < count; i += 2) ROUTE[words[i]] = words[i + 1]
    if ("via" in ROUTE) ROUTE["via"] = full(ROUTE["via"])
    if (!("table" in ROUTE) || ROUTE["table"] == 254) ROUTE["table"] = "main"
    if (!("metric" in ROUTE)) ROUTE["metric"] = family == 6 ? 1024 : 0
    return family " " ROUTE["dst"] " " ROUTE["table"] " " ROUTE["metric"]
  }
  function destination(family, text) {
    if (text == "default" || text == "0.0.0.0/0" || text == "::/0") return "default"
    sub(family == 6 ? "/128$" : "/32$", "", text)
    return full(text)
  }'

# The kernel drops routes with addresses and interfaces: all of a node that has lost or got some are issued again. What takes
# the key of an old route replaces it; the others are deleted after that, and what might have gone with one is issued once more.
plan_routes() {
  : >"$WORK/unroute4.lines"
  : >"$WORK/unroute6.lines"
  cut -f 1 "$WORK/made" "$WORK/mtu-ends" "$WORK/unmake.lines" "$WORK/resysctl" "$WORK/delta/interfaces" "$WORK/delta/addresses" |
    sort -u >"$WORK/rerouted"
  awk -F "$TAB" -v unroute="$WORK/unroute" "$ROUTE_KEY"'
    FILENAME == ARGV[1] { stay[$2] = 1; next }
    FILENAME == ARGV[2] { again[$1] = 1; next }
    { one = $1 SUBSEP $3 SUBSEP $4; key = $1 SUBSEP route_key($3, $4) }
    # Of several with one key the last one counts.
    FILENAME == ARGV[3] { there[key] = $4; next }
    FILENAME == ARGV[4] {
      wanted[one] = 1
      taken[key] = $4
      netns[key] = $1
      to = $1 SUBSEP $3 SUBSEP ROUTE["dst"] SUBSEP ROUTE["table"]
      others[to] = others[to] $4 "\n"
      next
    }
    FILENAME == ARGV[5] {
      if (!decided++) for (key in taken) if (there[key] != taken[key]) again[netns[key]] = 1
      if ($1 in again) print
      next
    }
    one in wanted || !($1 in stay) || key in taken { next }
    {
      file = unroute $3 ".lines"
      printf "%s\t%07d\troute del %s%s\n", $1, ++number, $4, ("proto" in ROUTE ? "" : " proto boot") >>file
      to = $1 SUBSEP $3 SUBSEP ROUTE["dst"] SUBSEP ROUTE["table"]
      count = split(others[to], lines, "\n")
      for (i = 1; i < count; i++) printf "%s\t%07d\troute replace %s\n", $1, ++number, lines[i] >>file
    }' "$WORK/stay" "$WORK/rerouted" "$THERE/routes" "$TABLES/routes" "$TABLES/./routes" "$THERE/./routes" >"$WORK/delta/routes"
  plan_route_to_lo
}

# The kernel makes a route to a ::1 that is declared, none to its own. Between two versions nobody knows which of them it was.
plan_route_to_lo() {
  awk -F "$TAB" -v between="$BETWEEN" -v unroute="$WORK/unroute6.lines" '
    FILENAME == ARGV[1] { stay[$2] = 1; next }
    $2 != "lo" || $3 != "::1/128" || !($1 in stay) { next }
    FILENAME == ARGV[2] { had[$1] = all[$1] = 1; next }
    FILENAME == ARGV[3] { has[$1] = all[$1] = 1; next }
    { comes[$1] = all[$1] = 1 }
    END {
      for (netns in all) {
        if (between == "no" && (netns in had) == (netns in has) && (netns in has || !(netns in comes))) continue
        print netns "\t0\troute " (netns in has ? "replace" : "del") " ::1/128 dev lo proto kernel metric 256" >>unroute
      }
    }' "$WORK/stay" "$HAVE/addresses" "$TABLES/addresses" "$WORK/delta/addresses"
}
