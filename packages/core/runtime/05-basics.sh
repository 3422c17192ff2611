# 05-basics: what the runtime and its helpers share: the texts of the tables, the time, waiting.

# Where the lab's commands look for programs, behind the lab's own. The shell that runs them is always /bin/sh: a program of
# the lab's may have any name.
SYSTEM_PATH=/usr/sbin:/usr/bin:/sbin:/bin

# sets `text` to what a *text* field of a table stands for; forks only where something is escaped
decode() {
  case $1 in
    -) text='' ;;
    *\\*)
      text=$(printf '%b.' "$1")
      text=${text%.}
      ;;
    *) text=$1 ;;
  esac
}

# the reverse of decode, for one text on standard input
encode() {
  awk '{
    gsub(/\\/, "\\\\"); gsub(/\t/, "\\t"); gsub(/\r/, "\\r")
    printf "%s%s", (NR > 1 ? "\\n" : ""), $0
  }'
}

# sets `now` to the hundredths of a second since the machine started
read_clock() {
  read -r now _ </proc/uptime
  now=${now%.*}${now#*.}
}

# matches_run FILE…: those of /proc/PID/environ in which DUNE_RUN is $1
pids_of_run() {
  printf '%s\n' /proc/[0-9]*/environ | xargs grep -lszE "^DUNE_RUN=$1\$" | sed 's|^/proc/||; s|/environ$||' || :
}

# commands_of_run RUN [CGROUP]: the pids of the user's own commands in that run, with what each belongs to:
# PID TAB lab/node/process. A process is known by its environment or by its cgroup. (A newline in a value could make up the
# record of another process.)
commands_of_run() {
  {
    printf '%s\n' /proc/[0-9]*/environ | xargs grep -HszE '^DUNE_(RUN|PROC)=' | tr '\0\n' '\n '
    [ ! -d "${2:--}" ] || printf '%s\n' "$2"/*/cgroup.procs | xargs grep -Hs . || :
  } |
    awk -v run="$1" -v cgroup="${2:--}/" -v lab="$DUNE_LAB" '
      index($0, cgroup) == 1 {
        at = length(cgroup) + 1
        split(substr($0, at), path, "/")
        pid = substr($0, at + length(path[1]) + length("/cgroup.procs:"))
        sub(":", "/", path[1])
        if (pid > 0) { belongs[pid] = 1; process[pid] = lab "/" path[1] } # 0: a pid that is not visible here
        next
      }
      {
        split($0, path, "/"); pid = path[3]
        if (index($0, "/environ:DUNE_RUN=" run)) belongs[pid] = 1
        else if ((at = index($0, "/environ:DUNE_PROC=")) && !(pid in process)) process[pid] = substr($0, at + 19)
      }
      END { for (pid in belongs) if (pid in process) print pid "\t" process[pid] }' | sort -n || :
}

# same_content FILE OTHER: not every server has `cmp`
same_content() {
  [ -f "$1" ] && [ -f "$2" ] && [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]
}
