# 40-expand: from the tables to what `ip`, `tc` and the helpers are fed with, all in the directory WORK: files netns,
# links, tunnels (batches that run outside), and per namespace sysctl1/X, sysctl2/X, tc/X, ip/X, mtu/X, route4/X, route6/X.
# Tables are sorted, so all of a namespace stands together and one file is open at a time. Lists of namespaces say who
# needs what: before, shell, plain, after.

expand_all() {
  for folder in sysctl1 sysctl2 tc ip mtu route4 route6 tentative; do mkdir -p "$WORK/$folder"; done
  cut -f 2 "$TABLES/nodes" >"$WORK/namespaces"
  sed 's/^/netns add /' "$WORK/namespaces" >"$WORK/netns"
  expand_links
  expand_sysctls
  expand_qdiscs
  expand_addresses
  expand_routes
  expand_lists
  expand_files
}

expand_links() {
  awk -F "$TAB" '{
    print "link add name " $2 " index " $3 " address " $4 " mtu " $5 " netns " $1 " type bridge stp_state 0"
  }' "$TABLES/bridges" >"$WORK/links"
  awk -F "$TAB" '
    function end(name, index_, mac, mtu, netns) {
      return "name " name " index " index_ " address " mac " mtu " mtu " numtxqueues 1 numrxqueues 1 netns " netns
    }
    { print "link add " end($2, $3, $4, $9, $1) " type veth peer " end($6, $7, $8, $9, $5) }' \
    "$TABLES/veths" >>"$WORK/links"
}

# Tunnels need the devices of the underlay, which find_underlay looks up.
expand_tunnels() {
  awk -F "$TAB" -v port="$VXLAN_PORT" '
    FILENAME == ARGV[1] { device[$1] = $2; next }
    {
      print "link add name " $2 " index " $3 " address " $4 " mtu " $5 " numtxqueues 1 numrxqueues 1 netns " $1 \
        " type vxlan id " $6 " dev " device[$8] " local " $7 " remote " $8 " dstport " port " nolearning"
    }' "$WORK/underlay" "$TABLES/tunnels" >"$WORK/tunnels"
  awk -F "$TAB" -v dir="$WORK/mtu/" '
    { file = dir $1; if (file != last) close(last); last = file; print $2 "\t" $5 >file }' "$TABLES/tunnels"
}

expand_sysctls() {
  awk -F "$TAB" -v dir="$WORK/sysctl" '$1 != "-" {
    file = dir $2 "/" $1
    if (file != last) close(last)
    last = file
    print $4 "\t" $5 >file
  }' "$TABLES/sysctls"
}

# netem stands before tbf, so that the queue that the rate makes is behind the delay. tbf holds a queue of whole frames.
expand_qdiscs() {
  awk -F "$TAB" -v dir="$WORK/tc/" -v degraded="$DEGRADED" '
    FILENAME == ARGV[1] { mtu[$1, $2] = $9; mtu[$5, $6] = $9; next }
    FILENAME == ARGV[2] { mtu[$1, $2] = $5; next }
    {
      file = dir $1
      if (file != last) close(last)
      last = file
      at = "root"
      if ($5 != "-" && degraded != "yes") {
        print "qdisc replace dev " $2 " root handle 1: netem " $5 >file
        at = "parent 1:1"
      }
      bytes = $4 + ($6 == "-" ? 1000 : $6) * (mtu[$1, $2] + 14)
      if ($3 != "-") printf "qdisc replace dev %s %s handle 2: tbf rate %sbit burst %s limit %.0f\n", $2, at, $3, $4, bytes >file
      else if ($5 == "-" && $6 != "-") print "qdisc replace dev " $2 " root pfifo limit " $6 >file
    }' "$TABLES/veths" "$TABLES/tunnels" "$TABLES/qdiscs"
}

# masters, then addresses, then up: in that order for each namespace
expand_addresses() {
  {
    awk -F "$TAB" '$3 != "-" { printf "%s\t1%07d\tlink set dev %s master %s\n", $1, NR, $2, $3 }' "$TABLES/interfaces"
    awk -F "$TAB" '{ printf "%s\t2%07d\taddr add %s dev %s\n", $1, NR, $3, $2 }' "$TABLES/addresses"
    awk -F "$TAB" '{ printf "%s\t3%07d\tlink set dev %s up\n", $1, NR, $2 }' "$TABLES/interfaces"
  } | sort | awk -F "$TAB" -v dir="$WORK/ip/" '
    { file = dir $1; if (file != last) close(last); last = file; print $3 >file }'
}

