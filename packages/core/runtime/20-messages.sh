# 20-messages: what the runtime says and how it ends: 0 done, 1 it could not be done or was used wrongly, 2 the
# environment is wrong. All but results goes to standard error.

say() {
  printf 'dune: %s: %s\n' "$DUNE_PHYNODE" "$1" >&2
}

# stop CODE TEXT [HINT]
stop() {
  say "$2"
  [ -z "${3-}" ] || printf '  hint: %s\n' "$3" >&2
  exit "$1"
}

# count NUMBER NOUN: sets `text` to "1 node" or "2 nodes"
count() {
  case $1:$2 in
    1:*) text="1 $2" ;;
    *:process) text="$1 processes" ;;
    *) text="$1 $2s" ;;
  esac
}

lines() {
  wc -l <"$1" | tr -d ' '
}

print_help() {
  cat <<HELP
lab $DUNE_LAB, phynode $DUNE_PHYNODE

usage: sh $0 COMMAND

  up [--dry-run] [--degrade]  bring the lab up on this server, or leave the server as it was
       --dry-run              only print what would be run; nothing is touched
       --degrade              where the kernel has no netem: go on without delay, jitter and loss
  down                        remove all that 'up' made; works after a crash too, and twice
  status [--json]             nodes, processes and links, as they are; a lab that runs with --degrade is as it
                              should be, its links are shown as 'not shaped'
  exec NODE -- CMD...         run a command in a node; ends with the command's own exit code
  check [--json]              say what would keep 'up' from working or spoil a run; nothing is touched
  manifest                    print what was compiled for this server
  extract DIR                 unpack the payload into DIR
  help                        print this

Logs are in $STATE/log, also after 'down'.
Exit codes: 0 done (status: all is as it should be), 1 it could not be done, something is off, or wrong usage,
2 the environment is wrong: not root, a tool is missing, a conflict, no netem, a damaged bundle.
HELP
}
