# 15-keeper: one shell that is the parent of all processes that were started together, while they run. It writes down how
# each of them ends and keeps the logs from filling the disk. A shell beside each process would take as much memory as the
# process. `apply` starts one more for what it starts: a keeper speaks for a process only as long as proc/…/NAME.pid
# names the child that it has started.

# helper_keeper LIST: of rows of the table `processes`. Until all of them have begun it holds the lock of the lab (9), so
# that who comes after a SIGKILL finds each of them.
helper_keeper() {
  # A shell starts commands in the background with SIGINT and SIGQUIT ignored; busybox's env cannot take that back.
  DUNE_SIGNALS=--default-signal=INT,QUIT
  env "$DUNE_SIGNALS" true 2>/dev/null || DUNE_SIGNALS=
  export DUNE_SIGNALS
  list=$1
  shift
  hold_nodes "$list"
  while IFS=$TAB read -r node name cores _ command; do
    launch "$node" "$name" "$cores" "$command" </dev/null >>"$DUNE_STATE/log/$node/$name.log" 2>&1 9>&- &
    set -- "$@" "$!:$node/$name"
  done <"$list"
  unset DUNE_BASE
  wait_for_launch "$@"
  exec 9>&-
  rounds=0
  while [ -e "$DUNE_STATE/journal" ]; do
    write_down_ends "$@"
    rounds=$((rounds + 1))
    if [ "$rounds" -lt 50 ]; then
      sleep 0.1 || :
      continue
    fi
    if [ $((rounds % 5)) -eq 0 ]; then
      cut_logs
      if has_lost_one "$@"; then
        for child in "$@"; do
          shift
          ! is_named "${child%%:*}" "${child#*:}" || set -- "$@" "$child"
        done
        [ $# -gt 0 ] || return 0
      fi
    fi
    sleep 1 || :
  done
}

wait_for_launch() {
  launching=yes
  read_clock
  launch_until=$((now + 3000))
  while [ "$now" -lt "$launch_until" ] && one_has_not_begun "$@"; do
    write_down_ends "$@"
    sleep 0.1 || :
    read_clock
  done
  launching=no
}

one_has_not_begun() {
  for child in "$@"; do
    begun=$DUNE_STATE/proc/${child#*:}
    [ -s "$begun.pid" ] || [ -s "$begun.exit" ] || return 0
  done
  return 1
}

has_lost_one() {
  for child in "$@"; do is_named "${child%%:*}" "${child#*:}" || return 0; done
  return 1
}

# is_named PID NODE/PROCESS: whether that process is still this child; one that has not begun has no number yet
is_named() {
  named=
  { read -r named <"$DUNE_STATE/proc/$2.pid"; } 2>/dev/null || :
  [ "$named" = "$1" ] || { [ -z "$named" ] && [ "$launching" = yes ]; }
}

# The processes of a node share a mount namespace, which takes less memory and time than one for each: that of a process of
# the node's which runs already (work/holders: NODE TAB PID), or a new one. Until they are in it, something must hold it.
hold_nodes() {
  [ -e "$DUNE_WORK/holders" ] || : >"$DUNE_WORK/holders"
  awk -F "$TAB" '
    FILENAME == ARGV[1] { netns[$1] = $2; next }
    FILENAME == ARGV[2] { holder[$1] = $2; next }
    ++processes[$1] == 1 { order[++count] = $1 }
    END {
      for (i = 1; i <= count; i++) {
        node = order[i]
        print node "\t" netns[node] "\t" (node in holder ? holder[node] : processes[node] > 1 ? "new" : "-")
      }
    }' "$DUNE_TABLES/nodes" "$DUNE_WORK/holders" "$1" >"$DUNE_WORK/shared"
  while IFS=$TAB read -r node namespace holder; do
    if [ "$holder" != - ] || [ -e "$DUNE_STATE/proc/$node/.holder" ]; then
      rm -f "$DUNE_STATE/proc/$node/.held" "$DUNE_STATE/proc/$node/.holder"
    fi
    case $holder in
      -) continue ;;
      new)
        nsenter "--net=/run/netns/$namespace" "--mount=$DUNE_BASE" unshare -m --propagation slave \
          sh "$DUNE_RUNTIME" --helper hold "$node" "$namespace" </dev/null >"$DUNE_STATE/proc/$node/.said" 2>&1 9>&- &
        holder=$!
        ;;
      *) : >"$DUNE_STATE/proc/$node/.held" ;;
    esac
    printf '%s\n' "$holder" >"$DUNE_STATE/proc/$node/.holder"
  done <"$DUNE_WORK/shared"
}

helper_hold() {
  node=$1 namespace=$2
  mount_for_node
  : >"$DUNE_STATE/proc/$node/.held"
  rounds=0
  while [ "$rounds" -lt 300 ]; do
    rounds=$((rounds + 1))
    waiting=no
    for spec in "$DUNE_STATE/proc/$node"/*.spec; do
      [ -s "${spec%.spec}.pid" ] || [ -s "${spec%.spec}.exit" ] || waiting=yes
    done
    [ "$waiting" = yes ] || return 0
    sleep 0.1
  done
}

# launch NODE PROCESS CORES COMMAND: this shell becomes the process, in a session of its own
launch() {
  decode "$4"
  if [ -f "$DUNE_STATE/proc/$1/.holder" ]; then
    wait_for_holder "$1"
    join_cgroup "$1:$2"
  fi
  DUNE_PID_FILE=$DUNE_STATE/proc/$1/$2.pid limit=session
  export DUNE_PID_FILE
  in_process "$1" "$2" "$3" /bin/sh -c "$text"
}

wait_for_holder() {
  read -r DUNE_HOLDER <"$DUNE_STATE/proc/$1/.holder"
  until [ -e "$DUNE_STATE/proc/$1/.held" ]; do
    if [ ! -e "/proc/$DUNE_HOLDER/exe" ]; then
      cat "$DUNE_STATE/proc/$1/.said"
      exit 126
    fi
    sleep 0.05
  done
  export DUNE_HOLDER
}

# write_down_ends PID:NODE/PROCESS…: waiting for `sleep` the shell takes note of every child that has ended; `wait` knows
# how. (A look into /proc would leave the kernel two inodes for each process.)
write_down_ends() {
  for child in "$@"; do
    kill -0 "${child%%:*}" 2>/dev/null || [ -e "$DUNE_STATE/proc/${child#*:}.exit" ] ||
      write_down_end "${child%%:*}" "${child#*:}"
  done
}

# `apply` removes the number of a process that it stops, perhaps at this very moment.
write_down_end() {
  is_named "$1" "$2" || return 0
  end=$DUNE_STATE/proc/$2.exit code=0
  wait "$1" || code=$?
  printf '%s\n' "$code" >"$end.new" && mv "$end.new" "$end"
  is_named "$1" "$2" || rm -f "$end"
}

# Of a log that has grown large stays the last part, in a file beside it. What is written in the moment between copy and
# cut is lost; the commands keep their files open. One keeper does it at a time: what is cut is not copied again.
cut_logs() {
  (
    flock -n 5 || exit 0
    find "$DUNE_STATE/log" -name '*.log' -size +16384k 2>/dev/null | while IFS= read -r log; do
      tail -c 16777216 "$log" >"$log.1" || continue
      : >"$log"
    done
  ) 5>>"$DUNE_STATE/work/cutting"
}
