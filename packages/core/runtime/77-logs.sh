# 77-logs: `logs`: what the processes of a node and its exec commands have said, also after `down` and while `up` is at
# work. Each log has one older generation at most, PROCESS.log.1, which is printed before it.

command_logs() {
  read_logs_arguments "$@"
  need_root
  clean_up_at_end
  TABLES=$STATE/payload
  [ -f "$TABLES/processes" ] || use_scratch_payload
  use_cores own
  names=$(log_names "$wanted")
  [ -n "$names" ] || no_logs_of_node
  if [ -n "$process" ]; then
    printf '%s\n' "$names" | grep -qxF -e "$process" ||
      stop 1 "node $wanted has no process '$process'" "it has: $(printf '%s' "$names" | tr '\n' ' ')"
    names=$process
  fi
  [ -z "$SCRATCH" ] || rm -rf "$SCRATCH"
  # A name has no blank in it.
  # shellcheck disable=SC2086
  print_logs $names
}

# sets `wanted` to the node, `process` to one of it or nothing, `follow`
read_logs_arguments() {
  wanted='' process='' follow=no
  for argument in "$@"; do
    case $argument in
      -f) follow=yes ;;
      -*) stop 1 "logs knows no '$argument'" "sh $0 logs NODE [PROC] [-f]" ;;
      *)
        [ -z "$process" ] || stop 1 "logs wants one node and one process of it at most" "sh $0 logs NODE [PROC] [-f]"
        if [ -z "$wanted" ]; then wanted=$argument; else process=$argument; fi
        ;;
    esac
  done
  case $wanted in
    */* | .*) stop 1 "'$wanted' is no name of a node" ;;
  esac
  [ -n "$wanted" ] || stop 1 "logs wants a node" "sh $0 logs NODE [PROC] [-f]"
}

# log_names NODE: its processes by the tables, and those of an earlier version of the lab whose logs are still there
log_names() {
  {
    awk -F "$TAB" -v node="$1" '$1 == node { print "+exec"; exit }' "$TABLES/exec"
    awk -F "$TAB" -v node="$1" '$1 == node { print $2 }' "$TABLES/processes"
    for file in "$STATE/log/$1"/*.log "$STATE/log/$1"/*.log.1; do
      name=${file##*/}
      name=${name%.1}
      [ ! -f "$file" ] || printf '%s\n' "${name%.log}"
    done
  } | sort -u
}

no_logs_of_node() {
  if cut -f 1 "$TABLES/nodes" | grep -qxF -e "$wanted"; then
    [ -z "$process" ] || stop 1 "node $wanted has no process '$process'" "it has none, and no exec commands"
    say "node $wanted has no processes and no exec commands, so it has no logs"
    exit 0
  fi
  find_node "$wanted"
}

# print_logs NAME…: with `follow` this shell becomes `tail`, which goes on until it is interrupted
print_logs() {
  set_log_files "$@"
  for name in "$@"; do
    file=$STATE/log/$wanted/$name.log
    if [ ! -f "$file" ] && [ ! -f "$file.1" ]; then say "there is no log of $wanted/$name yet"; fi
  done
  set --
  for file in $log_files; do
    case $follow/$file in
      no/* | */*.log.1) print_log "$file" ;;
      *) set -- "$@" "$file" ;;
    esac
  done
  [ "$follow" = yes ] || return 0
  # `tail` puts no line above a single file.
  [ $# -gt 1 ] || print_title "$1"
  exec tail -n +1 -F "$@"
}

# sets `log_files` to those that are there; those that are followed may come later
set_log_files() {
  log_files=
  for name in "$@"; do
    file=$STATE/log/$wanted/$name.log
    [ ! -f "$file.1" ] || log_files="$log_files $file.1"
    if [ "$follow" = yes ] || [ -f "$file" ]; then log_files="$log_files $file"; fi
  done
}

print_log() {
  print_title "$1"
  cat "$1"
}

# a line above each where there is more than one, as `tail` has it
print_title() {
  case ${log_files# } in
    *' '*) printf '%s==> %s <==\n' "${between-}" "$1" ;;
  esac
  between='
'
}
