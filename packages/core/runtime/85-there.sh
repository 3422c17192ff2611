# 85-there: what is there where the tables of before are not to be trusted: somebody may have changed it by hand, or an `apply`
# was interrupted. It is the new version without what `status` finds to be off, and what is left of others.

# sets THERE, work/tunnels.old, netns-there, adopted, broken, mend.lines, drifted-sysctls
find_what_is_there() {
  THERE=$WORK/there
  mkdir "$THERE"
  find_adopted
  look_at_namespaces "$TABLES" "$HAVE"
  gather_actual "$WORK/seen"
  gather_wanted
  {
    drift_of_interfaces
    drift_of_sysctls
    drift_of_routes
  } | with_namespaces >"$WORK/drifts"
  find_nodes_there
  find_links_there
  find_interfaces_there
  find_routes_there
  awk -F "$TAB" '$5 == "sysctl" && $2 != "-" { print $2 }' "$WORK/drifts" | sort -u >"$WORK/drifted-sysctls"
}

# of drifts the second field is the node; here it becomes its namespace
with_namespaces() {
  awk -F "$TAB" '
    BEGIN { OFS = FS }
    FILENAME == ARGV[1] { netns[$1] = $2; next }
    $2 in netns { $2 = netns[$2] }
    { print }' "$TABLES/nodes" -
}

# work/netns-there: namespaces that are or were this lab's; work/adopted: those that were claimed and made, but whose inode an
# interrupted `apply` did not come to write down
find_adopted() {
  awk -F "$TAB" '
    $NF != "." { next }
    $1 == "netns" { claimed[$2] = 1 }
    $1 == "inode" || $1 == "unmade" { known[$2] = $1 == "unmade" ? "-" : $3; if ($1 == "unmade") claimed[$2] = 0 }
    END {
      for (name in claimed) if (name in known && known[name] != "-") print name "\tknown"
      else if (claimed[name]) print name "\tclaimed"
    }' "$JOURNAL" | sort >"$WORK/names"
  : >"$WORK/netns-there"
  while IFS=$TAB read -r netns how; do
    if [ "$how" = known ]; then
      printf '%s\n' "$netns" >>"$WORK/netns-there"
    elif [ "$BETWEEN" = yes ] && [ -e "/run/netns/$netns" ]; then
      printf '%s\n' "$netns" >>"$WORK/netns-there"
      printf '%s\n' "$netns" >>"$WORK/adopted"
    fi
  done <"$WORK/names"
  cat "$WORK/adopted" >>"$WORK/own-names"
}

# A node that another version had otherwise may be either's. A namespace that somebody has put in the place of the lab's own
# is not the lab's to delete.
find_nodes_there() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { owned[$1] = 1; next }
    FILENAME == ARGV[2] { rows[$2] = rows[$2] $0; next }
    $2 in owned && (rows[$2] == "" || rows[$2] == $0)' "$WORK/owned" "$HAVE/nodes" "$TABLES/nodes" >"$THERE/nodes"
  cut -f 1 "$WORK/found" | lines_in "$WORK/netns-there" | lines_not_in "$WORK/owned" | lines_not_in "$WORK/adopted" >"$WORK/replaced"
  while IFS= read -r netns; do
    problem names "network namespace $netns was deleted and made anew, and not by this lab" "ip netns del $netns, if nobody needs it"
  done <"$WORK/replaced"
}

