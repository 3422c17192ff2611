# 30-check: what would keep `up` from working, or spoil a run, found before anything is touched. Every check writes
# records: state (ok, warning, problem), area, text, fix, a TAB between them. `up` stops at the problems, all at once,
# and says the warnings; `check` shows them all, what is in order too.

NEWLINE='
'
SHOW_ALL=no

begin_checks() {
  CHECKS=$WORK/checks PROBLEM=problem
  : >"$CHECKS"
}

# note STATE AREA TEXT FIX
note() {
  case $3$4 in
    *"$TAB"* | *"$NEWLINE"*) set -- "$1" "$2" "$(one_line "$3")" "$(one_line "$4")" ;;
  esac
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$CHECKS"
}

one_line() {
  printf '%s' "$1" | tr '\t\n' '  '
}

# problem AREA TEXT [FIX], warning AREA TEXT [FIX]
problem() {
  note "$PROBLEM" "$1" "$2" "${3-}"
}

warning() {
  note warning "$1" "$2" "${3-}"
}

# fine AREA TEXT: for `check`, where nothing is wrong in that area
fine() {
  [ "$SHOW_ALL" = yes ] || return 0
  grep -q "^[pw][a-z]*$TAB$1$TAB" "$CHECKS" || note ok "$1" "$2" ""
}

# What the bundle wants of this server. What setup.pre may yet provide is in check_environment.
check_bundle() {
  check_platform
  check_places
  check_owners
  check_private
  [ ! -s "$WORK/files" ] || fine files "can be written where they are to go"
  check_conflicts
  check_cores
}

check_environment() {
  check_programs
  check_kernel
  check_underlay
  check_firewall
  check_limits
}

# report_problems: for `up`; says the warnings, and ends with 2 if there are problems.
report_problems() {
  [ -s "$CHECKS" ] || return 0
  awk -F "$TAB" -v phynode="$DUNE_PHYNODE" '
    $1 == "warning" { print "dune: " phynode ": warning: " $3; if ($4 != "") print "  hint: " $4 }' "$CHECKS" >&2
  grep "^problem$TAB" "$CHECKS" >"$WORK/problems" || return 0
  count "$(lines "$WORK/problems")" problem
  say "$text:"
  awk -F "$TAB" '{ print "  " $3; if ($4 != "") print "    hint: " $4 }' "$WORK/problems" >&2
  exit 2
}
