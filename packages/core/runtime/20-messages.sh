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

# seconds_of HUNDREDTHS: prints them as seconds
seconds_of() {
  hundredths=$(($1 % 100))
  [ "$hundredths" -gt 9 ] || hundredths=0$hundredths
  printf '%s\n' "$(($1 / 100)).$hundredths"
}

lines() {
  wc -l <"$1" | tr -d ' '
}

# lines_in LIST, lines_not_in LIST: those of standard input; for busybox's grep an empty list of patterns matches all
lines_in() {
  awk 'FILENAME == ARGV[1] { listed[$0] = 1; next } $0 in listed' "$1" -
}

lines_not_in() {
  awk 'FILENAME == ARGV[1] { listed[$0] = 1; next } !($0 in listed)' "$1" -
}

print_help() {
  cat <<HELP
lab $DUNE_LAB, phynode $DUNE_PHYNODE

usage: sh $0 COMMAND

  up                          bring the lab up on this server, or leave the server as it was
       --dry-run              only print what would be run; nothing is touched
       --degrade              where the kernel has no netem: go on without delay, jitter and loss
       --no-start             the network alone; the processes come with 'start'
       --force                replace files that exist already; 'down' puts them back
       --state-dir DIR        keep journal, programs and logs below DIR, not below $LABS
  start, stop                 the processes alone, in a lab that is up
  down [--purge]              remove all that 'up' made, results in the nodes' own folders too: 'collect' them first;
                              works after a crash, and twice
       --purge                the logs as well
  apply                       change the lab that is up to this version, touching only what differs; the same version
                              repairs what somebody has changed by hand
       --dry-run, --degrade, --force   as for 'up'
  status [--json]             nodes, processes and links as they are, and what differs from what is wanted
  exec NODE -- CMD...         run a command in a node; ends with the command's own exit code
  shell NODE                  an interactive shell in a node; ends with the shell's own exit code
  logs NODE [PROC] [-f]       what the processes of a node and its exec commands (+exec) have said; -f follows
  capture NODE:IF [ARGS...]   what passes an interface, by tcpdump with these arguments, as pcap on standard output
  collect [FILE]              one tar.gz with logs, results, manifest, status and facts of this server; '-' is standard
                              output. Of the results only regular files: links are not followed
  check [--json]              say what would keep 'up' from working or spoil a run; nothing is touched
  manifest                    print what was compiled for this server
  extract DIR                 unpack the payload into DIR
  help                        print this

Logs are in $STATE/log, also after 'down'; of each the last 32 MiB.
Exit codes: 0 done (status: all is as it should be), 1 it could not be done, something is off, or wrong usage,
2 the environment is wrong: not root, a tool is missing, a conflict, no netem, a damaged bundle.
HELP
}
