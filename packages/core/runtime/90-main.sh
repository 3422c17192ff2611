# 90-main: the command line. The last line ends the script, so that the shell never reads the payload behind it.

main() {
  command=${1-help}
  [ $# -eq 0 ] || shift
  case $command:" ${1-} " in
    exec:* | capture:*) ;; # what follows is the user's
    *:*" --help "*) command=help ;;
  esac
  case $command in
    up) command_up "$@" ;;
    start) command_start "$@" ;;
    stop) command_stop "$@" ;;
    down) command_down "$@" ;;
    apply) command_apply "$@" ;;
    status) command_status "$@" ;;
    exec) command_exec "$@" ;;
    shell) command_shell "$@" ;;
    logs) command_logs "$@" ;;
    capture) command_capture "$@" ;;
    collect) command_collect "$@" ;;
    check) command_check "$@" ;;
    manifest) command_manifest "$@" ;;
    extract) command_extract "$@" ;;
    help | --help | -h) print_help ;;
    *) stop 1 "there is no command '$command'" "sh $0 help" ;;
  esac
}

# for the commands that leave something behind unless it is removed
clean_up_at_end() {
  trap finish EXIT
  trap 'exit 1' INT TERM HUP PIPE
}

# the way out of every command, by whatever cause; undoes what there is to undo
finish() {
  status=$?
  trap - EXIT
  trap '' INT TERM HUP PIPE
  set +e
  [ "$UNDO" = no ] || blame_full_disk
  case $UNDO in
    all)
      say "undoing it all"
      if take_down; then
        said=undone
        [ ! -d "$STATE/log" ] || said="undone; the logs are in $STATE/log"
        say "$said"
      else
        say "something is left; run down again when it is clear why"
      fi
      ;;
    processes)
      say "stopping the processes again"
      read_journal
      stop_again
      ;;
    apply) say_where_it_stands ;;
    plan) rm -rf "${STATE:?}/next" ;;
    state)
      remove_state_but_logs
      remove_locks
      ;;
  esac
  [ -z "$SCRATCH" ] || rm -rf "$SCRATCH"
  [ -z "$PART" ] || rm -f "$PART"
  exit "$status"
}

# The shell reads all of this before it runs any of it: the bundle may be replaced while it is at work.
{
  main "$@"
  finish
}
