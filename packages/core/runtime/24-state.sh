# 24-state: where a lab's state is, the locks, and the cores for work that is pinned to none.
# One lock per lab: one command at a time changes it. Helpers inherit it, so that after a SIGKILL `down` waits for those
# that still run; the user's commands do not. A machine-wide lock covers the search for conflicts and the writing of the
# claims that other labs then see: what is claimed is made after that.

LABS=/var/lib/dune
LOCKS=/run/dune
# With --state-dir this is a symbolic link, so that all that look for it find it where they always do.
STATE=$LABS/${DUNE_LAB:-}
NEXT=$STATE/next
# While an `apply` is at work or was interrupted, of which read_journal says where it is: the tables of all versions of
# which something may be there, and in `to` those of the version that the lab is to become.
WAS=
NEW_LINK=$LABS/.${DUNE_LAB:-}.link
JOURNAL=$STATE/journal
read -r BOOT </proc/sys/kernel/random/boot_id
SCRATCH=
UNDO=no

# A lock file is removed by its holder: who waited for a removed one takes the new one.
same_lock_file() {
  [ "$(stat -c %i "$1" 2>/dev/null)" = "$(stat -L -c %i "/proc/self/fd/$2")" ]
}

# can_open_lock FILE: makes the folder of the locks and tries the file. Another lab's `down` may remove either at any
# moment; then the caller tries again.
can_open_lock() {
  lock_tries=$((lock_tries + 1))
  mkdir -p "$LOCKS" 2>/dev/null && (: >>"$1") 2>/dev/null || [ "$lock_tries" -lt 50 ] ||
    stop 2 "the lock $1 cannot be opened" "is $LOCKS on a disk that is read-only or full?"
}

lock_lab() {
  lock=$LOCKS/$DUNE_LAB.lock lock_tries=0
  while :; do
    can_open_lock "$lock"
    { command exec 9>>"$lock"; } 2>/dev/null || continue
    if ! flock -n 9; then
      say "waiting for another command of lab $DUNE_LAB"
      flock 9
    fi
    ! same_lock_file "$lock" 9 || return 0
  done
}

lock_machine() {
  lock=$LOCKS/.machine.lock lock_tries=0
  while :; do
    can_open_lock "$lock"
    { command exec 8>>"$lock"; } 2>/dev/null || continue
    flock 8
    ! same_lock_file "$lock" 8 || return 0
  done
}

unlock_machine() {
  exec 8>&-
}

remove_locks() {
  rm -f "$LOCKS/$DUNE_LAB.lock"
  if [ -e "$LOCKS/.machine.lock" ]; then
    { command exec 8>>"$LOCKS/.machine.lock"; } 2>/dev/null && flock -n 8 &&
      same_lock_file "$LOCKS/.machine.lock" 8 && rm -f "$LOCKS/.machine.lock"
    exec 8>&-
  fi
  rmdir "$LOCKS" 2>/dev/null || :
}

# other_labs: the journals of the labs that are up here since this boot, this one excepted
other_labs() {
  for journal in "$LABS"/*/journal; do
    if [ "$journal" != "$JOURNAL" ] && [ -f "$journal" ] && grep -qF "boot$TAB$BOOT$TAB" "$journal"; then
      printf '%s\n' "${journal%/journal}"
    fi
  done
}

# the cores of all processes in these tables, as a list of lists
cores_of() {
  for table in "$@"; do [ ! -f "$table" ] || cut -f 3 "$table"; done
}

# sets FREE_CORES to the online cores that no process of the given tables is pinned to, FREE_COUNT to their number; where
# there is none, to all that are online, and ALL_BUSY to yes
find_free_cores() {
  set -- "$(
    {
      cat /sys/devices/system/cpu/online
      cores_of "$@"
    } | awk '
      function expand(list, into,    parts, ends, count, i, core) {
        count = split(list, parts, ",")
        for (i = 1; i <= count; i++) {
          if (split(parts[i], ends, "-") < 2) ends[2] = ends[1]
          for (core = ends[1] + 0; core <= ends[2] + 0; core++) into[core] = 1
          if (ends[2] + 0 > last) last = ends[2] + 0
        }
      }
      function print_free(but,    core, list, count) {
        for (core = 0; core <= last; core++)
          if (core in online && !(core in but)) { list = list (count++ ? "," : "") core }
        if (count) print list, count, (but[-1] ? "yes" : "no")
        return count
      }
      NR == 1 { expand($0, online); next }
      $0 != "-" { expand($0, busy) }
      END { if (!print_free(busy)) { none[-1] = 1; print_free(none) } }'
  )"
  FREE_CORES=${1%% *}
  ALL_BUSY=${1##* }
  FREE_COUNT=${1#* }
  FREE_COUNT=${FREE_COUNT% *}
}

# use_cores own|other: moves this shell, and so all that it starts, to cores that no lab uses; `own` counts this lab too
use_cores() {
  set -- "$1" "$TABLES/processes"
  [ "$1" = own ] || shift
  shift
  for lab in $(other_labs); do set -- "$@" "$lab/payload/processes"; done
  find_free_cores "$@"
  taskset -cp "$FREE_CORES" "$$" >/dev/null 2>&1 || :
}
