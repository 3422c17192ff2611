# 25-state-folder: the lab's folder STATE: made by `up`, here or on another disk, and emptied again.
# On another disk it is a symbolic link in its usual place, so that all who look for it there find it: later commands,
# other labs, the paths that were compiled in.

# sets STATE_FOLDER to where STATE is really to be, for `up --state-dir DIR`; refuses what is not safe or in use
choose_state_folder() {
  STATE_FOLDER=$STATE
  if [ -n "$STATE_DIR" ]; then
    case $STATE_DIR in
      /*) ;;
      *) stop 1 "--state-dir wants an absolute path, not '$STATE_DIR'" ;;
    esac
    [ -d "$STATE_DIR" ] || stop 1 "there is no folder $STATE_DIR" "make it first: mkdir $STATE_DIR"
    STATE_FOLDER=$(cd -P "$STATE_DIR" && pwd)/$DUNE_LAB
    refuse_foreign_folders "${STATE_FOLDER%/*}"
  fi
  if [ "$STATE_FOLDER" != "$(where_state_is)" ]; then
    # An empty one goes by itself.
    remove_empty_state
    if [ -e "$STATE" ] || [ -L "$STATE" ]; then
      stop 1 "the logs of the last run are in $(where_state_is)" "remove them first: sh $0 down --purge"
    fi
    if [ -e "$STATE_FOLDER" ] || [ -L "$STATE_FOLDER" ]; then
      stop 2 "$STATE_FOLDER exists already" "remove it, or choose another --state-dir"
    fi
  fi
}

# refuse_foreign_folders FOLDER: whoever can make something in it, or put another in the place of one above it, could lead
# root's files elsewhere
refuse_foreign_folders() {
  is_roots "$1" ||
    stop 2 "folder $above can be changed by other users, who could lead the lab's files elsewhere" \
      "choose a folder of root's, or make one: mkdir -m 755 $1/dune"
}

# prints where STATE really is
where_state_is() {
  if [ -L "$STATE" ]; then readlink "$STATE"; else printf '%s\n' "$STATE"; fi
}

# The link has another name until what it leads to is there. Another lab's `down` may remove the empty LABS at any moment
# until there is something in it.
make_state_folder() {
  tries=1
  until mkdir -p "$LABS" && { [ "$STATE_FOLDER" = "$STATE" ] || [ -L "$STATE" ] || ln -s "$STATE_FOLDER" "$NEW_LINK"; } &&
    mkdir -p "$STATE_FOLDER" && { [ ! -L "$NEW_LINK" ] || mv -T "$NEW_LINK" "$STATE"; }; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || return 1
  done
  chmod 711 "$LABS" || return 1
  mkdir -p "$STATE_FOLDER" "$STATE/payload" "$STATE/work" "$STATE/root" "$STATE/none" || return 1
  chmod 711 "$STATE_FOLDER" "$STATE/payload" && chmod 755 "$STATE/root"
}

can_write() {
  [ -w "$WORK" ] || {
    say "$WORK cannot be written to; is its disk mounted read-only?"
    return 1
  }
}

# Some tools write what there is room for and say nothing. What is said then is in blame_full_disk.
disk_is_full() {
  { head -c 65536 /dev/zero >"$WORK/room"; } 2>/dev/null || return 0
  : >"$WORK/room"
  return 1
}

stop_if_full() {
  ! disk_is_full || exit 2
}

# A disk that is full is the cause of whatever went wrong, and no tool says which disk it is.
blame_full_disk() {
  if [ "$status" -ne 0 ] && [ -d "$WORK" ] && disk_is_full; then
    status=2
    say "the disk of $(where_state_is) is full"
    printf '  hint: %s\n' "make room there, or choose another place: up --state-dir DIR" >&2
  fi
}

# What a setup command has mounted in the state folder would be emptied with it.
unmount_state() {
  [ -d "$STATE" ] || return 0
  folder=$(cd "$STATE" && pwd -P) && [ -n "$folder" ] || return 1
  awk '{ print $2 }' /proc/self/mounts | sort -r | {
    mounted=0
    while read -r path; do
      decode "$path"
      case $text in
        "$folder"/*) umount "$text" || mounted=1 ;;
      esac
    done
    return "$mounted"
  }
}

remove_state_but_logs() {
  unmount_state || return 1
  for part in root none node private proc payload runtime work next was.1 was.2 backup journal.new; do
    rm -rf "${STATE:?}/$part" || return 1
  done
  rmdir "$STATE/log"/* "$STATE/log" 2>/dev/null || :
  remove_empty_state
}

remove_empty_state() {
  if [ -L "$STATE" ]; then
    [ -n "$(ls -A "$STATE/" 2>&1)" ] || mv -f -T "$STATE" "$NEW_LINK"
  else
    rmdir "$STATE" 2>/dev/null || :
  fi
  if [ -L "$NEW_LINK" ]; then
    rmdir "$(readlink "$NEW_LINK")" 2>/dev/null || :
    rm -f "$NEW_LINK"
  fi
  rmdir "$LABS" 2>/dev/null || :
}

# A link that leads nowhere: what is there must not be forgotten.
refuse_lost_state() {
  if [ -L "$STATE" ] && [ ! -d "$STATE/" ]; then
    stop 2 "the lab's folder is $(readlink "$STATE"), which is not there" \
      "mount the disk that it is on; if it is gone for good: rm $STATE"
  fi
}

# The journal goes last: until then `down` can go on from wherever it was stopped.
remove_state() {
  remove_state_but_logs || return 1
  rm -f "$JOURNAL"
  remove_empty_state
  remove_locks
}

purge_logs() {
  rm -rf "${STATE:?}/log"
  remove_empty_state
}
