# 85-plan-sysctls: sysctls and routes. A setting that is no longer wanted must get the value that a new namespace has, and one
# of `all` or `default` counts for interfaces, too: so a scratch namespace with the new settings tells what is right.

plan_sysctls() {
  : >"$WORK/resysctl"
  awk -F "$TAB" -v resysctl="$WORK/resysctl" '
    function device(path,    parts) { return split(path, parts, "/") && path ~ /^net\/[^\/]*\/(conf|neigh)\// ? parts[4] : "-" }
    FILENAME == ARGV[1] { stay[$2] = 1; order[++count] = $2; next }
    FILENAME == ARGV[2] { made[$1, $2] = 1; next }
    FILENAME == ARGV[3] { there[$1, $2] = 1; next }
    FILENAME == ARGV[4] { mtu[$1, $2] = 1; next }
    FILENAME == ARGV[5] { again[$1] = 1; next }
    $1 == "-" { next }
    $2 == 2 { name = device($4) }
    FILENAME == ARGV[6] && $2 == 1 { old[$1] = old[$1] FS $4 "=" $5; next }
    FILENAME == ARGV[6] { if (($1, name) in there && !(($1, name) in made)) value[$1, $4] = $5; netns[$1, $4] = $1; next }
    FILENAME == ARGV[7] && $2 == 1 { new[$1] = new[$1] FS $4 "=" $5; next }
    FILENAME == ARGV[7] { has[$1, $4] = 1; next }
    # the same table once more
    !decided++ {
      for (one in value) if (!(one in has)) again[netns[one]] = 1
      for (i = 1; i <= count; i++) if (old[order[i]] != new[order[i]]) again[order[i]] = 1
      for (i = 1; i <= count; i++) if (order[i] in again) print order[i] >resysctl
    }
    !($1 in stay) { print; next }
    $2 == 1 { next }
    $1 in again || ($1, name) in made || !(($1, $4) in value) || value[$1, $4] != $5 { print; next }
    $4 ~ /\/mtu$/ && ($1, name) in mtu
    END { if (!decided) for (i = 1; i <= count; i++) if (order[i] in again || old[order[i]] != "") print order[i] >resysctl }' \
    "$WORK/stay" "$WORK/made" "$TABLES/interfaces" "$WORK/mtu-ends" "$WORK/drifted-sysctls" "$HAVE/sysctls" "$TABLES/sysctls" \
    "$TABLES/./sysctls" >"$WORK/delta/sysctls"
  [ ! -s "$WORK/resysctl" ] || list_sysctls_to_ask
  plan_server_sysctls
}

# work/sysctl-new/NETNS: what the scratch namespace gets; work/sysctl-asked/NETNS: rank, path, the path to look at in the scratch
# namespace, value if the new version sets that of an interface. Its v0, b0 and lo stand for the node's interfaces.
list_sysctls_to_ask() {
  mkdir -p "$WORK/sysctl-new" "$WORK/sysctl-asked" "$WORK/sysctl-right"
  awk -F "$TAB" 'FILENAME == ARGV[1] { again[$1] = 1; next } $1 in again && $2 == 1 { print $1 FS $3 FS $4 "\t" $5 }' \
    "$WORK/resysctl" "$TABLES/sysctls" | by_namespace "$WORK/sysctl-new"
  awk -F "$TAB" '
    function like(netns, name) { return name == "lo" ? "lo" : (netns, name) in bridge ? "b0" : "v0" }
    function ask(netns, path, scratch) {
      if (asked[netns, path]++) return
      rank = path ~ /\/(all|ip_forward)(\/|$)/ ? 1 : path ~ /\/default\// ? 2 : 3
      print netns FS rank path FS path "\t" scratch "\t" ((netns, path) in set ? set[netns, path] : "-")
    }
    function each(netns, family, setting, key,    i) {
      for (i = 1; i <= count[netns]; i++)
        ask(netns, "net/" family "/" setting "/" device[netns, i] "/" key, \
          "net/" family "/" setting "/" like(netns, device[netns, i]) "/" key)
    }
    FILENAME == ARGV[1] { again[$1] = 1; next }
    FILENAME == ARGV[2] { made[$1, $2] = 1; next }
    FILENAME == ARGV[3] { bridge[$1, $2] = 1; next }
    FILENAME == ARGV[4] { if ($1 in again && !(($1, $2) in made)) { device[$1, ++count[$1]] = $2; stands[$1, $2] = 1 }; next }
    !($1 in again) { next }
    FILENAME == ARGV[5] { if ($2 == 2) set[$1, $4] = $5; next }
    $2 == 1 {
      ask($1, $4, $4)
      if ($4 ~ /^net\/[^\/]*\/(conf|neigh)\/(all|default)\/[^\/]*$/ && split($4, part, "/")) each($1, part[2], part[3], part[5])
      next
    }
    split($4, part, "/") == 5 && ($1, part[4]) in stands {
      ask($1, $4, part[1] "/" part[2] "/" part[3] "/" like($1, part[4]) "/" part[5])
    }' "$WORK/resysctl" "$WORK/made" "$TABLES/bridges" "$TABLES/interfaces" "$TABLES/sysctls" "$HAVE/sysctls" "$TABLES/./sysctls" |
    by_namespace "$WORK/sysctl-asked"
}

# The scratch namespaces are made from the server's, as the nodes' were.
change_sysctls() {
  [ -s "$WORK/resysctl" ] || return 0
  say "sysctls of $(lines "$WORK/resysctl") nodes that stay"
  xargs -P "$FREE_COUNT" -n 1 unshare -n sh "$RUNTIME" --helper scratch_sysctls <"$WORK/resysctl" 2>"$WORK/noise" || helper_broke "$WORK"
  stop_on_failures
  in_namespaces right_sysctls "$WORK/resysctl"
  stop_on_failures
}

# work/server-sysctls: path and value to write; work/server-sysctls-gone: paths to put back
plan_server_sysctls() {
  awk -F "$TAB" -v look="$LOOK" '
    function is(path,    line) {
      if ((getline line <("/proc/sys/" path)) < 0) return ""
      close("/proc/sys/" path)
      gsub(/[ \t]+/, " ", line)
      return line
    }
    $1 != "-" { next }
    FILENAME == ARGV[1] { had[$4] = $5; next }
    { wanted = $5; gsub(/(\\t| )+/, " ", wanted) }
    look == "yes" ? is($4) != wanted : had[$4] != $5 { print $4 FS $5 }' "$HAVE/sysctls" "$TABLES/sysctls" >"$WORK/server-sysctls"
  awk -F "$TAB" '
    $1 != "-" { next }
    FILENAME == ARGV[1] { has[$4] = 1; next }
    !($4 in has) && !seen[$4]++ { print $4 }' "$TABLES/sysctls" "$HAVE/sysctls" >"$WORK/server-sysctls-gone"
}

# route_key(): family, destination, table and metric, by which the kernel holds a route; ROUTE has what its arguments say.
ROUTE_KEY='
  function full(address,    mask, halves, i, groups, count, missing, out) {
    if (address !~ /:/) return address
    mask = match(address, /\/.*/) ? substr(address, RSTART) : ""
    sub(/\/.*/, "", address)
    missing = 9 - split(address, groups, ":")
    if (address ~ /^::/ ) missing++
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
}
