# 30-check: all that would keep `up` from working, found before anything is touched and listed at once.

problem() {
  printf '%s\n' "$1" >>"$PROBLEMS"
}

# report_problems: ends with 2 if there are any
report_problems() {
  [ -s "$PROBLEMS" ] || return 0
  count "$(lines "$PROBLEMS")" problem
  say "$text:"
  sed 's/^/  /' "$PROBLEMS" >&2
  exit 2
}

need_tools() {
  missing=
  for tool in ip tc nsenter unshare flock setsid taskset tar gzip sha256sum awk xargs timeout stat mount umount mkfifo; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
  done
  [ -z "$missing" ] || stop 2 "these tools are missing:$missing" "install iproute2, util-linux, coreutils and the rest from your distribution"
  case $(ip -V 2>&1) in
    *iproute2*) ;;
    *) stop 2 "'ip' is not iproute2's" "install iproute2" ;;
  esac
}

# What others have: names of namespaces, files, and what other labs claim.
check_conflicts() {
  : >"$WORK/forced"
  while IFS=$TAB read -r node netns _; do
    [ ! -e "/run/netns/$netns" ] || problem "network namespace $netns (node $node) exists already"
  done <"$TABLES/nodes"
  while IFS=$TAB read -r path _; do
    decode "$path"
    if [ -e "$text" ] || [ -L "$text" ]; then
      if [ "$FORCE" = yes ] && [ ! -d "$text" ]; then
        printf '%s\n' "$path" >>"$WORK/forced"
      else
        problem "file $path exists already"
      fi
    fi
  done <"$WORK/files"
  while IFS= read -r path; do
    decode "$path"
    if [ ! -d "$text" ] && { [ -e "$text" ] || [ -L "$text" ]; }; then problem "$path is no directory, but a file is to go into it"; fi
  done <"$WORK/dirs"
  check_folders
  for other in "$LABS"/*/journal; do
    if [ -f "$other" ] && [ "$other" != "$JOURNAL" ]; then check_other_lab "${other%/journal}"; fi
  done
}

check_folders() {
  unsafe_folders "$WORK/dirs" >"$WORK/unsafe"
  say_unsafe >>"$PROBLEMS"
}

# Files stay claimed over a restart of the server, the rest does not.
check_other_lab() {
  same_boot=no
  ! grep -qF "boot$TAB$BOOT$TAB" "$1/journal" || same_boot=yes
  awk -F "$TAB" -v same="$same_boot" -v lab="${1##*/}" '
    FILENAME == ARGV[1] && ($1 == "file" || same == "yes") { mine[$1 "\t" $2] = 1 }
    FILENAME == ARGV[2] && ($1 == "netns" || $1 == "sysctl" || $1 == "file") && (($1 "\t" $2) in mine) {
      what["netns"] = "network namespace"; what["file"] = "file"; what["sysctl"] = "sysctl"
      print what[$1] " " $2 " belongs to lab " lab
    }' "$WORK/claims" "$1/journal" >>"$PROBLEMS"
  if [ "$same_boot" = yes ] && [ -f "$1/payload/tunnels" ]; then
    awk -F "$TAB" -v lab="${1##*/}" -v port="$VXLAN_PORT" '
      FILENAME == ARGV[1] { if ($1 == "vxlan_port") other = $2; next }
      FILENAME == ARGV[2] { theirs[$6] = 1; next }
      other == port && $6 in theirs { print "VXLAN number " $6 " (link " $9 ") belongs to lab " lab }' \
      "$1/payload/lab" "$1/payload/tunnels" "$TABLES/tunnels" >>"$PROBLEMS"
  fi
  if [ "$same_boot" = yes ] && [ -f "$1/payload/processes" ]; then
    shared=$(awk -F "$TAB" '
      function each(list, into,    parts, i) { for (i = split(list, parts, ","); i; i--) if (parts[i] != "-") into[parts[i]] = 1 }
      FILENAME == ARGV[1] { each($3, theirs); next }
      { each($3, mine) }
      END { for (core in mine) if (core in theirs) printf " %s", core }' "$1/payload/processes" "$TABLES/processes")
    [ -z "$shared" ] || say "warning: lab ${1##*/} has processes on the same cores:$shared"
  fi
}

check_cores() {
  {
    cat /sys/devices/system/cpu/online
    cut -f 1-3 "$TABLES/processes"
  } | awk -F "$TAB" '
    NR == 1 {
      count = split($0, parts, ",")
      for (i = 1; i <= count; i++) {
        if (split(parts[i], ends, "-") < 2) ends[2] = ends[1]
        for (core = ends[1] + 0; core <= ends[2] + 0; core++) online[core] = 1
      }
      next
    }
    $3 != "-" {
      for (i = split($3, parts, ","); i; i--)
        if (!(parts[i] in online)) print "core " parts[i] " (process " $1 "/" $2 ") is not online on this server"
    }' >>"$PROBLEMS"
}