# A link is right if both ends are and no other version has had one of them otherwise. Of what is not right each end that is
# there is a row with one end only, which no link of the new version can be.
find_links_there() {
  awk -F "$TAB" -v there="$THERE/" -v tunnels="$WORK/tunnels.old" '
    function key(    a, b) {
      a = $1 FS $2 FS $3 FS $4
      b = $5 FS $6 FS $7 FS $8
      return a < b ? a FS b : b FS a
    }
    function veth(netns, name, one) { if ((netns, name) in link && link[netns, name] != one) torn[netns, name] = 1; link[netns, name] = one }
    function right(netns, name) { return (netns, name) in is && !((netns, name) in off) && !((netns, name) in torn) }
    function leave(netns, name, id) {
      if (!((netns, name) in is) || left[netns, name]++) return
      print netns, name, "-", "-", "-", "-", "-", "-", "1500", id >(there "veths")
    }
    function mtu_of(netns, name, mtu) { return (netns, name) in size ? size[netns, name] : mtu }
    BEGIN { OFS = FS; printf "" >(there "veths"); printf "" >tunnels }
    FILENAME == ARGV[1] && $2 == "if" { is[$1, $3] = 1; next }
    FILENAME == ARGV[1] { next }
    FILENAME == ARGV[2] && $5 == "mtu" { size[$2, $3] = $7; next }
    FILENAME == ARGV[2] { if ($5 ~ /^(interface|index|mac|peer|tunnel|carrier)$/) off[$2, $3] = 1; next }
    FILENAME == ARGV[3] || FILENAME == ARGV[5] { one = key(); veth($1, $2, one); veth($5, $6, one); next }
    FILENAME == ARGV[4] || FILENAME == ARGV[6] { veth($1, $2, "tunnel"); next }
    FILENAME == ARGV[7] && right($1, $2) && right($5, $6) {
      $9 = ($1, $2) in size ? size[$1, $2] : mtu_of($5, $6, $9)
      left[$1, $2] = left[$5, $6] = 1
      print >(there "veths")
      next
    }
    FILENAME == ARGV[8] && right($1, $2) { $5 = mtu_of($1, $2, $5); left[$1, $2] = 1; print >tunnels; next }
    FILENAME == ARGV[7] || FILENAME == ARGV[9] { leave($1, $2, $10); leave($5, $6, $10); next }
    { leave($1, $2, $9) }' "$WORK/is" "$WORK/drifts" "$HAVE/veths" "$HAVE/tunnels" "$TABLES/veths" "$TABLES/tunnels" \
    "$TABLES/./veths" "$WORK/tunnels.new" "$HAVE/./veths" "$HAVE/./tunnels"
  broken_bridges
}

# A bridge device that is gone or another takes its node with it; its MTU is set.
broken_bridges() {
  awk -F "$TAB" -v broken="$WORK/broken" -v mend="$WORK/mend.lines" '
    FILENAME == ARGV[1] { bridge[$1, $2] = 1; next }
    !(($2, $3) in bridge) { next }
    $5 ~ /^(interface|index|mac)$/ { print $2 >broken }
    $5 == "mtu" { sub(/.* or /, "", $6); printf "%s\t3\tlink set dev %s mtu %s\n", $2, $3, $6 >mend }' "$TABLES/bridges" "$WORK/drifts"
}

# Tables of what is set up on interfaces: what is declared and there. In `qdiscs` a 7th field says what is there instead.
find_interfaces_there() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { if ($5 ~ /^(interface|state|master)$/) off[$2, $3] = 1; next }
    !(($1, $2) in off)' "$WORK/drifts" "$TABLES/interfaces" >"$THERE/interfaces"
  awk -F "$TAB" '
    BEGIN { OFS = FS }
    FILENAME == ARGV[1] { if ($5 == "qdisc") actual[$2, $3] = $7; if ($5 == "interface") gone[$2, $3] = 1; next }
    ($1, $2) in gone { next }
    ($1, $2) in actual { next }
    { print }
    END { for (on in actual) { split(on, place, SUBSEP); print place[1], place[2], "-", "-", "-", "-", (actual[on] == "none" ? "" : actual[on]) } }' \
    "$WORK/drifts" "$TABLES/qdiscs" >"$THERE/qdiscs"
  # What is left of others stands first, as if others hung on it; in a wrong order the first is last.
  awk -F "$TAB" '
    BEGIN { OFS = FS }
    FILENAME == ARGV[1] { if ($2 == "address") is[$1, $3, $4] = 1; next }
    FILENAME == ARGV[2] { if ($5 == "order") wrong[$2, $3] = 1; next }
    FILENAME == ARGV[3] { wanted[$1, $2, $3] = 1; next }
    !(($1, $2, $3) in is) { next }
    FILENAME == ARGV[4] { if (!(($1, $2, $3) in wanted)) print; next }
    ($1, $2) in wrong { late[++count] = $0; next }
    { print }
    END { for (i = count; i; i--) print late[i] }' "$WORK/is" "$WORK/drifts" "$WORK/addresses" "$HAVE/addresses" "$WORK/./addresses" \
    >"$WORK/addresses.old"
}

find_routes_there() {
  lines_not_in "$TABLES/routes" <"$HAVE/routes" >"$WORK/routes.old"
  { find_routes "$TABLES/routes" && find_routes "$WORK/routes.old"; } | sed -n "s/^there$TAB//p" >"$THERE/routes"
}
