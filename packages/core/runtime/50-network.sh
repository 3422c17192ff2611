# 50-network: namespaces, links, addresses, routes. Forking is the cost: one `ip -batch` makes all namespaces, one all
# links straight in them, then one helper per namespace does the rest, spread over the cores.

# batch FILE: what `ip` makes from the server itself; on an error `line` is the number of the line that failed
batch() {
  line=
  ip -batch "$1" >"$1.out" 2>&1 && return 0
  line=$(sed -n 's/.*:\([0-9][0-9]*\)$/\1/p' "$1.out" | tail -n 1)
  {
    printf "'ip %s' failed\n" "$(sed -n "${line:-1}p" "$1")"
    sed 's/^/    /' "$1.out" | tail -n 20
  } >>"$WORK/failures"
  return 1
}

# in_namespaces HELPER LIST: the helper in each namespace of the list
in_namespaces() {
  xargs -P "$FREE_COUNT" -I '{}' nsenter '--net=/run/netns/{}' sh "$RUNTIME" --helper "$1" '{}' <"$2" 2>"$WORK/noise" || helper_broke "$WORK"
}

stop_on_failures() {
  [ -s "$WORK/failures" ] || return 0
  say "$(head -n 60 "$WORK/failures")"
  exit 1
}

# The inodes tell these namespaces from others that may get their names later. After an error the ones that the batch
# did not reach are not this lab's.
make_namespaces() {
  count "$(lines "$WORK/netns")" namespace
  say "$text"
  # Else `ip` would make it by this umask, and other users of the server could no longer look into it.
  mkdir -m 755 /run/netns 2>/dev/null || :
  if batch "$WORK/netns"; then
    record_inodes
  else
    sed -n "${line:-1},\$s/^netns add \(.*\)/unmade$TAB\1$TAB./p" "$WORK/netns" >>"$JOURNAL"
    record_inodes
    stop_on_failures
  fi
}

record_inodes() {
  [ -d /run/netns ] || return 0
  (cd /run/netns && xargs -r stat -c "inode$TAB%n$TAB%i$TAB." 2>/dev/null) <"$WORK/namespaces" >"$WORK/inodes" || :
  awk -F "$TAB" '
    FILENAME == ARGV[1] { if ($1 == "unmade" || $1 == "inode") known[$2] = 1; next }
    !($2 in known)' "$JOURNAL" "$WORK/inodes" >"$WORK/inodes.new"
  cat "$WORK/inodes.new" >>"$JOURNAL"
}

set_server_sysctls() {
  awk -F "$TAB" '$1 == "-" { print $4 "\t" $5 }' "$TABLES/sysctls" >"$WORK/server-sysctls"
  while IFS=$TAB read -r path value; do
    [ -f "/proc/sys/$path" ] || stop 1 "this server has no sysctl $path"
    record old "$path" "$(encode <"/proc/sys/$path")"
    { printf '%b\n' "$value" >"/proc/sys/$path"; } 2>/dev/null || stop 1 "the kernel refuses sysctl $path=$value"
  done <"$WORK/server-sysctls"
}

make_links() {
  count "$(lines "$TABLES/veths")" veth
  made=$text
  count "$(lines "$TABLES/bridges")" bridge
  made="$made, $text"
  count "$(lines "$TABLES/tunnels")" tunnel
  say "$made, $text"
  batch "$WORK/links" || stop_on_failures
  batch "$WORK/tunnels" || stop_on_failures
}

set_up_nodes() {
  say "sysctls, addresses, queues"
  in_namespaces after_links "$WORK/namespaces"
  stop_on_failures
  say "routes"
  in_namespaces after_up "$WORK/namespaces"
  stop_on_failures
}

# Every namespace with a tentative address has a file in work/tentative.
wait_for_addresses() {
  read_clock
  addresses_until=$((now + 1000))
  while tentative=$(ls "$WORK/tentative") && [ -n "$tentative" ]; do
    printf '%s\n' "$tentative" >"$WORK/waiting"
    read_clock
    [ "$now" -lt "$addresses_until" ] || stop 1 "after 10 s addresses are still tentative in: $(tr '\n' ' ' <"$WORK/waiting")"
    sleep 0.1
    in_namespaces tentative "$WORK/waiting"
  done
}
