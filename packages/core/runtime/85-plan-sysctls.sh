# 85-plan-sysctls: a setting that is no longer wanted must get the value that a new namespace has, and one
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
    BEGIN { redirects = "net/ipv4/conf/all/accept_redirects" }
    FILENAME == ARGV[1] { again[$1] = 1; next }
    FILENAME == ARGV[2] { made[$1, $2] = 1; next }
    FILENAME == ARGV[3] { bridge[$1, $2] = 1; next }
    FILENAME == ARGV[4] { if ($1 in again && !(($1, $2) in made)) { device[$1, ++count[$1]] = $2; stands[$1, $2] = 1 }; next }
    !($1 in again) { next }
    FILENAME == ARGV[5] { if ($2 == 2) set[$1, $4] = $5; next }
    $2 == 1 {
      ask($1, $4, $4)
      # Whoever forwards takes no redirects: the kernel sets the one with the other.
      if ($4 ~ /^net\/ipv4\/(ip_forward|conf\/all\/forwarding)$/) ask($1, redirects, redirects)
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
  count "$(lines "$WORK/resysctl")" node
  say "sysctls of $text"
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
