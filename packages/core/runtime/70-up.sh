# 70-up: `up`, all or nothing.

command_up() {
  dry_run=no DEGRADE=no DEGRADED=no
  for option in "$@"; do
    case $option in
      --dry-run) dry_run=yes ;;
      --degrade) DEGRADE=yes ;;
      *) stop 1 "up knows no '$option'" "sh $0 help" ;;
    esac
  done
  if [ "$dry_run" = yes ]; then
    dry_run
    return 0
  fi
  need_root
  need_tools
  read_clock
  began=$now
  lock_lab
  refuse_second_up
  prepare
  bring_up
  read_clock
  report_up $((now - began))
}

refuse_second_up() {
  find_run
  [ "$run_is" = not-up ] || refuse_other_phynode
  case $run_is in
    up) stop 1 "lab $DUNE_LAB is already up" "take it down first: sh $0 down" ;;
    interrupted) stop 2 "an interrupted 'up' of lab $DUNE_LAB left things behind" "run down first: sh $0 down" ;;
    rebooted) stop 2 "lab $DUNE_LAB was up before this server was restarted" "run down first: sh $0 down" ;;
  esac
}

# From here on the state directory exists. It goes away again if there are problems; the journal begins with all that
# this run is going to make, in one piece.
prepare() {
  TABLES=$STATE/payload WORK=$STATE/work RUNTIME=$STATE/runtime
  clean_up_at_end
  UNDO=state
  remove_state_but_logs
  mkdir -p "$TABLES" "$WORK" "$STATE/root" "$STATE/none"
  chmod 711 "$LABS" "$STATE" "$STATE/payload"
  chmod 755 "$STATE/root"
  unpack "$TABLES"
  [ ! -d "$TABLES/bin" ] || chmod -R a+rX "$TABLES/bin"
  copy_runtime "$RUNTIME"
  load_lab
  read -r RUN </proc/sys/kernel/random/uuid
  PROBLEMS=$WORK/problems
  : >"$PROBLEMS"
  expand_files
  write_claims
  lock_machine
  check_conflicts
  check_cores
  # What setup.pre may yet provide is looked at after it.
  [ -n "$(awk '$1 == "pre"' "$TABLES/setup")" ] || check_environment
  report_problems
  {
    printf '%s\t%s\t.\n' format 1 boot "$BOOT" run "$RUN" phynode "$DUNE_PHYNODE" degraded "$DEGRADED"
    cat "$WORK/claims"
  } >"$JOURNAL.new"
  sync "$JOURNAL.new" 2>/dev/null || :
  mv "$JOURNAL.new" "$JOURNAL"
  UNDO=all
  unlock_machine
}

check_environment() {
  check_kernel
  check_underlay
}

write_claims() {
  cat "$LABS"/*/journal 2>/dev/null | awk -F "$TAB" '$1 == "dir" { print $2 }' >"$WORK/shared-dirs"
  {
    awk -F "$TAB" '{ print "netns\t" $2 "\t." }' "$TABLES/nodes"
    awk -F "$TAB" '!seen[$1]++ { print "tunnels\t" $1 "\t." }' "$TABLES/tunnels"
    awk -F "$TAB" '$1 == "-" { print "sysctl\t" $4 "\t." }' "$TABLES/sysctls"
    awk -F "$TAB" '{ print "file\t" $1 "\t" $4 "\t." }' "$WORK/files"
    while IFS= read -r path; do
      decode "$path"
      if [ ! -d "$text" ] || made_by_another "$path"; then printf 'dir\t%s\t.\n' "$path"; fi
    done <"$WORK/dirs"
  } >"$WORK/claims"
}

# A directory that another lab made, too: it goes with the last of them.
made_by_another() {
  [ -s "$WORK/shared-dirs" ] && grep -qxF -- "$1" "$WORK/shared-dirs"
}

# The order is the design's: what a later step needs is there before it.
bring_up() {
  DUNE_STATE=$STATE DUNE_RUNTIME=$RUNTIME DUNE_RUN=$RUN
  export DUNE_STATE DUNE_RUNTIME DUNE_RUN DUNE_LAB
  rm -rf "${STATE:?}/log"
  mkdir -p "$STATE/log"
  : >"$WORK/failures"
  use_cores other
  run_setup pre
  if [ -n "$(awk '$1 == "pre"' "$TABLES/setup")" ]; then
    check_environment
    report_problems
    [ "$DEGRADED" = no ] || record degraded yes
  fi
  expand_all
  expand_tunnels
  set_server_sysctls
  make_namespaces
  in_namespaces before_links "$WORK/before"
  stop_on_failures
  make_links
  set_up_nodes
  expand_processes
  use_cores own
  [ "$ALL_BUSY" = no ] || say "warning: the lab's processes have all cores of this server; the runtime shares them"
  run_setup post
  wait_for_addresses
  make_files
  run_exec
  start_processes
  record up
  UNDO=no
}

report_up() {
  count "$(lines "$TABLES/nodes")" node
  summary=$text
  count $(($(lines "$TABLES/veths") + $(lines "$TABLES/tunnels"))) link
  summary="$summary, $text"
  count "$(lines "$TABLES/processes")" process
  hundredths=$(($1 % 100))
  [ "$hundredths" -gt 9 ] || hundredths=0$hundredths
  say "up: $summary, $text, in $(($1 / 100)).$hundredths s"
  [ "$DEGRADED" = no ] || say "warning: not shaped, because the kernel has no netem: $(without_netem)"
}
