# 72-down: `down`, which is also how a failed `up` is undone. It goes by the journal alone and may be interrupted and
# run again at any point.

command_down() {
  purge=no
  for option in "$@"; do
    [ "$option" = --purge ] || stop 1 "down knows no '$option'" "sh $0 help"
    purge=yes
  done
  need_root
  lock_lab
  if read_journal; then
    refuse_other_phynode
    refuse_from_inside
    take_down || stop 1 "something is left; run down again when it is clear why"
    said=down
  else
    remove_state_but_logs || stop 1 "the folder $STATE cannot be emptied"
    remove_locks
    said="lab $DUNE_LAB is not up; there is nothing to take down"
  fi
  if [ "$purge" = yes ] && [ -d "$STATE/log" ]; then
    purge_logs
    said="$said; the logs are removed"
  fi
  [ ! -d "$STATE/log" ] || said="$said; the logs stay in $STATE/log"
  say "$said"
}

# From inside one of the lab's namespaces it would end itself halfway.
refuse_from_inside() {
  own=$(stat -L -c %i /proc/self/ns/net)
  ! records inode | grep -q "$TAB$own\$" || stop 2 "this cannot be done from inside a node" "run it on the server itself"
}

take_down() {
  read_journal || return 0
  TABLES=$STATE/payload WORK=$STATE/work RUNTIME=$STATE/runtime left=0
  mkdir -p "$WORK"
  can_write || return 1
  need_room || return 1
  : >"$WORK/failures"
  list_namespaces_not_told >"$WORK/not-told"
  printf '\n' >>"$JOURNAL" # a crash may have cut off the last line
  if [ "$J_BOOT" = "$BOOT" ]; then
    use_cores own
    records netns >"$WORK/namespaces"
    record_inodes
    stop_processes all
    delete_namespaces
    unmount_netns_folder
    restore_sysctls
  fi
  remove_files
  [ ! -s "$WORK/failures" ] || say "$(cat "$WORK/failures")"
  look_again
  [ ! -s "$WORK/not-told" ] ||
    say "left alone, for the end of the journal is cut off: network namespaces $(tr '\n' ' ' <"$WORK/not-told")"
  [ "$left" -eq 0 ] || return 1
  remove_state
}

# Of a journal that is cut off: what has the name of a node, and may be anybody's.
list_namespaces_not_told() {
  if is_cut_off && [ -f "$TABLES/nodes" ] && [ -d /run/netns ]; then
    records netns >"$WORK/namespaces"
    ls /run/netns >"$WORK/namespaces-there"
    cut -f 2 "$TABLES/nodes" | lines_in "$WORK/namespaces-there" | lines_not_in "$WORK/namespaces"
  fi
}

# All lists were on the lab's own disk, and a disk that becomes full meanwhile makes them shorter without a word. So the
# journal is asked once more, by pipes alone.
look_again() {
  still=$(still_there | head -n 3)
  [ -z "$still" ] || {
    say "still there: $(printf '%s' "$still" | tr '\n\t' '; ')"
    left=1
  }
}

still_there() {
  if [ "$J_BOOT" = "$BOOT" ]; then
    commands_of_run "$J_RUN" "$J_CGROUP"
    {
      records inode | sed "s/^/wanted$TAB/"
      [ ! -d /run/netns ] || (cd /run/netns && records netns | xargs -r stat -c "is$TAB%n$TAB%i" 2>/dev/null) || :
    } | awk -F "$TAB" '
      $1 == "wanted" { wanted[$2, $3] = 1; next }
      ($2, $3) in wanted { print "network namespace " $2 }'
  fi
  files_written_down | awk -F "$TAB" -v own="$STATE/" '
    $3 == "yes" && $4 == "-" && index($1, own) != 1 { print $1 }' | while IFS= read -r path; do
    decode "$path"
    if [ -e "$text" ] && (go_to "$text" && [ -e "$name" ]); then printf 'file %s\n' "$path"; fi
  done
}

# Where nothing can be written all lists would be empty, and with them nothing left to do.
need_room() {
  if ! has_room; then
    rm -f "$WORK/reserve"
    ! has_room || return 0
    say "there is no room to work in $WORK; free 1 MiB of that disk"
    return 1
  fi
}

has_room() {
  code=0
  { cat "$JOURNAL" "$JOURNAL" && head -c 1048576 /dev/zero; } 2>/dev/null >"$WORK/room" || code=1
  rm -f "$WORK/room"
  return "$code"
}

# owned_namespaces: those that exist and have the inode that was written down last
owned_namespaces() {
  [ -d /run/netns ] || return 0
  records inode | awk -F "$TAB" '{ inode[$1] = $2 } END { for (name in inode) print name FS inode[name] }' | sort >"$WORK/inodes"
  (cd /run/netns && cut -f 1 "$WORK/inodes" | xargs -r stat -c "%n$TAB%i" 2>/dev/null) | lines_in "$WORK/inodes" || :
}

delete_namespaces() {
  owned_namespaces >"$WORK/inodes-owned"
  delete_these
}

# delete_these: the namespaces in work/inodes-owned; work/in-use gets those that have processes, which stay
delete_these() {
  pids_in_namespaces "$WORK/inodes-owned" | cut -f 2 >"$WORK/in-use"
  cut -f 1 "$WORK/inodes-owned" | lines_not_in "$WORK/in-use" >"$WORK/owned"
  [ -s "$WORK/owned" ] || return 0
  records tunnels >"$WORK/tunneled"
  lines_in "$WORK/tunneled" <"$WORK/owned" >"$WORK/with-tunnels"
  in_namespaces delete_tunnels "$WORK/with-tunnels" >/dev/null 2>&1
  sed 's/^/netns del /' "$WORK/owned" >"$WORK/netns-del"
  ip -force -batch "$WORK/netns-del" >"$WORK/netns-del.out" 2>&1 || :
  owned_namespaces | lines_in "$WORK/inodes-owned" | cut -f 1 | lines_not_in "$WORK/in-use" >"$WORK/owned"
  if [ -s "$WORK/owned" ]; then
    say "these namespaces cannot be deleted: $(tr '\n' ' ' <"$WORK/owned")"
    left=1
  fi
}

# The mount is in use as long as anybody's namespace is in it.
unmount_netns_folder() {
  if records dir | grep -qxF /run/netns; then umount /run/netns 2>/dev/null || :; fi
}

restore_sysctls() {
  records old | while IFS=$TAB read -r path value; do
    { printf '%b\n' "$value" >"/proc/sys/$path"; } 2>/dev/null || say "sysctl $path cannot be set back to $value"
  done
}
