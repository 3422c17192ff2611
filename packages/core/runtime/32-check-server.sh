# 32-check-server: the tools, the platform and the kernel that a bundle needs.

# sets `missing` to the tools that are not there, each with the package of Debian's that has it: tool:package
find_missing_tools() {
  missing=''
  for pair in ip:iproute2 tc:iproute2 nsenter:util-linux unshare:util-linux flock:util-linux setsid:util-linux \
    taskset:util-linux mount:mount umount:mount tar:tar gzip:gzip awk:mawk xargs:findutils sed:sed grep:grep \
    sha256sum:coreutils timeout:coreutils stat:coreutils mkfifo:coreutils mktemp:coreutils readlink:coreutils \
    od:coreutils chown:coreutils sort:coreutils; do
    command -v "${pair%:*}" >/dev/null || missing="$missing $pair"
  done
}

# without them nothing else can be looked at
need_tools() {
  find_missing_tools
  names=''
  for pair in $missing; do names="$names, ${pair%:*} (in Debian's package ${pair#*:})"; done
  [ -z "$missing" ] || stop 2 "these tools are missing: ${names#, }" "install them"
  is_iproute2 || stop 2 "'ip' is not iproute2's" "install iproute2"
}

is_iproute2() {
  case $(ip -V 2>&1) in
    *iproute2*) ;;
    *) return 1 ;;
  esac
}

check_tools() {
  find_missing_tools
  for pair in $missing; do
    problem tools "${pair%:*} is missing" "apt-get install ${pair#*:}"
  done
  case "$missing " in
    *" ip:"*) ;;
    *) is_iproute2 || problem tools "'ip' is not iproute2's" "apt-get install iproute2" ;;
  esac
  fine tools "all there, iproute2 too"
}

# The platform that the bundle was built for. Its C library is not looked at: programs may be linked statically.
check_platform() {
  platform=$(awk -F "$TAB" '$1 == "platform" { print $2 }' "$TABLES/lab")
  machine=$(uname -m)
  case $machine in
    x86_64) here=linux/amd64 ;;
    aarch64) here=linux/arm64 ;;
    *) here=linux/$machine ;;
  esac
  case $platform in
    "" | - | "$here" | "$here"/*) ;;
    *)
      text="set the phynode's platform to \"$here\" and build again, or use the server that it is for"
      [ "$here" != "linux/$machine" ] || [ "$machine" = riscv64 ] || text="use a server that is $platform"
      problem platform "this bundle is for $platform, this server is $here ($machine)" "$text"
      ;;
  esac
  fine platform "$here"
}

# The kernel's features that the tables need, tried in scratch namespaces.
check_kernel() {
  set --
  [ ! -s "$TABLES/veths" ] || set -- "$@" veth
  [ ! -s "$TABLES/bridges" ] || set -- "$@" bridge
  [ ! -s "$TABLES/tunnels" ] || set -- "$@" vxlan
  [ -z "$(awk -F "$TAB" '$3 != "-" { print 1; exit }' "$TABLES/qdiscs")" ] || set -- "$@" tbf
  [ -z "$(awk -F "$TAB" '$5 != "-" { print 1; exit }' "$TABLES/qdiscs")" ] || set -- "$@" netem
  unshare -m true 2>"$WORK/lacking" ||
    problem kernel "a scratch mount namespace cannot be made: $(head -n 1 "$WORK/lacking")"
  unshare -n sh "$RUNTIME" --helper probe_kernel "$@" >"$WORK/lacking" 2>&1 ||
    problem kernel "a scratch network namespace cannot be made: $(head -n 1 "$WORK/lacking")"
  while IFS=$TAB read -r feature said; do lacks_feature "$feature" "$said"; done <"$WORK/lacking"
  text=namespaces
  for feature in "$@"; do text="$text, $feature"; done
  fine kernel "$(uname -r): $text"
}

lacks_feature() {
  if [ "$1" != netem ]; then
    problem kernel "the kernel has no $1: $2"
  elif [ "$DEGRADE" = yes ]; then
    DEGRADED=yes
  else
    problem kernel "the kernel has no netem, which gives delay, jitter and loss to $(without_netem)" \
      "try modprobe sch_netem (Debian: in linux-image-*, Ubuntu: linux-modules-extra-$(uname -r)), or go on \
without by: up --degrade"
  fi
}

# the interfaces that need netem, as node:interface
without_netem() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { node[$2] = $1; next }
    $5 != "-" { printf "%s%s:%s", comma, node[$1], $2; comma = ", " }' "$TABLES/nodes" "$TABLES/qdiscs"
}
