# 80-facts: what `collect` writes down of the server, a line each, so that a result can be judged later.

print_facts() {
  fact "lab" "$DUNE_LAB"
  fact "phynode" "$DUNE_PHYNODE"
  fact "collected" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  fact "boot id" "$BOOT"
  fact "kernel" "$(uname -srvm)"
  fact "kernel command line" "$(first_line /proc/cmdline)"
  fact "distribution" "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | tr -d \")"
  fact "iproute2" "$(ip -V 2>&1)"
  print_processor_facts
  fact "memory" "$(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
  fact "clock source" "$(first_line /sys/devices/system/clocksource/clocksource0/current_clocksource)"
  print_sysctl_facts
}

fact() {
  printf '%s: %s\n' "$1" "${2:-unknown}"
}

first_line() {
  head -n 1 "$1" 2>/dev/null || :
}

print_processor_facts() {
  cpu=/sys/devices/system/cpu
  fact "processor" "$(sed -n 's/^\(model name\|Model\|cpu\|uarch\)[[:space:]]*: //p' /proc/cpuinfo | head -n 1)"
  fact "cores" "$(first_line "$cpu/online")"
  for numa in /sys/devices/system/node/node[0-9]*; do
    [ ! -d "$numa" ] || fact "NUMA node ${numa##*/node}" "$(first_line "$numa/cpulist")"
  done
  fact "SMT" "$(first_line "$cpu/smt/control")"
  fact "frequency governor" "$(cat "$cpu"/cpu[0-9]*/cpufreq/scaling_governor 2>/dev/null | sort -u | tr '\n' ' ')"
  isolated=$(first_line "$cpu/isolated")
  fact "isolated cores" "${isolated:-none}"
}

# those that the lab sets on the server itself: as it is, and as it is wanted
print_sysctl_facts() {
  while IFS=$TAB read -r netns _ _ path value; do
    [ "$netns" = - ] || continue
    decode "$value"
    fact "sysctl $path" "$(cat "/proc/sys/$path" 2>/dev/null || :) (the lab's: $text)"
  done <"$TABLES/sysctls"
}
