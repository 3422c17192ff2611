# 40-expand: from the tables to what `ip`, `tc` and the helpers are fed with, all in the directory WORK: files netns,
# links, tunnels (batches that run outside), and per namespace sysctl1/X, sysctl2/X, tc/X, ip/X, mtu/X, route4/X, route6/X.
# The rows are those of the folder ROWS: for `up` all of TABLES, for `apply` those that are to be made.
# Tables are sorted, so all of a namespace stands together and one file is open at a time. Lists of namespaces say who
# needs what: before, shell, plain, after. The files' part is expanded before, once: it makes up names, and the claims
# have them.

# expand_all ROWS
expand_all() {
  ROWS=$1
  for folder in sysctl1 sysctl2 tc ip mtu route4 route6 tentative; do mkdir -p "$WORK/$folder"; done
  cut -f 2 "$ROWS/nodes" >"$WORK/namespaces"
  sed 's/^/netns add /' "$WORK/namespaces" >"$WORK/netns"
  expand_links
  expand_sysctls
  expand_qdiscs
  expand_addresses
  expand_routes
  expand_tunnels
  expand_lists
}

# by_namespace FOLDER: lines of namespace, order and text become the file FOLDER/NAMESPACE of each
by_namespace() {
  sort | awk -F "$TAB" -v dir="$1/" '
    { file = dir $1; if (file != last) close(last); last = file; sub(/^[^\t]*\t[^\t]*\t/, ""); print >file }'
}

expand_links() {
  awk -F "$TAB" '{
    print "link add name " $2 " index " $3 " address " $4 " mtu " $5 " netns " $1 " type bridge stp_state 0"
  }' "$ROWS/bridges" >"$WORK/links"
  awk -F "$TAB" '
    function end(name, index_, mac, mtu, netns) {
      return "name " name " index " index_ " address " mac " mtu " mtu " numtxqueues 1 numrxqueues 1 netns " netns
    }
    { print "link add " end($2, $3, $4, $9, $1) " type veth peer " end($6, $7, $8, $9, $5) }' \
    "$ROWS/veths" >>"$WORK/links"
}

# Tunnels need the devices of the underlay, which find_underlay looks up. work/tunnel-mtus: those that only get another MTU.
expand_tunnels() {
  awk -F "$TAB" -v port="$VXLAN_PORT" '
    FILENAME == ARGV[1] { device[$1] = $2; next }
    {
      print "link add name " $2 " index " $3 " address " $4 " mtu " $5 " numtxqueues 1 numrxqueues 1 netns " $1 \
        " type vxlan id " $6 " dev " device[$8] " local " $7 " remote " $8 " dstport " port " nolearning"
    }' "$WORK/underlay" "$ROWS/tunnels" >"$WORK/tunnels"
  [ -e "$WORK/tunnel-mtus" ] || : >"$WORK/tunnel-mtus"
  awk -F "$TAB" '{ printf "%s\t%07d\t%s\t%s\n", $1, NR, $2, (NF > 3 ? $5 : $3) }' "$ROWS/tunnels" "$WORK/tunnel-mtus" |
    by_namespace "$WORK/mtu"
}

expand_sysctls() {
  awk -F "$TAB" -v dir="$WORK/sysctl" '$1 != "-" {
    file = dir $2 "/" $1
    if (file != last) close(last)
    last = file
    print $4 "\t" $5 >file
  }' "$ROWS/sysctls"
}

# shaped(): the queues of an interface, as its row asks for them: `netem ARGUMENTS, tbf RATE burst BYTES limit BYTES`,
# `pfifo limit PACKETS`, or nothing. tbf holds a queue of whole frames; netem stands before it, so that the queue that the
# rate makes is behind the delay.
SHAPED='
  function shaped(rate, burst, netem, queue, mtu, degraded,    text) {
    if (netem != "-" && degraded != "yes") text = "netem " netem
    if (rate == "-") return text != "" || netem != "-" || queue == "-" ? text : "pfifo limit " queue
    return text (text == "" ? "" : ", ") \
      sprintf("tbf %s burst %s limit %.0f", rate, burst, burst + (queue == "-" ? 1000 : queue) * (mtu + 14))
  }'

expand_qdiscs() {
  awk -F "$TAB" -v dir="$WORK/tc/" -v degraded="$DEGRADED" "$SHAPED"'
    FILENAME == ARGV[1] { mtu[$1, $2] = $9; mtu[$5, $6] = $9; next }
    FILENAME == ARGV[2] { mtu[$1, $2] = $5; next }
    {
      file = dir $1
      if (file != last) close(last)
      last = file
      at = "root"
      for (i = 1; i <= split(shaped($3, $4, $5, $6, mtu[$1, $2], degraded), queues, ", "); i++) {
        queue = queues[i]
        if (queue ~ /^netem /) queue = "handle 1: " queue
        if (sub(/^tbf /, "handle 2: tbf rate ", queue)) sub(/ burst /, "bit&", queue)
        print "qdisc replace dev " $2 " " at " " queue >file
        at = "parent 1:1"
      }
    }' "$TABLES/veths" "$TABLES/tunnels" "$ROWS/qdiscs"
}

