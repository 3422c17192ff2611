#!/bin/sh
# What is on a server, or on this machine, as lines of kind, TAB, name: for a comparison of before and after. A third
# field, `view`, marks what this machine may have, too.
#   snapshot.sh server|machine
LC_ALL=C PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH

[ ! -d /run/netns ] || find /run/netns -mindepth 1 -maxdepth 1 | sed 's|^/run/netns/|network namespace\t|'
ip -o link show | sed 's/^[0-9]*: \([^:@]*\)[:@].*/link\t\1/'
cut -d ' ' -f 2 /proc/self/mounts | sed 's/^/mount\t/'
[ "$1" = server ] || exit 0

# What was entered from outside has no parent here: this script, and shells of the user's.
for process in /proc/[0-9]*; do
  pid=${process#/proc/}
  { read -r status <"$process/stat"; } 2>/dev/null || continue
  rest=${status##*) }
  parent=${rest#* }
  parent=${parent%% *}
  case $parent:${rest%% *} in
    0:* | "$$":* | *:Z) continue ;;
  esac
  read -r command <"$process/comm" 2>/dev/null || continue
  [ "$parent:$command" = 1:sleep ] && tr '\0' ' ' <"$process/cmdline" | grep -qx 'sleep 86400 ' && continue
  printf 'process\t%s %s\n' "$pid" "$command"
done
# A folder in the upper half may be this machine's: a change below it puts it there. Only this machine can tell.
(cd /.rehearsal/upper && find . -mindepth 1 -type d | sed 's/^\.\(.*\)/folder\t\1\tview/')
{
  (cd /.rehearsal/upper && find . -mindepth 1 ! -type d | sed 's/^\.//')
  find /run /tmp /dev/shm /var/lib/dune -mindepth 1 -path /run/netns/\* -prune -o -print 2>/dev/null
} | sed 's/^/file\t/'
