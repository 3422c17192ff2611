# 71-start-stop: `start` and `stop`: the processes of a lab that is up, without its network.

command_start() {
  [ $# -eq 0 ] || stop 1 "start takes no arguments"
  use_running_lab
  case $J_PROCESSES in
    running) stop 1 "the processes of lab $DUNE_LAB are started already" "for a fresh run: sh $0 stop, then start" ;;
    starting | stopping) stop_again ;;
  esac
  clean_up_at_end
  UNDO=processes
  rm -f "$STATE/proc"/*/*.exit "$STATE/proc"/*/*.pid "$STATE/proc"/*/*.starting
  export_run
  make_base
  start_processes
  drop_base
  UNDO=no
  count "$(lines "$TABLES/processes")" process
  say "started: $text"
}

command_stop() {
  [ $# -eq 0 ] || stop 1 "stop takes no arguments"
  use_running_lab
  case $J_PROCESSES in
    stopped)
      say "the processes of lab $DUNE_LAB are not started; there is nothing to stop"
      return 0
      ;;
  esac
  stop_again
  say "stopped; the network stays up"
}

use_running_lab() {
  need_root
  lock_lab
  need_up
  [ "$run_is" = up ] || stop 1 "an 'apply' of lab $DUNE_LAB was interrupted" "run 'apply' again first, or 'down'"
  refuse_from_inside
  TABLES=$STATE/payload WORK=$STATE/work RUNTIME=$STATE/runtime RUN=$J_RUN CGROUP=$J_CGROUP
  can_write || exit 2
  ! disk_is_full || stop 2 "the disk of $STATE is full" "make room there; 'down' needs none"
  : >"$WORK/failures"
  use_cores own
  # The last line may have been cut off by a crash.
  printf '\n' >>"$JOURNAL"
}

# stops the processes, also those that an interrupted start or stop has left
stop_again() {
  left=0
  record processes stopping
  stop_processes lab
  [ ! -s "$WORK/failures" ] || say "$(cat "$WORK/failures")"
  [ "$left" -eq 0 ] || stop 1 "not all processes have ended" "run stop again when they have"
  : >"$WORK/failures"
  record processes stopped
  J_PROCESSES=stopped
}
