# 50-network: namespaces, links, addresses, routes. Forking is the cost: one `ip -batch` makes all namespaces, one all
# links straight in them, then one helper per namespace does the rest, spread over the cores.

# batch FILE: what `ip` makes from the server itself; on an error `line` is the number of the line that failed
batch() {
  line=
  ip -batch "$1" >"$1.out" 2>&1 && return 0
  line=$(sed -n 's/.*:\([0-9][0-9]*\)$/\1/p' "$1.out" | tail -n 1)
  batch_failed '' "$1" "${line:-1}" "$1.out"
  return 1
}

# batch_failed WHERE FILE LINE OUTPUT: what that line said
batch_failed() {
  {
    printf "%s'ip %s' failed\n" "$1" "$(sed -n "$3p" "$2")"
    sed 's/^/    /' "$4" | tail -n 20
  } >>"$WORK/failures"
}

# in_namespaces HELPER LIST: the helper in each namespace of the list; one `ip` per core enters its share of them in turn.
# For a few it is quicker to go there one after the other.
in_namespaces() {
  [ -s "$2" ] || return 0
  if [ "$(lines "$2")" -le 3 ]; then
    while IFS= read -r netns; do
      nsenter "--net=/run/netns/$netns" sh "$RUNTIME" --helper "$1" "$netns" </dev/null >/dev/null 2>"$WORK/noise" || helper_broke "$WORK"
    done <"$2"
    return 0
  fi
  awk -v width="$FREE_COUNT" -v shares="$WORK/share." -v what="sh $RUNTIME --helper $1 " '
    { print "netns exec " $0 " " what $0 >(shares NR % width) }
    END { for (i = 0; i < width && i < NR; i++) print shares (i + 1) % width }' "$2" >"$WORK/shares"
  near_namespaces "$2" "$WORK/shares" -n 1 ip -force -batch >/dev/null 2>"$WORK/noise" || helper_broke "$WORK"
}

# near_namespaces LIST INPUT XARGS-ARGUMENT…: `xargs` where the namespaces of the list can be entered cheaply
near_namespaces() {
  unshare -m --propagation slave sh "$RUNTIME" --helper near "$$" "$FREE_COUNT" "$@"
}

# batches LIST: in each namespace of the list its batch of work/ip, with no shell about it
batches() {
  [ -s "$1" ] || return 0
  near_namespaces "$1" "$1" -I '{}' ip -n '{}' -batch "$WORK/ip/{}" >"$WORK/ip.out" 2>&1 && return 0
  failed_at=$(sed -n 's|^Command failed .*/\([^/]*:[0-9]*\)$|\1|p' "$WORK/ip.out" | head -n 1)
  if [ -n "$failed_at" ]; then
    batch_failed "namespace ${failed_at%:*}: " "$WORK/ip/${failed_at%:*}" "${failed_at#*:}" "$WORK/ip.out"
  else
    cat "$WORK/ip.out" >>"$WORK/noise"
    helper_broke "$WORK"
  fi
}

stop_on_failures() {
  [ -s "$WORK/failures" ] || return 0
  say "$(head -n 60 "$WORK/failures")"
  exit 1
}

# The inodes tell these namespaces from others that may get their names later. After an error the ones that the batch
# did not reach are not this lab's.
make_namespaces() {
  [ -s "$WORK/netns" ] || return 0
  count "$(lines "$WORK/netns")" namespace
  say "$text"
  # Else `ip` would make it by this umask, and other users of the server could no longer look into it.
  (umask 022 && mkdir -p /run/netns)
  if batch "$WORK/netns"; then
    record_inodes
  else
    sed -n "${line:-1},\$s/^netns add \(.*\)/unmade$TAB\1$TAB./p" "$WORK/netns" >>"$JOURNAL"
    record_inodes
    stop_on_failures
  fi
}

# Of the records `inode` and `unmade` of a name the last counts. Where its number is `-` the name is claimed anew, and what
# has it now is the lab's.
record_inodes() {
  [ -d /run/netns ] || return 0
  (cd /run/netns && xargs -r stat -c "inode$TAB%n$TAB%i$TAB." 2>/dev/null) <"$WORK/namespaces" >"$WORK/inodes" || :
  awk -F "$TAB" '
    FILENAME == ARGV[1] { if ($1 == "unmade" || $1 == "inode") known[$2] = $1 == "unmade" || $3 != "-"; next }
    !known[$2]' "$JOURNAL" "$WORK/inodes" >"$WORK/inodes.new"
  cat "$WORK/inodes.new" >>"$JOURNAL"
}

# work/server-sysctls: path and value. What a path had before the lab is written down once.
set_server_sysctls() {
  records old | cut -f 1 >"$WORK/server-sysctls-known"
  while IFS=$TAB read -r path value; do
    [ -f "/proc/sys/$path" ] || stop 1 "this server has no sysctl $path"
    grep -qxF "$path" "$WORK/server-sysctls-known" || record old "$path" "$(encode <"/proc/sys/$path")"
    { printf '%b\n' "$value" >"/proc/sys/$path"; } 2>/dev/null || stop 1 "the kernel refuses sysctl $path=$value"
  done <"$WORK/server-sysctls"
}

# all that expand_all has prepared
make_rows() {
  set_server_sysctls
  make_namespaces
  in_namespaces before_links "$WORK/before"
  stop_on_failures
  make_links
  set_up_nodes
}

make_links() {
  text='' made=''
  for kind in veth bridge tunnel; do
    count "$(lines "$ROWS/${kind}s")" "$kind"
    [ ! -s "$ROWS/${kind}s" ] || made="$made${made:+, }$text"
  done
  [ -n "$made" ] || return 0
  say "$made"
  batch "$WORK/links" || stop_on_failures
  batch "$WORK/tunnels" || stop_on_failures
}

set_up_nodes() {
  if [ -s "$WORK/shell" ] || [ -s "$WORK/plain" ]; then say "sysctls, addresses, queues"; fi
  in_namespaces after_links "$WORK/shell"
  batches "$WORK/plain"
  stop_on_failures
  [ -s "$WORK/after" ] || return 0
  say "routes"
  in_namespaces after_up "$WORK/after"
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
