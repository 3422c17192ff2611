# 83-apply: `apply`: the lab that is up becomes this version, by what differs alone. It plans first: the plan is files in
# WORK, which the checks look at, `--dry-run` prints and the steps carry out. From `go_ahead` on the journal says
# `applying`; from there no failure is undone, a second `apply` goes on, to this version or to another.

command_apply() {
  read_apply_options "$@"
  need_root
  need_tools
  read_clock
  began=$now
  # At once, too: a server without the lab gets no lock of it, and nobody waits for an `up` that is at work.
  refuse_if_not_up
  lock_lab
  refuse_if_not_up
  stage_version
  plan_version
  if [ "$DRY_RUN" = yes ]; then
    print_steps
    say_summary "would change"
    return 0
  fi
  if is_there_already; then
    say "nothing to do: lab $DUNE_LAB is as this bundle wants it"
    return 0
  fi
  go_ahead
  carry_out
  commit_version
  read_clock
  say_summary "applied in $(seconds_of $((now - began))) s"
}

read_apply_options() {
  DRY_RUN=no DEGRADE=no DEGRADED=no FORCE=no
  for option in "$@"; do
    case $option in
      --dry-run) DRY_RUN=yes ;;
      --degrade) DEGRADE=yes ;;
      --force) FORCE=yes ;;
      *) stop 1 "apply knows no '$option'" "sh $0 help" ;;
    esac
  done
}

refuse_if_not_up() {
  find_run
  [ "$run_is" = not-up ] || refuse_other_phynode
  case $run_is in
    not-up) stop 1 "lab $DUNE_LAB is not up$(other_labs_here)" "bring it up: sh $0 up" ;;
    interrupted) stop_half_up 2 ;;
    rebooted) stop 2 "lab $DUNE_LAB is not up: the server was restarted" "run down, then up: sh $0 down" ;;
  esac
  [ "$J_FORMAT" = 3 ] || stop 2 "an older version of dune brought lab $DUNE_LAB up, and wrote down too little to change it while it runs" \
    "take it down and bring this version up: sh $0 down, then up"
  case $J_PROCESSES in
    starting | stopping) stop 1 "a 'start' or 'stop' of lab $DUNE_LAB was interrupted" "run it again first" ;;
  esac
  refuse_from_inside
}

# for who has taken the bundle of another lab
other_labs_here() {
  names=$(other_labs | sed 's|.*/||' | tr '\n' ' ')
  [ -z "$names" ] || printf ' here; up are: %s' "${names% }"
}

# NEXT gets this bundle. HAVE is what may be there, LOOK whether what is there has to be looked at, BETWEEN whether it may
# be of several versions.
stage_version() {
  RUN=$J_RUN CGROUP=$J_CGROUP
  clean_up_at_end
  UNDO=plan
  [ "$J_APPLYING" = - ] || end_leftovers
  rm -rf "${NEXT:?}"
  remove_stale_tables
  need_room_for_payload "$STATE/"
  said=$({ mkdir "$NEXT" "$NEXT/payload" "$NEXT/work" && unpack "$NEXT/payload" && copy_runtime "$NEXT/runtime"; } 2>&1) ||
    stop 2 "the folder $NEXT cannot be made: $(printf '%s\n' "$said" | head -n 1)" "make room there"
  TABLES=$NEXT/payload WORK=$NEXT/work RUNTIME=$NEXT/runtime
  [ ! -d "$TABLES/bin" ] || chmod -R a+rx "$TABLES/bin"
  load_lab
  HAVE=$STATE/payload LOOK=no BETWEEN=no
  if [ "$J_APPLYING" != - ] && [ "$J_TOUCHED" = yes ]; then
    HAVE=$WAS LOOK=yes BETWEEN=yes
  elif same_content "$HAVE/lab" "$TABLES/lab"; then
    LOOK=yes
  fi
  # What was brought up without netem goes on without it.
  [ "$J_DEGRADED" = no ] || DEGRADE=yes
  : >"$WORK/failures"
  use_cores own
  export_run
}

# An `apply` that was killed may have left a folder that the journal does not name, or not any more.
remove_stale_tables() {
  for folder in "$STATE/was.1" "$STATE/was.2"; do
    [ "$folder" = "$WAS" ] || rm -rf "$folder"
  done
}

