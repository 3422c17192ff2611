# 41-specs: from the tables to what the helpers of processes and exec commands read, below proc/. A spec says all that a process
# was started with.

# What the helpers of processes and exec commands read.
expand_processes() {
  make_process_folders
  spec_lines | write_specs
  write_private_lists
}

make_process_folders() {
  mkdir -p "$STATE/proc" "$STATE/log"
  (umask 022 && awk -F "$TAB" -v state="$STATE" '{ print state "/node/" $1 }' "$TABLES/nodes" | xargs -r mkdir -p)
  awk -F "$TAB" -v state="$STATE" '!seen[$1]++ { print state "/proc/" $1; print state "/log/" $1 }' \
    "$TABLES/processes" "$TABLES/exec" "$TABLES/private" | sort -u | xargs -r mkdir -p
}

# spec_lines: NODE, PROCESS, and a line of what that process is started with: its command, cores, netns, timeout, `env` NAME
# VALUE, hooks, `uses` PATH SHA256, and what is mounted for it: `private` and `mount`, a file of its own in /etc. For the
# exec commands of a node PROCESS is `.exec`, the lines are netns, `run` TIMEOUT COMMAND, and uses.
spec_lines() {
  [ -f "$TABLES/uses" ] || : >"$TABLES/uses"
  {
    awk -F "$TAB" '
      FILENAME == ARGV[1] { netns[$1] = $2; next }
      FILENAME == ARGV[2] { mounts[$1] = mounts[$1] "5\tprivate\t" $2 "\t" $3 "\t" $4 "\n"; next }
      FILENAME == ARGV[3] {
        if (index($1, "/etc/netns/") != 1) next
        split($1, each, "/")
        own[each[4]] = own[each[4]] "5\tmount\t" $1 "\t" $2 "\t" $4 "\t" $5 "\n"
        next
      }
      {
        line = $1 "\t" $2 "\t"
        print line "1\tnetns\t" netns[$1]
        print line "1\tcores\t" $3
        print line "1\ttimeout\t" $4
        print line "1\tcommand\t" $5
        count = split(mounts[$1] own[netns[$1]], each, "\n")
        for (i = 1; i < count; i++) print line each[i]
      }' "$TABLES/nodes" "$TABLES/private" "$TABLES/files" "$TABLES/processes"
    awk -F "$TAB" '{ print $1 "\t" $2 "\t2\tenv\t" $3 "\t" $4 }' "$TABLES/environment"
    awk -F "$TAB" '{ print $1 "\t" $2 "\t3" $4 "\t" $3 "\t" $5 }' "$TABLES/hooks"
    awk -F "$TAB" '{ print $1 "\t" $2 "\t4\tuses\t" $3 "\t" $4 }' "$TABLES/uses"
    awk -F "$TAB" '
      FILENAME == ARGV[1] { netns[$1] = $2; next }
      !seen[$1]++ { print $1 "\t.exec\t1\tnetns\t" netns[$1] }
      { print $1 "\t.exec\t3" $2 "\trun\t" $3 "\t" $4 }' "$TABLES/nodes" "$TABLES/exec"
  } | sort | cut -f 1,2,4-
}

# write_specs [ENDING]: of standard input, lines as spec_lines has them, proc/NODE/PROCESS.spec and proc/NODE/.exec
write_specs() {
  awk -F "$TAB" -v dir="$STATE/proc/" -v ending="${1-}" '{
    file = dir $1 "/" ($2 == ".exec" ? $2 : $2 ".spec") ending
    if (file != last) close(last)
    last = file
    print substr($0, length($1 $2) + 3) >file
  }'
}

# proc/NODE/.private: what is mounted for every command in that node
write_private_lists() {
  awk -F "$TAB" -v dir="$STATE/proc/" '{
    file = dir $1 "/.private"
    if (file != last) close(last)
    last = file
    print $2 >file
  }' "$TABLES/private"
}
