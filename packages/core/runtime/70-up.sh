# 70-up: `up`, all or nothing.

command_up() {
  read_up_options "$@"
  if [ "$DRY_RUN" = yes ]; then
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

read_up_options() {
  DRY_RUN=no DEGRADE=no DEGRADED=no FORCE=no START=yes STATE_DIR=
  while [ $# -gt 0 ]; do
    case $1 in
      --dry-run) DRY_RUN=yes ;;
      --degrade) DEGRADE=yes ;;
      --force) FORCE=yes ;;
      --no-start) START=no ;;
      --state-dir)
        [ $# -gt 1 ] || stop 1 "--state-dir wants a folder"
        STATE_DIR=$2
        shift
        ;;
      *) stop 1 "up knows no '$1'" "sh $0 help" ;;
    esac
    shift
  done
}

refuse_second_up() {
  find_run
  [ "$run_is" = not-up ] || refuse_other_phynode
  case $run_is in
    up) stop 1 "lab $DUNE_LAB is already up" "change it to this version: sh $0 apply; or take it down first: sh $0 down" ;;
    between) stop 1 "lab $DUNE_LAB is up, and an 'apply' of it was interrupted" "go on from there: sh $0 apply; or take it down: sh $0 down" ;;
    interrupted) stop 2 "an interrupted 'up' of lab $DUNE_LAB left things behind" "run down first: sh $0 down" ;;
    rebooted) stop 2 "lab $DUNE_LAB was up before this server was restarted" "run down first: sh $0 down" ;;
  esac
}

# From here on the state directory exists. It goes away again if there are problems; the journal begins with all that
# this run is going to make, in one piece.
prepare() {
  TABLES=$STATE/payload WORK=$STATE/work RUNTIME=$STATE/runtime
  CGROUP='' J_CGROUP=''
  clean_up_at_end
  UNDO=state
  choose_state_folder
  need_room_for_payload "$STATE_FOLDER"
  unpack_state
  load_lab
  read -r RUN </proc/sys/kernel/random/uuid
  begin_checks
  expand_files
  lock_machine
  write_claims
  check_bundle
  # What setup.pre may yet provide is looked at after it.
  [ -n "$(awk '$1 == "pre"' "$TABLES/setup")" ] || check_environment
  report_problems
  stop_if_full
  {
    printf '%s\t%s\t.\n' format 3 boot "$BOOT" run "$RUN" phynode "$DUNE_PHYNODE" degraded "$DEGRADED"
    cat "$WORK/claims"
  } >"$JOURNAL.new"
  sync "$JOURNAL.new" 2>/dev/null || sync
  mv "$JOURNAL.new" "$JOURNAL"
  sync "$STATE/" 2>/dev/null || sync
  UNDO=all
  unlock_machine
}

# The reserve is room for `down` where the disk has become full since.
unpack_state() {
  said=$(
    {
      remove_state_but_logs && make_state_folder && unpack "$TABLES" && copy_runtime "$RUNTIME" &&
        head -c 2097152 /dev/zero >"$WORK/reserve"
    } 2>&1
  ) || stop 2 "the lab's folder $STATE_FOLDER cannot be made: $(printf '%s\n' "$said" | head -n 1)" \
    "make room there, or choose another place: up --state-dir DIR"
  [ ! -d "$TABLES/bin" ] || chmod -R a+rx "$TABLES/bin"
}

write_claims() {
  cat "$LABS"/*/journal 2>/dev/null | awk -F "$TAB" '$1 == "dir" { print $2 }' >"$WORK/shared-dirs"
  {
    awk -F "$TAB" '{ print "netns\t" $2 "\t." }' "$TABLES/nodes"
    awk -F "$TAB" '!seen[$1]++ { print "tunnels\t" $1 "\t." }' "$TABLES/tunnels"
    awk -F "$TAB" '$1 == "-" { print "sysctl\t" $4 "\t." }' "$TABLES/sysctls"
    awk -F "$TAB" '{ print "file\t" $1 "\t" $4 "\t." }' "$WORK/files"
    ! makes_netns_folder || printf 'dir\t/run/netns\t.\n'
    while IFS= read -r path; do
      decode "$path"
      if [ ! -d "$text" ] || made_by_another "$path"; then printf 'dir\t%s\t.\n' "$path"; fi
    done <"$WORK/dirs"
  } >"$WORK/claims"
}

# iproute2 makes it with the first namespace, and mounts it on itself; it goes with the last lab, if it is empty then.
makes_netns_folder() {
  [ -d /run/netns ] || return 0
  for lab in $(other_labs); do
    ! grep -qxF "dir$TAB/run/netns$TAB." "$lab/journal" || return 0
  done
  return 1
}

# A directory that another lab made, too: it goes with the last of them.
made_by_another() {
  [ -s "$WORK/shared-dirs" ] && grep -qxF -- "$1" "$WORK/shared-dirs"
}

# The order is the design's: what a later step needs is there before it.
bring_up() {
  export_run
  rm -rf "${STATE:?}/log"
  mkdir -p "$STATE/log"
  : >"$WORK/failures"
  use_cores other
  run_setup pre
  if [ -n "$(awk '$1 == "pre"' "$TABLES/setup")" ]; then
    begin_checks
    check_environment
    report_problems
    [ "$DEGRADED" = no ] || record degraded yes
  fi
  expand_all "$TABLES"
  awk -F "$TAB" '$1 == "-" { print $4 "\t" $5 }' "$TABLES/sysctls" >"$WORK/server-sysctls"
  stop_if_full
  make_rows
  expand_processes
  stop_if_full
  use_cores own
  [ "$ALL_BUSY" = no ] || say "warning: the lab's processes have all cores of this server; the runtime shares them"
  run_setup post
  wait_for_addresses
  make_files
  make_base
  run_exec
  cut_logs
  [ "$START" = no ] || start_processes
  drop_base
  record up
  UNDO=no
}

report_up() {
  count "$(lines "$TABLES/nodes")" node
  summary=$text
  count $(($(lines "$TABLES/veths") + $(lines "$TABLES/tunnels"))) link
  summary="$summary, $text"
  count "$(lines "$TABLES/processes")" process
  [ "$START" = yes ] || text="$text not started"
  say "up: $summary, $text, in $(seconds_of "$1") s"
  [ "$DEGRADED" = no ] || say "warning: not shaped, because the kernel has no netem: $(without_netem)"
}