# What an `apply` that was killed has left running beside the lab. Nothing that this one runs has the mark of the run yet.
end_leftovers() {
  unset DUNE_RUN
  WORK=$STATE/work
  kill_helpers but-keepers
}

# All of it only reads. The checks see what is new: what is the lab's own already is no conflict.
plan_version() {
  begin_checks
  DEGRADED=$J_DEGRADED
  # Whether there is netem decides what the queues are to be.
  [ "$DEGRADE" = no ] || [ "$DEGRADED" = yes ] || check_kernel
  find_underlay
  records inode | cut -f 1 | sort -u >"$WORK/own-names"
  expand_files
  plan_exec
  plan_network
  plan_files
  plan_processes
  plan_setup
  stop_on_failures
  lock_machine
  write_new_claims
  check_changes
  report_problems
}

check_changes() {
  check_platform
  check_places
  check_owners
  check_private
  check_conflicts
  check_cores
  if [ -s "$WORK/delta/nodes" ] || [ -s "$WORK/delta/veths" ] || [ -s "$WORK/delta/tunnels" ] || [ -s "$WORK/programs-new" ]; then
    check_environment
  else
    [ -z "$(new_kinds_of_queues)" ] || check_kernel
    [ ! -s "$WORK/tunnel-mtus" ] || check_underlay
  fi
}

new_kinds_of_queues() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { tbf += $3 != "-"; netem += $5 != "-"; next }
    ($3 != "-" && !tbf) || ($5 != "-" && !netem) { print "new"; exit }' "$HAVE/qdiscs" "$TABLES/qdiscs"
}

# work/setup: the commands that have not been run; work/setup-gone: those that have, and that this version does not have
plan_setup() {
  SETUP_RUN=$STATE/payload/setup
  [ "$J_APPLYING" = - ] || SETUP_RUN=$WAS/setup
  rows_beyond "$SETUP_RUN" "$TABLES/setup" >"$WORK/setup"
  rows_beyond "$TABLES/setup" "$SETUP_RUN" >"$WORK/setup-gone"
}

# rows_beyond ONE OTHER: rows of the second table `setup` with commands that the first has not, or not as often
rows_beyond() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { has[$1, $3]++; next }
    has[$1, $3]-- > 0 { next }
    { print }' "$1" "$2"
}

# work/new-claims: what the journal does not have yet; a file has a new temporary name each time
write_new_claims() {
  write_claims
  lines_not_in "$JOURNAL" <"$WORK/claims" >"$WORK/new-claims"
}

is_there_already() {
  [ "$J_APPLYING" = - ] && [ "$LOOK" = yes ] && [ -z "$(print_steps)" ]
}

# What a later step needs is there before it; what goes, goes before what may take its name.
carry_out() {
  at "setup.pre"
  run_new_setup pre
  at "stop processes"
  record touched
  stop_what_goes
  at "remove links and nodes"
  unmake_network
  at "make nodes and links"
  make_network
  at "setup.post"
  run_new_setup post
  at "wait for addresses"
  wait_for_addresses
  at "stop processes that are started anew"
  stop_what_restarts
  at "remove files"
  remove_what_goes
  at "write files"
  write_changes
  ! runs_commands || make_base
  at "exec"
  run_new_exec
  at "start processes"
  start_what_comes
  ! runs_commands || drop_base
  remove_empty_folders
}

runs_commands() {
  for list in fresh appended reload restart start; do
    [ ! -s "$WORK/$list" ] || return 0
  done
  return 1
}

# at STEP: for who asks where it stands
at() {
  stop_on_failures
  [ "$STEP" = nothing ] || DONE="$DONE${DONE:+, }$STEP"
  STEP=$1
}

say_where_it_stands() {
  say "stopped while at: $STEP${DONE:+; done before: $DONE}"
  say "lab $DUNE_LAB is between two versions; it is not taken down"
  printf '  hint: %s\n' "when the cause is mended: sh $0 apply goes on, the bundle of before goes back, down takes all away" >&2
}

run_new_setup() {
  grep -q "^$1$TAB" "$WORK/setup" || return 0
  say "setup.$1"
  printf '%s\n' "$1" >"$WORK/when"
  # The helper reads the table of its name.
  DUNE_SETUP_RUN=$WAS/setup
  export DUNE_SETUP_RUN
  DUNE_TABLES=$WORK detached setup 1 "$WORK/when"
}
