# 84-apply-network: what `apply` does to namespaces, links and what is on them. What there is is a folder of tables, THERE:
# of a lab that nobody has changed those that it was brought up with, else what the kernel tells (85-there). Where they
# differ from TABLES is the plan; what is to be made is in the folder `delta`, which is expanded and made as `up` does all.

# sets in WORK: gone, fresh, remade, stay, delta/, unmake/, untc/, change/, unroute4/, unroute6/, resysctl, link-changes, touched
plan_network() {
  for folder in delta unmake untc change unroute4 unroute6; do mkdir -p "$WORK/$folder"; done
  THERE=$HAVE
  cut -f 2 "$HAVE/nodes" | sort -u >"$WORK/netns-there"
  for list in broken adopted drifted-sysctls mend.lines; do : >"$WORK/$list"; done
  with_underlay "$TABLES/lab" "$WORK/underlay" "$TABLES/tunnels" >"$WORK/tunnels.new"
  if [ "$LOOK" = yes ]; then
    find_what_is_there
  else
    [ -e "$STATE/work/underlay" ] || : >"$STATE/work/underlay"
    with_underlay "$HAVE/lab" "$STATE/work/underlay" "$HAVE/tunnels" >"$WORK/tunnels.old"
    owned_namespaces | cut -f 1 >"$WORK/owned"
  fi
  plan_nodes
  [ "$LOOK" = yes ] || check_namespaces
  plan_links
  plan_interfaces
  plan_sysctls
  plan_routes
  cat "$WORK/mend.lines" >>"$WORK/change.lines"
  plan_changes
  list_changed_nodes >"$WORK/in-place"
}

# with_underlay LAB UNDERLAY TUNNELS: the rows of the table, and of each the device below it and its port
with_underlay() {
  awk -F "$TAB" '
    BEGIN { OFS = FS; port = 4789 }
    FILENAME == ARGV[1] { if ($1 == "vxlan_port") port = $2; next }
    FILENAME == ARGV[2] { device[$1] = $2; next }
    { print $0, ($8 in device ? device[$8] : "-"), port }' "$1" "$2" "$3"
}

# The batches of each namespace that stays; work/changes tells expand_lists where there is something to change.
plan_changes() {
  for batch in unmake untc change unroute4 unroute6; do by_namespace "$WORK/$batch" <"$WORK/$batch.lines"; done
  {
    cut -f 1 "$WORK/untc.lines" "$WORK/change.lines" "$WORK/tunnel-mtus" | sed "s/^/shell$TAB/"
    cut -f 1 "$WORK/unroute4.lines" "$WORK/unroute6.lines" | sed "s/^/after$TAB/"
  } | sort -u >"$WORK/changes"
  cut -f 1 "$WORK/unmake.lines" | sort -u >"$WORK/unmade"
}

# Tunnels before their namespaces, and what is on the other end of a link with them: a deleted namespace is freed later, until
# then its interfaces keep their names and numbers.
unmake_network() {
  in_namespaces unmake "$WORK/unmade"
  restore_server_sysctls
  [ -s "$WORK/gone" ] || return 0
  cp "$WORK/adopted" "$WORK/namespaces"
  record_inodes
  owned_namespaces >"$WORK/inodes-known"
  awk -F "$TAB" 'FILENAME == ARGV[1] { gone[$1] = 1; next } $1 in gone' "$WORK/gone" "$WORK/inodes-known" >"$WORK/inodes-owned"
  [ -s "$WORK/inodes-owned" ] || return 0
  count "$(lines "$WORK/inodes-owned")" namespace
  say "delete $text"
  left=0
  delete_these
  [ ! -s "$WORK/in-use" ] || stop 1 "processes do not end in these namespaces: $(tr '\n' ' ' <"$WORK/in-use")"
  [ "$left" -eq 0 ] || exit 1
}

# What is put back stays in the journal until the end: `down` may put it back once more.
restore_server_sysctls() {
  records old >"$WORK/server-sysctls-old"
  awk -F "$TAB" '
    FILENAME == ARGV[1] { gone[$1] = 1; next }
    $1 in gone && !seen[$1]++' "$WORK/server-sysctls-gone" "$WORK/server-sysctls-old" | while IFS=$TAB read -r path value; do
    { printf '%b\n' "$value" >"/proc/sys/$path"; } 2>/dev/null || say "sysctl $path cannot be set back to $value"
  done
}

make_network() {
  expand_all "$WORK/delta"
  # Whatever is written down of an earlier namespace of the name no longer counts.
  sed "s/.*/inode$TAB&$TAB-$TAB./" "$WORK/namespaces" >>"$JOURNAL"
  change_sysctls
  make_rows
}

print_network_going() {
  while IFS= read -r netns; do sed "s|^|in $netns: ip |" "$WORK/unmake/$netns"; done <"$WORK/unmade"
  awk -F "$TAB" '{ print "server sysctl: " $1 " as it was before the lab" }' "$WORK/server-sysctls-gone"
  while IFS= read -r netns; do [ ! -e "/run/netns/$netns" ] || printf 'ip netns del %s\n' "$netns"; done <"$WORK/gone"
}

print_network_coming() {
  expand_all "$WORK/delta"
  sed 's/^/in /; s/$/: write to \/proc\/sys what differs from a new namespace with these sysctls/' "$WORK/resysctl"
  awk -F "$TAB" '{ print "server sysctl: " $1 " = " $2 }' "$WORK/server-sysctls"
  sed 's/^/ip /' "$WORK/netns"
  print_per_namespace sysctl1 'write to /proc/sys: '
  sed 's/^/ip /' "$WORK/links" "$WORK/tunnels"
  print_per_namespace untc 'tc '
  print_per_namespace change 'ip '
  print_per_namespace sysctl2 'write to /proc/sys: '
  print_per_namespace tc 'tc '
  print_per_namespace ip 'ip '
  print_per_namespace route4 'ip -4 '
  print_per_namespace route6 'ip -6 '
  print_per_namespace unroute4 'ip -4 '
  print_per_namespace unroute6 'ip -6 '
}