# masters, then addresses, then up: in that order for each namespace
expand_addresses() {
  {
    awk -F "$TAB" '$3 != "-" { printf "%s\t1%07d\tlink set dev %s master %s\n", $1, NR, $2, $3 }' "$ROWS/interfaces"
    awk -F "$TAB" '{ printf "%s\t2%07d\taddr add %s dev %s\n", $1, NR, $3, $2 }' "$ROWS/addresses"
    awk -F "$TAB" '{ printf "%s\t3%07d\tlink set dev %s up\n", $1, NR, $2 }' "$ROWS/interfaces"
  } | by_namespace "$WORK/ip"
}

expand_routes() {
  for family in 4 6; do
    awk -F "$TAB" -v family="$family" -v dir="$WORK/route$family/" '$3 == family {
      file = dir $1
      if (file != last) close(last)
      last = file
      print "route replace " $4 >file
    }' "$ROWS/routes"
  done
}

# Entering a namespace is what costs, so each step goes only where it has work: work/before has sysctls to set before the
# links are made; of the others that have addresses and interfaces, work/shell has more to do for which a shell is needed,
# work/plain has not; work/after has routes, or may have addresses that stay tentative for a while. work/reached: all of these.
expand_lists() {
  for list in before shell plain after; do : >"$WORK/$list"; done
  {
    awk -F "$TAB" '{ print "plain\t" $1 }' "$ROWS/interfaces" "$ROWS/addresses"
    awk -F "$TAB" '{ print "shell\t" $1 }' "$ROWS/tunnels" "$ROWS/qdiscs"
    awk -F "$TAB" '{ print "after\t" $1 }' "$ROWS/routes"
    awk -F "$TAB" '$1 != "-" { print ($2 == 1 ? "before" : "shell") "\t" $1 }' "$ROWS/sysctls"
    [ ! -e "$WORK/changes" ] || cat "$WORK/changes"
  } | sort -u >"$WORK/steps"
  cut -f 2 "$WORK/steps" | sort -u - "$WORK/namespaces" >"$WORK/reached"
  awk -F "$TAB" -v work="$WORK/" '
    FILENAME == ARGV[1] { has[$1, $2] = 1; next }
    FILENAME == ARGV[2] {
      if ($4 ~ /^net\/ipv6\/conf\/.*\/accept_dad$/) {
        if ($5 != 0) has["after", $1] = 1
        else calm[$1] += $4 ~ /conf\/(all|default)\//
      }
      next
    }
    ("before", $1) in has { print >(work "before") }
    ("shell", $1) in has { print >(work "shell") }
    ("plain", $1) in has && !(("shell", $1) in has) { print >(work "plain") }
    ("after", $1) in has || calm[$1] < 2 { print >(work "after") }' "$WORK/steps" "$TABLES/sysctls" "$WORK/reached"
}

# work/files: the absolute path, mode, content, name while it is written, owner (all paths as *text*); work/dirs: the
# folders above them, parents first; work/placed: what placed_files says of the tables.
expand_files() {
  [ -f "$TABLES/private" ] || : >"$TABLES/private"
  placed_files "$TABLES" >"$WORK/placed"
  # Nobody can guess the name, and put a link there before. (The folder of a path by split: to busybox a backslash in a
  # bracket expression is itself.)
  awk -F "$TAB" '
    function unique(    id) { getline id <ids; close(ids); return id }
    BEGIN { ids = "/proc/sys/kernel/random/uuid" }
    {
      count = split($1, each, "/")
      parent = substr($1, 1, length($1) - length(each[count]))
      print $1 "\t" $2 "\t" $3 "\t" parent ".dune-" unique() "\t" $4
    }' "$WORK/placed" >"$WORK/files"
  list_new_private
  list_folders
}

# placed_files TABLES: absolute path, mode, content, owner, node (or `-`), path in the table. A file below a private folder
# of its node goes there.
placed_files() {
  awk -F "$TAB" -v root="$STATE/root/" -v private="$STATE/private/" '
    FILENAME == ARGV[1] { folders[$1] = folders[$1] $2 "\t"; next }
    function place(path, node,    each, count, i) {
      if (path !~ /^\//) return root path
      count = split(folders[node], each, "\t")
      for (i = 1; i < count; i++) if (index(path, each[i] "/") == 1) return private node path
      return path
    }
    { print place($1, $3) "\t" $2 "\t" $4 "\t" (NF > 4 ? $5 : "-") "\t" $3 "\t" $1 }' "$1/private" "$1/files"
}

list_folders() {
  {
    cut -f 1 "$WORK/files"
    sed 's|$|/|' "$WORK/new-private"
  } | folders_above >"$WORK/dirs"
}

# work/new-private: the private paths that are to be made for something to be mounted on; one that is there may be anybody's
list_new_private() {
  cut -f 2 "$TABLES/private" | sort -u >"$WORK/private-places"
  while IFS= read -r path; do
    decode "$path"
    [ -d "$text" ] || printf '%s\n' "$path"
  done <"$WORK/private-places" >"$WORK/new-private"
}
