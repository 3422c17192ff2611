# 73-drift-sysctls: sysctls and routes that are declared and are no longer so.

drift_of_sysctls() {
  awk -F "$TAB" '
    # two names of one setting
    function path_of(path) { return path == "net/ipv4/ip_forward" ? "net/ipv4/conf/all/forwarding" : path }
    function plain(text) { gsub(/([ \t]|\\t)+/, " ", text); return text }
    function differ(one, other) { return one != other && !(one ~ /^-?[0-9]+$/ && other ~ /^-?[0-9]+$/ && one + 0 == other + 0) }
    BEGIN { OFS = "\t"; node["-"] = "-"; owned["-"] = 1 }
    FILENAME == ARGV[1] { owned[$1] = 1; next }
    FILENAME == ARGV[2] { node[$2] = $1; next }
    FILENAME == ARGV[3] { if ($2 == "sysctl") is[$1, path_of($3)] = plain($4); next }
    ($1, path_of($4)) in is {
      on = $1 SUBSEP path_of($4)
      if (!(on in wanted)) { order[++count] = on; netns[on] = $1; path[on] = $4 }
      wanted[on] = plain($5)
    }
    END {
      for (i = 1; i <= count; i++) {
        on = order[i]
        if (netns[on] in owned && differ(is[on], wanted[on]))
          print "drift", node[netns[on]], "-", "-", "sysctl", path[on] "=" wanted[on], is[on], \
            "sysctl " path[on] " is " is[on] ", wanted " wanted[on]
      }
    }' "$WORK/owned" "$TABLES/nodes" "$WORK/is" "$TABLES/sysctls"
}

# find_routes TABLE: of the rows of the table `routes` in namespaces that are there those that the kernel has: `there`, and of
# the others `gone`, before the row. What a row does not name may be anything.
find_routes() {
  awk -F "$TAB" "$ROUTE_KEY"'
    function is_like(one,    of) {
      split(one, of, FS)
      return ("via" in ROUTE ? of[4] == ROUTE["via"] : 1) && ("dev" in ROUTE ? of[5] == ROUTE["dev"] : 1) && of[3] == ROUTE["type"]
    }
    function there(    each, i) {
      for (i = split(routes[on], each, "\n"); i; i--) if (is_like(each[i])) return 1
      return 0
    }
    BEGIN { OFS = FS }
    FILENAME == ARGV[1] { owned[$1] = 1; next }
    FILENAME == ARGV[2] && $2 == "route" {
      on = $1 SUBSEP $3 " " destination($3, $4) " " $8 " " ($7 == "-" ? ($3 == 6 ? 1024 : 0) : $7)
      one = $3 FS $4 FS $5 FS full($6) FS $9
      routes[on] = routes[on] (routes[on] == "" ? "" : "\n") one
      next
    }
    FILENAME == ARGV[2] || !($1 in owned) { next }
    # Of several with one key the last one counts.
    { line[++count] = $0; on = $1 SUBSEP route_key($3, $4); at[count] = on; found[on] = there() }
    END { for (i = 1; i <= count; i++) print (found[at[i]] ? "there" : "gone"), line[i] }' "$WORK/owned" "$WORK/is" "$1"
}

drift_of_routes() {
  find_routes "$TABLES/routes" | awk -F "$TAB" '
    BEGIN { OFS = FS }
    FILENAME == ARGV[1] { node[$2] = $1; next }
    $1 == "gone" { print "drift", node[$2], "-", "-", "route", $5, "-", "route " $5 " is gone" }' "$TABLES/nodes" -
}
