# 39-check-limits: limits of the kernel that a lab of this size would meet, and, for `check` alone, the clock.

# work/limits: sysctl, what is needed, what for, in words. What the lab itself sets counts as set.
check_limits() {
  {
    needs_of_neighbours
    needs_of_files
    needs_of_inotify
    needs_of_tasks
    needs_of_namespaces
  } >"$WORK/limits"
  awk -F "$TAB" '
    function first_line(file,    line) { if ((getline line <file) <= 0) line = ""; close(file); return line }
    FILENAME == ARGV[1] { if ($1 == "-") own[$4] = $5; next }
    {
      path = $1
      gsub(/\./, "/", path)
      limit = (path in own) ? own[path] : first_line("/proc/sys/" path)
      if (limit != "" && $2 + 0 > limit + 0) {
        enough = int(($2 + 1023) / 1024) * 1024
        print "warning\tlimits\t" $1 " is " limit ", " $2 " are needed" $3 "\tsysctl -w " $1 "=" enough
      }
    }' "$TABLES/sysctls" "$WORK/limits" >>"$CHECKS"
  fine limits "neighbours, open files, inotify, processes, namespaces: enough for this lab"
}

# The kernel counts the neighbours of all namespaces together, against the limits of the first. An end of a veth or
# tunnel talks to the one other end; an end whose peer is a port of a bridge to those of all other ports. With an IPv6
# address it does so by its link-local address too.
needs_of_neighbours() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { if ($3 != "-") { master[$1, $2] = $1 FS $3; ports[$1 FS $3]++ } next }
    FILENAME == ARGV[2] { if ($3 ~ /:/) ipv6[$1, $2] = 1; next }
    function end(netns, name, peer_netns, peer_name,    others) {
      if ((netns, name) in master) return
      others = (peer_netns, peer_name) in master ? ports[master[peer_netns, peer_name]] - 1 : 1
      four += others
      six += others * ((netns, name) in ipv6 ? 2 : 1)
    }
    FILENAME == ARGV[3] { end($1, $2, $5, $6); end($5, $6, $1, $2); next }
    { end($1, $2, "", "") }
    END {
      print "net.ipv4.neigh.default.gc_thresh3\t" four + 0 "\t for the neighbours of all nodes together"
      print "net.ipv6.neigh.default.gc_thresh3\t" six + 0 "\t for the neighbours of all nodes together"
    }' "$TABLES/interfaces" "$TABLES/addresses" "$TABLES/veths" "$TABLES/tunnels"
}

# Besides what is open on the server now, a process is given 32 files: its own libraries' and sockets', and those of the
# shell that watches it.
needs_of_files() {
  open=$(cut -f 1 /proc/sys/fs/file-nr)
  printf 'fs.file-max\t%s\t open files\n' $((open + 32 * $(lines "$TABLES/processes") + 1024))
}

# root's processes share this limit; many daemons take one instance each
needs_of_inotify() {
  printf 'fs.inotify.max_user_instances\t%s\t if each process watches files\n' "$(lines "$TABLES/processes")"
}

# Besides what runs on the server now: for each process the shell that watches it, the shell that it is in, and four
# threads; and what the runtime runs at a time.
needs_of_tasks() {
  IFS=' /' read -r _ _ _ _ running _ </proc/loadavg
  tasks=$((running + 6 * $(lines "$TABLES/processes") + 256))
  printf 'kernel.pid_max\t%s\t for processes and threads\n' "$tasks"
  printf 'kernel.threads-max\t%s\t for processes and threads\n' "$tasks"
}

# A network namespace for each node, a mount namespace for each process and for what the runtime runs at a time.
needs_of_namespaces() {
  set -- /run/netns/*
  printf 'user.max_net_namespaces\t%s\t network namespaces\n' $(($# + $(lines "$TABLES/nodes") + 16))
  printf 'user.max_mnt_namespaces\t%s\t mount namespaces\n' $(($(lines "$TABLES/processes") + 256))
}

check_clock() {
  case $(clock_state) in
    yes) fine clock "synchronised, clock source $(clock_source)" ;;
    no)
      warning clock "the clock is not synchronised; events and one-way delays over several servers need that" \
        "apt-get install chrony, or: timedatectl set-ntp true"
      ;;
    *) fine clock "clock source $(clock_source); whether it is synchronised cannot be told" ;;
  esac
  case $(clock_source) in
    hpet | acpi_pm | pit | jiffies | refined-jiffies)
      warning clock "the clock source $(clock_source) is slow to read and coarse" "$(better_clock)"
      ;;
  esac
}

clock_source() {
  cat /sys/devices/system/clocksource/clocksource0/current_clocksource 2>/dev/null || echo unknown
}

better_clock() {
  clocks=/sys/devices/system/clocksource/clocksource0
  for clock in tsc kvm-clock arch_sys_counter; do
    if grep -qw -e "$clock" "$clocks/available_clocksource"; then
      echo "echo $clock >$clocks/current_clocksource"
      return 0
    fi
  done
  echo "see why the kernel rejects the processor's own clock: dmesg | grep -i clocksource"
}

# yes, no, or nothing where no tool can tell
clock_state() {
  case $(timeout 5 timedatectl show -p NTPSynchronized 2>/dev/null) in
    *=yes) echo yes && return 0 ;;
    *=no) echo no && return 0 ;;
  esac
  case $(timeout 5 chronyc -n tracking 2>/dev/null) in
    *"Not synchronised"*) echo no && return 0 ;;
    *"Leap status"*) echo yes && return 0 ;;
  esac
  # Debian's or busybox's; the return value of the system call is 5 where the clock is not synchronised
  said=$(adjtimex --print 2>/dev/null || adjtimex 2>/dev/null || busybox adjtimex 2>/dev/null) || return 0
  case $said in
    *"return value"*5*) echo no ;;
    *"return value"*) echo yes ;;
  esac
}
