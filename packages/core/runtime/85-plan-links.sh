# 85-plan-links: which links stay, which are made, deleted or made anew. A link is known by its ends, in either order.

# work/link-changes; work/made-ends: NETNS INTERFACE of the interfaces that are made; work/mtu-ends: of those that get another MTU;
# work/tunnel-mtus: NETNS INTERFACE MTU; work/touched; delta/veths, delta/tunnels; lines of unmake and change
plan_links() {
  for list in link-changes made-ends mtu-ends tunnel-mtus touched unmake.lines change.lines delta/veths delta/tunnels; do
    : >"$WORK/$list"
  done
  awk -F "$TAB" -v work="$WORK/" '
    function veth(    a, b) {
      a = $1 FS $2 FS $3 FS $4
      b = $5 FS $6 FS $7 FS $8
      key = "veth" FS (a < b ? a FS b : b FS a)
      mtu = $9; id = $10; remote = "-"; table = "veths"
      return count = split($1 FS $2 FS $5 FS $6, ends, FS)
    }
    function tunnel() {
      key = "tunnel" FS $1 FS $2 FS $3 FS $4 FS $6 FS $7 FS $8 FS $10 FS $11
      mtu = $5; id = $9; remote = $8; table = "tunnels"
      return count = split($1 FS $2, ends, FS)
    }
    function stands(    i) {
      if (!(key in old) || (old[key] < 1280) != (mtu < 1280)) return 0
      for (i = 1; i <= count; i += 2) if (!(ends[i] in stay)) return 0
      return 1
    }
    function tell(what) { print id, what, remote >(work "link-changes") }
    # The other end goes with the first.
    function unmake(    i) {
      for (i = 1; i <= count; i += 2) if (ends[i] in stay) {
        printf "%s\t1\tlink del dev %s\n", ends[i], ends[i + 1] >(work "unmake.lines")
        break
      }
      touch()
    }
    function touch(    i) {
      for (i = 1; i <= count; i += 2) if (ends[i] in stay && !touched[ends[i]]++) print stay[ends[i]] >(work "touched")
    }
    function make(    i) {
      tell(id in had ? "remade" : "made")
      print table == "tunnels" ? $1 FS $2 FS $3 FS $4 FS $5 FS $6 FS $7 FS $8 FS $9 : $0 >(work "delta/" table)
      for (i = 1; i <= count; i += 2) print ends[i], ends[i + 1] >(work "made-ends")
      touch()
    }
    function resize(    i) {
      tell("changed")
      if (table == "tunnels") print $1, $2, mtu >(work "tunnel-mtus")
      for (i = 1; i <= count; i += 2) {
        printf "%s\t1\tlink set dev %s mtu %s\n", ends[i], ends[i + 1], mtu >(work "change.lines")
        print ends[i], ends[i + 1] >(work "mtu-ends")
      }
    }
    BEGIN { OFS = FS }
    FILENAME == ARGV[1] { stay[$2] = $1; next }
    FILENAME ~ /tunnels[^\/]*$/ { tunnel() }
    FILENAME ~ /veths$/ { veth() }
    FILENAME == ARGV[2] || FILENAME == ARGV[3] { old[key] = mtu; had[id] = 1; next }
    FILENAME == ARGV[4] || FILENAME == ARGV[5] {
      has[id] = 1
      if (!stands()) { make(); next }
      kept[key] = 1
      if (old[key] != mtu) resize()
      next
    }
    key in kept { next }
    { if (!(id in has)) tell("gone"); unmake() }' "$WORK/stay" "$THERE/veths" "$WORK/tunnels.old" \
    "$TABLES/veths" "$WORK/tunnels.new" "$THERE/./veths" "$WORK/./tunnels.old"
  sort -u -o "$WORK/link-changes" "$WORK/link-changes"
  sort -u -o "$WORK/touched" "$WORK/touched"
}
