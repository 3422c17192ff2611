# 26-journal: what a run claims is written down before it is made, so that `down` knows it after any crash. One record a
# line: fields separated by TAB, the last is a dot (a line that was cut off by a crash counts for nothing).
#   format 3 / boot ID / run UUID / phynode NAME / degraded yes|no   which run this is
#   netns NAME / tunnels NETNS / dir PATH / file PATH TEMPORARY / sysctl PATH / cgroup PATH   claims: may have been made
#   unmade NAME / inode NAME NUMBER   a namespace that was not made, or how to know that it is still the same; of a name the
#     last one counts, and NUMBER `-` says that `apply` is about to make it anew
#   made PATH / restored PATH   a file of the lab's stands in its place / no longer does; the last of them counts
#   saved PATH NUMBER   of a file that was there before: its copy is backup/NUMBER
#   old PATH VALUE   a sysctl's value before
#   up   all is made    processes starting|running|stopping|stopped   the last of them counts
#   applying FOLDER   `apply` is on the way to another version (the last one counts: `was.1` or `was.2`); at its end the
#     journal is written anew without it; touched   nothing but setup commands was run before
# Format 2 had no `applying`, and its specs do not say what processes use: `apply` refuses it, all else reads it.

# record FIELD…: one write, so that no crash leaves half a record for the next one to continue
record() {
  line=$1
  shift
  for field in "$@"; do line=$line$TAB$field; done
  printf '%s\t.\n' "$line" >>"$JOURNAL"
}

# records KIND: the fields of the records of that kind
records() {
  awk -F "$TAB" -v kind="$1" '$1 == kind && $NF == "." {
    line = $2
    for (i = 3; i < NF; i++) line = line "\t" $i
    print line
  }' "$JOURNAL"
}

# sets what one run is known by; fails where the lab has no journal (`read` would ask the kernel for each byte of it)
read_journal() {
  refuse_lost_state
  [ -f "$JOURNAL" ] || return 1
  read -r J_FORMAT J_BOOT J_RUN J_PHYNODE J_DEGRADED J_PROCESSES J_CGROUP J_UP J_TOUCHED J_APPLYING <<FACTS
$(awk -F "$TAB" '
    function last(kind) { return kind in value ? value[kind] : "-" }
    BEGIN { value["processes"] = "stopped" }
    $NF == "." { value[$1] = $2 }
    END {
      print last("format"), last("boot"), last("run"), last("phynode"), last("degraded"), last("processes"), \
        last("cgroup"), ("up" in value ? "yes" : "no"), ("touched" in value ? "yes" : "no"), last("applying")
    }' "$JOURNAL")
FACTS
  [ "$J_APPLYING" = - ] || WAS=$STATE/$J_APPLYING
  case :$J_FORMAT:$J_BOOT:$J_RUN:$J_PHYNODE: in
    *:-:*) stop 2 "the journal $JOURNAL is damaged: it does not say whose it is" \
      "put it back from a copy; without it nobody knows what 'up' has made here" ;;
  esac
  case $J_FORMAT in
    2 | 3) ;;
    *) stop 2 "the journal $JOURNAL has format '$J_FORMAT', this runtime knows 2 and 3" \
      "another version of dune brought the lab up; use the bundle that did it" ;;
  esac
}

# a lab that is up as another phynode is not this bundle's to touch
refuse_other_phynode() {
  [ "$J_PHYNODE" = "$DUNE_PHYNODE" ] || stop 2 "this server carries phynode $J_PHYNODE of lab $DUNE_LAB" \
    "use the bundle of $J_PHYNODE"
}

# sets `run_is` to up, not-up, interrupted (or still under way), between (two versions: an `apply` is at work or was
# interrupted) or rebooted
find_run() {
  if ! read_journal; then
    run_is=not-up
  elif [ "$J_BOOT" != "$BOOT" ]; then
    run_is=rebooted
  elif [ "$J_UP" = no ]; then
    run_is=interrupted
  elif [ "$J_APPLYING" != - ]; then
    run_is=between
  else
    run_is=up
  fi
}

# the tables of the version that is up, or that `apply` was on the way to
use_tables() {
  TABLES=$STATE/payload
  [ "$run_is" != between ] || TABLES=$WAS/to
}

# ends with what there is to say of a lab that no `up` has made whole
stop_half_up() {
  if is_cut_off; then
    stop 2 "the journal $JOURNAL is damaged: its end is cut off" \
      "put it back from a copy; or take down what it still tells of, and look for the rest: sh $0 down"
  fi
  stop "$1" "lab $DUNE_LAB is half up: 'up' is at work or was interrupted" "wait, or take it down: sh $0 down"
}

# Records are written whole, but for a full disk or a loss of power.
is_cut_off() {
  [ -s "$JOURNAL" ] && [ -n "$(tail -n 1 "$JOURNAL" | awk -F "$TAB" 'NF && $NF != "."')" ]
}

need_up() {
  find_run
  [ "$run_is" != not-up ] || stop 1 "lab $DUNE_LAB is not up"
  refuse_other_phynode
  case $run_is in
    interrupted) stop_half_up 1 ;;
    rebooted) stop 1 "lab $DUNE_LAB is not up: the server was restarted" "run 'down', then 'up'" ;;
  esac
}
