# 36-check-cores: the cores that processes are pinned to: present, and, for `check` alone, free of other work.

# what the awk programs below read a list of cores with: expand("0-3,8", into)
CORE_LISTS='
  function expand(list, into,    parts, ends, i, core) {
    for (i = split(list, parts, ","); i; i--) {
      if (parts[i] !~ /^[0-9]/) continue
      if (split(parts[i], ends, "-") < 2) ends[2] = ends[1]
      for (core = ends[1] + 0; core <= ends[2] + 0; core++) into[core] = 1
    }
  }
  function first_line(file,    line) { if ((getline line <file) <= 0) line = ""; close(file); return line }'

check_cores() {
  cut -f 1-3 "$TABLES/processes" | awk -F "$TAB" "$CORE_LISTS"'
    BEGIN { expand(first_line("/sys/devices/system/cpu/online"), online) }
    $3 != "-" {
      for (i = split($3, parts, ","); i; i--)
        if (!(parts[i] in online))
          print "problem\tcores\tcore " parts[i] " (process " $1 "/" $2 ") is not online on this server\t" \
            "correct the cores of the phynode, and build again"
    }' >>"$CHECKS"
  fine cores "those that processes are pinned to are online, and no other lab has them"
}

# Hints, for processes that are pinned: what else runs on their cores, and how fast these are.
check_isolation() {
  pinned=$(cut -f 3 "$TABLES/processes" | awk "$CORE_LISTS"'
    { expand($0, pinned); for (core in pinned) if (core + 0 > last) last = core + 0 }
    END { for (core = 0; core <= last; core++) if (core in pinned) { printf "%s%d", comma, core; comma = "," } }')
  if [ -z "$pinned" ]; then
    fine isolation "no process is pinned to a core"
    return 0
  fi
  awk -v pinned="$pinned" "$CORE_LISTS$CORE_READER"'
    function warn(cores, text, fix) { if (cores != "") print "warning\tisolation\t" text ": " cores "\t" fix }
    BEGIN {
      read_cores()
      threads = "echo off >" cpu "smt/control (until the next boot), or give the phynode one core of each pair"
      warn(shared, "the kernel runs other work, too, on these cores of pinned processes", \
        "boot with isolcpus=" pinned " on the kernel command line")
      warn(twins, "these pinned cores are two threads of one physical core", threads)
      warn(beside, "these pinned cores share their physical core with one that others use", threads)
      warn(slow, "the frequency governor of these cores of pinned processes is not performance", \
        "for c in" slowed "; do echo performance >" cpu "cpu$c/cpufreq/scaling_governor; done")
    }' >>"$CHECKS"
  fine isolation "nothing else runs on the cores of pinned processes: $pinned"
}

# read_cores(): of the cores in `pinned` those that are `shared` with other work, `twins` of one another, `beside` a
# busy sibling, `slow`
CORE_READER='
  function add(list, word) { return list (list == "" ? "" : ", ") word }
  function read_cores(    cores, count, i) {
    cpu = "/sys/devices/system/cpu/"
    expand(first_line(cpu "isolated"), isolated)
    expand(first_line(cpu "online"), online)
    expand(pinned, mine)
    count = split(pinned, cores, ",")
    for (i = 1; i <= count; i++) read_core(cores[i] + 0)
  }
  function read_core(core,    siblings, other, governor) {
    if (!(core in isolated)) shared = add(shared, core)
    expand(first_line(cpu "cpu" core "/topology/thread_siblings_list"), siblings)
    for (other in siblings) {
      if (other == core || !(other in online)) continue
      if (other in mine) { if (other + 0 > core) twins = add(twins, core " and " other) }
      else if (!(other in isolated)) beside = add(beside, core " (with " other ")")
    }
    governor = first_line(cpu "cpu" core "/cpufreq/scaling_governor")
    if (governor == "" || governor == "performance") return
    slow = add(slow, core " (" governor ")")
    slowed = slowed " " core
  }'
