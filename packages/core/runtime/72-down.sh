# 72-down: `down`, which is also how a failed `up` is undone. It goes by the journal alone and may be interrupted and
# run again at any point.

command_down() {
  [ $# -eq 0 ] || stop 1 "down takes no arguments"
  need_root
  lock_lab
  if ! read_journal; then
    remove_state_but_logs
    remove_locks
    say "lab $DUNE_LAB is not up; there is nothing to take down"
    return 0
  fi
  refuse_other_phynode
  refuse_from_inside
  take_down || stop 1 "something is left; run down again when it is clear why"
  say "down; the logs stay in $STATE/log"
}

# From inside one of the lab's namespaces it would end itself halfway.
refuse_from_inside() {
  own=$(stat -L -c %i /proc/self/ns/net)
  ! records inode | grep -q "$TAB$own\$" || stop 2 "down cannot work from inside a node" "run it on the server itself"
}

take_down() {
  read_journal || return 0
  unset DUNE_RUN
  TABLES=$STATE/payload WORK=$STATE/work RUNTIME=$STATE/runtime left=0
  mkdir -p "$WORK"
  need_room || return 1
  : >"$WORK/failures"
  if [ "$J_BOOT" = "$BOOT" ]; then
    use_cores own
    printf '\n' >>"$JOURNAL"
    records netns >"$WORK/namespaces"
    record_inodes
    stop_processes
    delete_namespaces
    restore_sysctls
  fi
  remove_files
  [ ! -s "$WORK/failures" ] || say "$(cat "$WORK/failures")"
  [ "$left" -eq 0 ] || return 1
  remove_state
}

# Where nothing can be written all lists would be empty, and with them nothing left to do.
need_room() {
  if ! { cat "$JOURNAL" "$JOURNAL" && head -c 1048576 /dev/zero; } 2>/dev/null >"$WORK/room"; then
    rm -f "$WORK/room"
    say "there is no room to work in $WORK; free 1 MiB of that disk"
    return 1
  fi
  rm -f "$WORK/room"
}

# kill_all SIGNAL LIST: a pid may be gone already
kill_all() {
  while read -r pid _; do kill -s "$1" "$pid" 2>/dev/null || :; done <"$2"
}

stop_processes() {
  kill_helpers
  if [ "$J_LAUNCHED" = yes ] && [ -d "$TABLES" ]; then run_stop_hooks; fi
  commands_of_run "$J_RUN" >"$WORK/pids"
  kill_all TERM "$WORK/pids"
  read_clock
  stop_until=$((now + 200))
  while [ -s "$WORK/pids" ] && [ "$now" -lt "$stop_until" ]; do
    sleep 0.05
    commands_of_run "$J_RUN" >"$WORK/pids"
    read_clock
  done
  kill_all KILL "$WORK/pids"
  kill_rest
}

# Helpers first, so that none starts anything more.
kill_helpers() {
  if [ -s "$WORK/setup.group" ]; then
    read -r leader <"$WORK/setup.group"
    # Another process may have that number by now.
    ! grep -qszE "^DUNE_SETUP=$J_RUN\$" "/proc/$leader/environ" || kill -KILL "-$leader" 2>/dev/null || :
  fi
  rounds=0
  while [ "$rounds" -lt 50 ]; do
    helpers >"$WORK/pids"
    [ -s "$WORK/pids" ] || return 0
    kill_all KILL "$WORK/pids"
    rounds=$((rounds + 1))
  done
}

# of this run, but not the user's own
helpers() {
  commands_of_run "$J_RUN" | cut -f 1 >"$WORK/commands"
  pids_of_run "$J_RUN" | grep -vxF -f "$WORK/commands" || :
}

run_stop_hooks() {
  awk -F "$TAB" '$3 == "pre_down" || $3 == "down" { if (!seen[$1, $2]++) print $1, $2 }' "$TABLES/hooks" >"$WORK/hooked"
  [ -s "$WORK/hooked" ] || return 0
  DUNE_RUN=$J_RUN DUNE_STATE=$STATE DUNE_RUNTIME=$RUNTIME DUNE_LAB=$DUNE_LAB \
    xargs -P 8 -n 2 sh "$RUNTIME" --helper before_stop <"$WORK/hooked" || :
}

# Whatever is still in the lab's namespaces: one pass over all processes. The kernel gives the inode of a namespace that is
# gone to the next one, which may be a neighbour's; so only those count that still have their names.
kill_rest() {
  rounds=0
  owned_namespaces >"$WORK/owned"
  while [ "$rounds" -lt 100 ]; do
    printf '%s\n' /proc/[0-9]*/ns/net | xargs stat -L -c '%i %n' 2>/dev/null >"$WORK/all-pids" || :
    awk 'FILENAME == ARGV[1] { mine[$2] = 1; next } $1 in mine { split($2, path, "/"); print path[3] }' \
      "$WORK/owned" "$WORK/all-pids" >"$WORK/pids"
    [ -s "$WORK/pids" ] || return 0
    kill_all KILL "$WORK/pids"
    sleep 0.05
    rounds=$((rounds + 1))
  done
  say "processes in the lab's namespaces cannot be killed: $(tr '\n' ' ' <"$WORK/pids")"
}

# owned_namespaces: those that exist and have the inode that was written down
owned_namespaces() {
  [ -d /run/netns ] || return 0
  records inode >"$WORK/inodes"
  (cd /run/netns && cut -f 1 "$WORK/inodes" | xargs -r stat -c "%n$TAB%i" 2>/dev/null) | grep -xF -f "$WORK/inodes" || :
}

delete_namespaces() {
  owned_namespaces | cut -f 1 >"$WORK/owned"
  [ -s "$WORK/owned" ] || return 0
  records tunnels >"$WORK/tunneled"
  grep -xF -f "$WORK/tunneled" "$WORK/owned" >"$WORK/with-tunnels" || :
  in_namespaces delete_tunnels "$WORK/with-tunnels" >/dev/null 2>&1
  sed 's/^/netns del /' "$WORK/owned" >"$WORK/netns-del"
  ip -force -batch "$WORK/netns-del" >"$WORK/netns-del.out" 2>&1 || :
  owned_namespaces | cut -f 1 >"$WORK/owned"
  if [ -s "$WORK/owned" ]; then
    say "these namespaces cannot be deleted: $(tr '\n' ' ' <"$WORK/owned")"
    left=1
  fi
}

restore_sysctls() {
  records old >"$WORK/old"
  while IFS=$TAB read -r path value; do
    { printf '%b\n' "$value" >"/proc/sys/$path"; } 2>/dev/null || say "sysctl $path cannot be set back to $value"
  done <"$WORK/old"
}

# A file of the lab's was written down as made, or has a second name still, which is removed after it.
remove_files() {
  records made >"$WORK/made"
  records file | awk -F "$TAB" '
    FILENAME == ARGV[1] { made[$1] = 1; next }
    { print $1 "\t" $2 "\t" ($1 in made ? "yes" : "no") }' "$WORK/made" - >"$WORK/old-files"
  while IFS=$TAB read -r path temporary made; do
    decode "$path"
    target=$text
    decode "$temporary"
    if [ "$made" = yes ] || same_file "$target" "$text"; then
      if [ -e "$target" ] || [ -L "$target" ]; then printf '%s\0' "$target"; fi
    fi
    [ ! -e "$text" ] || printf '%s\0' "$text"
  done <"$WORK/old-files" | xargs -0 -r rm -f -- 2>"$WORK/rm.out" || :
  if [ -s "$WORK/rm.out" ]; then
    say "files cannot be removed: $(cat "$WORK/rm.out")"
    left=1
  fi
  records dir | sort -r | while IFS= read -r path; do
    decode "$path"
    [ ! -d "$text" ] || printf '%s\0' "$text"
  done | xargs -0 -r rmdir 2>/dev/null || :
}

same_file() {
  [ -e "$1" ] && [ -e "$2" ] && [ "$(stat -c %d:%i -- "$1")" = "$(stat -c %d:%i -- "$2")" ]
}

# What a setup command has mounted in the state directory would be emptied with it.
unmount_state() {
  [ -d "$STATE" ] || return 0
  awk -v state="$(cd "$STATE" && pwd -P)/" 'index($2, state) == 1 { print $2 }' /proc/self/mounts | sort -r | {
    mounted=0
    while read -r path; do
      decode "$path"
      umount "$text" || mounted=1
    done
    return "$mounted"
  }
}

remove_state_but_logs() {
  unmount_state || return 1
  rm -rf "$STATE/root" "$STATE/none" "$STATE/node" "$STATE/proc" "$STATE/payload" "$STATE/runtime" "$STATE/work" "$JOURNAL.new" || return 1
  rmdir "$STATE/log"/* "$STATE/log" "$STATE" "$LABS" 2>/dev/null || :
}

# The journal goes last: until then `down` can go on from wherever it was stopped.
remove_state() {
  remove_state_but_logs || return 1
  rm -f "$JOURNAL"
  rmdir "$STATE" "$LABS" 2>/dev/null || :
  remove_locks
}
