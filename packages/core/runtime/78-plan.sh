# 78-plan: `check` and `up --dry-run`: what `up` would find, and what it would run. Both leave nothing.

command_check() {
  [ $# -eq 0 ] || stop 1 "check takes no arguments"
  DEGRADE=no DEGRADED=no FORCE=no
  need_root
  need_tools
  clean_up_at_end
  refuse_second_up
  use_scratch_payload
  RUN=check
  PROBLEMS=$WORK/problems
  : >"$PROBLEMS"
  expand_files
  write_claims
  check_conflicts
  check_cores
  check_environment
  report_problems
  say "nothing stands in the way of 'up'"
}

dry_run() {
  clean_up_at_end
  use_scratch_payload
  RUN=RUN
  find_underlay
  expand_all
  expand_files
  expand_tunnels
  print_plan
}

print_plan() {
  awk -F "$TAB" '$1 == "pre" { print "setup.pre: " $3 }' "$TABLES/setup"
  awk -F "$TAB" '$1 == "-" { print "server sysctl: " $4 " = " $5 }' "$TABLES/sysctls"
  sed 's/^/ip /' "$WORK/netns"
  print_per_namespace sysctl1 'write to /proc/sys: '
  sed 's/^/ip /' "$WORK/links" "$WORK/tunnels"
  print_per_namespace sysctl2 'write to /proc/sys: '
  print_per_namespace tc 'tc '
  print_per_namespace ip 'ip '
  print_per_namespace route4 'ip -4 '
  print_per_namespace route6 'ip -6 '
  awk -F "$TAB" '$1 == "post" { print "setup.post: " $3 }' "$TABLES/setup"
  awk -F "$TAB" '{ print "file " $1 ", mode " $2 }' "$WORK/files"
  awk -F "$TAB" '{ print "exec in " $1 ", within " $3 " s: " $4 }' "$TABLES/exec"
  awk -F "$TAB" '{ print "process " $1 "/" $2 " on cores " $3 ": " $5 }' "$TABLES/processes"
  awk -F "$TAB" '{ print $3 " of " $1 "/" $2 ": " $5 }' "$TABLES/hooks"
}

print_per_namespace() {
  while IFS= read -r netns; do
    [ ! -f "$WORK/$1/$netns" ] || sed "s|^|in $netns: $2|" "$WORK/$1/$netns"
  done <"$WORK/namespaces"
}
