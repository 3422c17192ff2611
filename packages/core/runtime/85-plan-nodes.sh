# 85-plan-nodes: which nodes stay, and which namespaces are made, deleted, or both.

# A setting of IPv6 that the kernel looks at only when an interface or an address is made.
LATE_SYSCTL='
  function is_late(path) {
    return path ~ /^net\/ipv6\/conf\/[^\/]*\/(disable_ipv6|addr_gen_mode|stable_secret|accept_dad|use_tempaddr)$/
  }'

# work/gone, fresh, remade: namespaces (work/remake: with why they are); work/stay: node and namespace. Whatever is not the same node as before goes and comes.
# Where somebody has deleted the namespace it only comes.
plan_nodes() {
  {
    nodes_with_late_sysctls | sed "s/\$/${TAB}a sysctl changed that counts only when an interface or an address is made/"
    nodes_with_other_bridges | sed "s/\$/${TAB}its bridge cannot become what it is to be/"
    sed "s/\$/${TAB}its interfaces are not what any version has/" "$WORK/broken"
  } >"$WORK/remake"
  for list in gone fresh remade stay; do : >"$WORK/$list"; done
  awk -F "$TAB" -v work="$WORK/" '
    FILENAME == ARGV[1] { remake[$1] = 1; next }
    FILENAME == ARGV[2] { rerun[$1] = 1; next }
    FILENAME == ARGV[3] { there[$0] = 1; next }
    FILENAME == ARGV[4] || FILENAME == ARGV[5] { here[$1] = 1; next }
    FILENAME == ARGV[6] {
      stays = $0 in there && !($1 in rerun) && !($2 in remake)
      if (stays) print $1 FS $2 >(work "stay"); else print $2 >(work "fresh")
      if (stays) stay[$2] = 1; else fresh[$2] = 1
      next
    }
    $1 in stay { next }
    { print $1 >(work "gone"); if ($1 in fresh && $1 in here) print $1 >(work "remade") }' \
    "$WORK/remake" "$WORK/rerun" "$THERE/nodes" "$WORK/owned" "$WORK/adopted" "$TABLES/nodes" "$WORK/netns-there"
}

# Namespaces are entered by their names: whoever does not look must know that those that stay are still the lab's own. One that is
# made anew may be gone, but must not be another's.
check_namespaces() {
  cut -f 2 "$WORK/stay" >"$WORK/stay-names"
  cut -f 2 "$TABLES/nodes" | lines_in "$WORK/own-names" | lines_not_in "$WORK/owned" >"$WORK/lost"
  while IFS= read -r netns; do
    if [ -e "/run/netns/$netns" ]; then
      problem names "network namespace $netns was deleted and made anew, and not by this lab" \
        "ip netns del $netns, if nobody needs it; then apply the bundle of the version that is up, and then this one"
    elif grep -qxF -- "$netns" "$WORK/stay-names"; then
      problem names "network namespace $netns is gone: somebody has deleted it" \
        "apply the bundle of the version that is up, which makes it anew; then this one"
    fi
  done <"$WORK/lost"
}

nodes_with_late_sysctls() {
  awk -F "$TAB" "$LATE_SYSCTL"'
    function device(path,    parts) { split(path, parts, "/"); return parts[4] }
    FILENAME == ARGV[1] { had[$1, $2] = 1; next }
    FILENAME == ARGV[2] { has[$1, $2] = 1; next }
    !is_late($4) { next }
    # That of an interface which comes or goes counts when it is made.
    { name = device($4); if (name != "all" && name != "default" && !(($1, name) in had && ($1, name) in has)) next }
    FILENAME == ARGV[3] { old[$1, $4] = old[$1, $4] ";" $5; netns[$1, $4] = $1; next }
    { new[$1, $4] = new[$1, $4] ";" $5; netns[$1, $4] = $1 }
    END { for (one in netns) if (old[one] != new[one]) print netns[one] }' \
    "$HAVE/interfaces" "$TABLES/interfaces" "$HAVE/sysctls" "$TABLES/sysctls" | sort -u
}

# A bridge follows the smallest MTU of its ports, of which it needs one; below 1280 it has no IPv6. Else only a new device has
# the MTU that it would have had.
nodes_with_other_bridges() {
  awk -F "$TAB" '
    function port(netns, name, mtu) {
      if (!((side, netns, name) in master)) return
      if (!((side, netns) in least) || mtu + 0 < least[side, netns]) least[side, netns] = mtu + 0
    }
    { side = FILENAME ~ /\/\.\// ? "new" : "old" }
    FILENAME ~ /interfaces$/ { if ($3 != "-") master[side, $1, $2] = 1; next }
    FILENAME ~ /veths$/ { port($1, $2, $9); port($5, $6, $9); next }
    FILENAME ~ /tunnels$/ { port($1, $2, $5); next }
    side == "old" { device[$1] = device[$1] ";" $2 FS $3 FS $4; mtu[$1] = $5; next }
    {
      was = ("old", $1) in least ? least["old", $1] : mtu[$1]
      is = ("new", $1) in least ? least["new", $1] : $5
      if (device[$1] != ";" $2 FS $3 FS $4 || (was < 1280) != (is < 1280)) print $1
      else if (!(("new", $1) in least) && (("old", $1) in least || mtu[$1] != $5)) print $1
    }' "$HAVE/interfaces" "$HAVE/veths" "$HAVE/tunnels" "$HAVE/bridges" \
    "$TABLES/./interfaces" "$TABLES/./veths" "$TABLES/./tunnels" "$TABLES/./bridges"
}
