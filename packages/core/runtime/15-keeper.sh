# 15-keeper: one shell that is the parent of all processes of the lab while they run. It writes down how each of them ends
# and keeps their logs from filling the disk. A shell beside each process would take as much memory as the process.

helper_keeper() {
  # A shell starts commands in the background with SIGINT and SIGQUIT ignored; busybox's env cannot take that back.
  DUNE_SIGNALS=--default-signal=INT,QUIT
  env "$DUNE_SIGNALS" true 2>/dev/null || DUNE_SIGNALS=
  export DUNE_SIGNALS
  hold_nodes
  while IFS=$TAB read -r node name cores _ command; do
    launch "$node" "$name" "$cores" "$command" </dev/null >>"$DUNE_STATE/log/$node/$name.log" 2>&1 &
    set -- "$@" "$!:$node/$name"
  done <"$DUNE_TABLES/processes"
  unset DUNE_BASE
  rounds=0
  while [ -e "$DUNE_STATE/journal" ]; do
    write_down_ends "$@"
    rounds=$((rounds + 1))
    if [ "$rounds" -lt 50 ]; then
      sleep 0.1
    else
      [ $((rounds % 5)) -ne 0 ] || cut_logs
      sleep 1
    fi
  done
}

# The processes of a node share a mount namespace, which takes less memory and time than one for each. Until they are in
# it, something must hold it.
hold_nodes() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { netns[$1] = $2; next }
    ++processes[$1] == 2 { print $1 "\t" netns[$1] }' \
    "$DUNE_TABLES/nodes" "$DUNE_TABLES/processes" >"$DUNE_WORK/shared"
  while IFS=$TAB read -r node namespace; do
    rm -f "$DUNE_STATE/proc/$node/.held"
    nsenter "--net=/run/netns/$namespace" "--mount=$DUNE_BASE" unshare -m --propagation slave \
      sh "$DUNE_RUNTIME" --helper hold "$node" "$namespace" </dev/null >"$DUNE_STATE/proc/$node/.said" 2>&1 &
    printf '%s\n' "$!" >"$DUNE_STATE/proc/$node/.holder"
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
    for spec in "$DUNE_STATE/proc/$node"/*.spec; do [ -s "${spec%.spec}.pid" ] || waiting=yes; done
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
    end=$DUNE_STATE/proc/${child#*:}.exit
    if ! kill -0 "${child%%:*}" 2>/dev/null && [ ! -e "$end" ]; then
      code=0
      wait "${child%%:*}" || code=$?
      printf '%s\n' "$code" >"$end.new" && mv "$end.new" "$end"
    fi
  done
}

# Of a log that has grown large stays the last part, in a file beside it. What is written in the moment between copy and
# cut is lost; the commands keep their files open.
cut_logs() {
  find "$DUNE_STATE/log" -name '*.log' -size +16384k 2>/dev/null | while IFS= read -r log; do
    tail -c 16777216 "$log" >"$log.1" || continue
    : >"$log"
  done
}