expand_routes() {
  for family in 4 6; do
    awk -F "$TAB" -v family="$family" -v dir="$WORK/route$family/" '$3 == family {
      file = dir $1
      if (file != last) close(last)
      last = file
      print "route replace " $4 >file
    }' "$TABLES/routes"
  done
}

# Entering a namespace is what costs, so each step goes only where it has work: work/before has sysctls to set before the
# links are made; of the others that have addresses and interfaces, work/shell has more to do for which a shell is needed,
# work/plain has not; work/after has routes, or may have addresses that stay tentative for a while.
expand_lists() {
  for list in before shell plain after; do : >"$WORK/$list"; done
  {
    awk -F "$TAB" '{ print "plain\t" $1 }' "$TABLES/interfaces" "$TABLES/addresses"
    awk -F "$TAB" '{ print "shell\t" $1 }' "$TABLES/tunnels" "$TABLES/qdiscs"
    awk -F "$TAB" '{ print "after\t" $1 }' "$TABLES/routes"
    awk -F "$TAB" '
      { print ($2 == 1 ? "before" : "shell") "\t" $1 }
      $4 ~ /^net\/ipv6\/conf\/.*\/accept_dad$/ { print ($5 != 0 ? "after" : "calm") "\t" $1 "\t" $4 }' "$TABLES/sysctls"
  } | awk -F "$TAB" -v work="$WORK/" '
    FILENAME == ARGV[1] { if ($1 == "calm") calm[$2] += $3 ~ /conf\/(all|default)\//; else has[$1, $2] = 1; next }
    ("before", $1) in has { print >(work "before") }
    ("shell", $1) in has { print >(work "shell") }
    ("plain", $1) in has && !(("shell", $1) in has) { print >(work "plain") }
    ("after", $1) in has || calm[$1] < 2 { print >(work "after") }' - "$WORK/namespaces"
}

# work/files: the absolute path, mode, content, name while it is written (all paths as *text*); work/dirs: the
# directories above them, parents first
expand_files() {
  awk -F "$TAB" -v root="$STATE/root/" -v run="$RUN" '{
    path = $1 ~ /^\// ? $1 : root $1
    parent = path
    sub(/[^\/]*$/, "", parent)
    print path "\t" $2 "\t" $4 "\t" parent ".dune-" run "-" NR
  }' "$TABLES/files" >"$WORK/files"
  awk -F "$TAB" '{
    count = split($1, parts, "/")
    path = ""
    for (i = 2; i < count; i++) if (parts[i] != "") { path = path "/" parts[i]; print path }
  }' "$WORK/files" | sort -u >"$WORK/dirs"
}

# The specs that the helpers of processes read: proc/NODE/PROCESS.spec, and proc/NODE/.exec for a node's exec commands.
expand_processes() {
  mkdir -p "$STATE/proc" "$STATE/log"
  (umask 022 && awk -F "$TAB" -v state="$STATE" '{ print state "/node/" $1 }' "$TABLES/nodes" | xargs -r mkdir -p)
  awk -F "$TAB" -v state="$STATE" '!seen[$1]++ { print state "/proc/" $1; print state "/log/" $1 }' \
    "$TABLES/processes" "$TABLES/exec" | sort -u | xargs -r mkdir -p
  {
    awk -F "$TAB" '
      FILENAME == ARGV[1] { netns[$1] = $2; next }
      {
        print $1 "\t" $2 "\t1\tnetns\t" netns[$1]
        print $1 "\t" $2 "\t1\tcores\t" $3
        print $1 "\t" $2 "\t1\ttimeout\t" $4
        print $1 "\t" $2 "\t1\tcommand\t" $5
      }' "$TABLES/nodes" "$TABLES/processes"
    awk -F "$TAB" '{ print $1 "\t" $2 "\t2\tenv\t" $3 "\t" $4 }' "$TABLES/environment"
    awk -F "$TAB" '{ print $1 "\t" $2 "\t3" $4 "\t" $3 "\t" $5 }' "$TABLES/hooks"
  } | sort | awk -F "$TAB" -v dir="$STATE/proc/" '{
    file = dir $1 "/" $2 ".spec"
    if (file != last) close(last)
    last = file
    print $4 "\t" $5 (NF > 5 ? "\t" $6 : "") >file
  }'
  awk -F "$TAB" -v dir="$STATE/proc/" '
    FILENAME == ARGV[1] { netns[$1] = $2; next }
    {
      file = dir $1 "/.exec"
      if (file != last) close(last)
      last = file
      print netns[$1] "\t" $3 "\t" $4 >file
    }' "$TABLES/nodes" "$TABLES/exec"
}
