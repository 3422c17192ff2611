# 15-keeper: one shell that is the parent of all processes of the lab while they run. It writes down how each of them ends
# and keeps their logs from filling the disk. A shell beside each process would take as much memory as the process.

helper_keeper() {
  # A shell starts commands in the background with SIGINT and SIGQUIT ignored; busybox's env cannot take that back.
  DUNE_SIGNALS=--default-signal=INT,QUIT
  env "$DUNE_SIGNALS" true 2>/dev/null || DUNE_SIGNALS=
  export DUNE_SIGNALS
  while IFS=$TAB read -r node name cores _ command; do
    launch "$node" "$name" "$cores" "$command" </dev/null >>"$DUNE_STATE/log/$node/$name.log" 2>&1 &
    set -- "$@" "$!:$node/$name"
  done <"$DUNE_STATE/payload/processes"
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

# launch NODE PROCESS CORES COMMAND: this shell becomes the process, in a session of its own
launch() {
  decode "$4"
  DUNE_PID_FILE=$DUNE_STATE/proc/$1/$2.pid limit=session
  export DUNE_PID_FILE
  in_process "$1" "$2" "$3" sh -c "$text"
}

# write_down_ends PID:NODE/PROCESS…: `wait` knows how a child has ended also after it is gone
write_down_ends() {
  for child in "$@"; do
    end=$DUNE_STATE/proc/${child#*:}.exit
    if [ ! -e "/proc/${child%%:*}/exe" ] && [ ! -e "$end" ]; then
      code=0
      wait "${child%%:*}" || code=$?
      printf '%s\n' "$code" >"$end.new" && mv "$end.new" "$end"
    fi
  done
}

# Of a log that has grown large stays the last part, in two files. What is written in the moment between copy and cut is
# lost; the commands keep their files open.
cut_logs() {
  find "$DUNE_STATE/log" -name '*.log' -size +16384k 2>/dev/null | while IFS= read -r log; do
    rm -f "$log.1"
    cp "$log" "$log.1" || continue
    copied=$(stat -c %s "$log.1")
    tail -c "+$((copied + 1))" "$log" >>"$log.1"
    : >"$log"
  done
}