# The kernel's features that the tables need, tried in a scratch namespace.
check_kernel() {
  set --
  [ ! -s "$TABLES/veths" ] || set -- "$@" veth
  [ ! -s "$TABLES/bridges" ] || set -- "$@" bridge
  [ ! -s "$TABLES/tunnels" ] || set -- "$@" vxlan
  [ -z "$(awk -F "$TAB" '$3 != "-" { print 1; exit }' "$TABLES/qdiscs")" ] || set -- "$@" tbf
  [ -z "$(awk -F "$TAB" '$5 != "-" { print 1; exit }' "$TABLES/qdiscs")" ] || set -- "$@" netem
  [ $# -gt 0 ] || return 0
  unshare -n sh "$RUNTIME" --helper probe_kernel "$@" >"$WORK/lacking" 2>&1 ||
    problem "a scratch network namespace cannot be made: $(head -n 1 "$WORK/lacking")"
  while IFS=$TAB read -r feature said; do
    if [ "$feature" != netem ]; then
      problem "the kernel has no $feature: $said"
    elif [ "$DEGRADE" = yes ]; then
      DEGRADED=yes
    else
      problem "the kernel has no netem, which gives delay, jitter and loss to $(without_netem); try modprobe sch_netem (Debian: in linux-image-*, Ubuntu: linux-modules-extra-$(uname -r)), or go on without by: up --degrade"
    fi
  done <"$WORK/lacking"
}

# the interfaces that need netem, as node:interface
without_netem() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { node[$2] = $1; next }
    $5 != "-" { printf "%s%s:%s", comma, node[$1], $2; comma = ", " }' "$TABLES/nodes" "$TABLES/qdiscs"
}

# The underlay: the address stands on the device, the MTU has room for the tunnels, the port can be used.
check_underlay() {
  : >"$WORK/underlay"
  [ -s "$TABLES/tunnels" ] || return 0
  ip -o addr show 2>/dev/null | awk -v address="$ADDRESS" '{ split($4, parts, "/"); if (parts[1] == address) print $2 }' >"$WORK/devices"
  if [ ! -s "$WORK/devices" ]; then
    problem "the underlay address $ADDRESS stands on no interface of this server; these do: $(ip -o addr show scope global | awk '{ printf "%s%s on %s", comma, $4, $2; comma = ", " }')"
    return 0
  fi
  if [ "$INTERFACE" != - ] && ! grep -qxF "$INTERFACE" "$WORK/devices"; then
    problem "the underlay address $ADDRESS stands on $(head -n 1 "$WORK/devices"), not on $INTERFACE"
    return 0
  fi
  find_underlay
  while IFS=$TAB read -r remote device mtu wanted; do
    if [ "$device" = - ]; then
      problem "there is no route from $ADDRESS to $remote"
    elif [ "$mtu" -lt "$wanted" ]; then
      problem "the underlay $device has MTU $mtu, tunnels to $remote need $wanted"
    fi
  done <"$WORK/underlay"
  check_port
}

check_port() {
  device=$(cut -f 2 "$WORK/underlay" | grep -vx -- - | head -n 1) || return 0
  if ! unshare -n sh "$RUNTIME" --helper probe_port "$VXLAN_PORT" "$ADDRESS" "$device" "$$" >"$WORK/port" 2>&1; then
    problem "UDP port $VXLAN_PORT cannot be used for VXLAN: $(head -n 1 "$WORK/port"); is another VXLAN or overlay network on it?"
  fi
}

# work/underlay: remote, device, the device's MTU, the MTU that the largest tunnel there needs; `-` where there is no route
find_underlay() {
  awk -F "$TAB" '
    { need = $5 + ($8 ~ /:/ ? 70 : 50); if (need > most[$8]) most[$8] = need }
    END { for (remote in most) print remote "\t" most[remote] }' "$TABLES/tunnels" | sort >"$WORK/remotes"
  : >"$WORK/underlay"
  while IFS=$TAB read -r remote wanted; do
    device=$INTERFACE
    [ "$device" != - ] || device=$(ip -o route get "$remote" from "$ADDRESS" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    mtu=$(ip -o link show dev "${device:--}" 2>/dev/null | sed -n 's/.* mtu \([0-9]*\) .*/\1/p')
    printf '%s\t%s\t%s\t%s\n' "$remote" "${device:--}" "${mtu:-0}" "$wanted" >>"$WORK/underlay"
  done <"$WORK/remotes"
}
