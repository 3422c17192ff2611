# 33-check-names: what others have: names of namespaces, files, and what other labs claim. Of a lab that is up, what is its
# own is no conflict: namespaces in work/own-names, files that are to be replaced.

check_conflicts() {
  : >"$WORK/forced"
  with=up
  [ "$command" != apply ] || with=apply
  [ -e "$WORK/files-gone" ] || : >"$WORK/files-gone"
  lines_not_in "$WORK/private-places" <"$WORK/dirs" >"$WORK/dirs.files"
  [ -e "$WORK/own-names" ] || : >"$WORK/own-names"
  awk -F "$TAB" '
    FILENAME == ARGV[1] { own[$1] = 1; next }
    !($2 in own)' "$WORK/own-names" "$TABLES/nodes" >"$WORK/new-nodes"
  while IFS=$TAB read -r node netns _; do
    [ ! -e "/run/netns/$netns" ] ||
      problem names "network namespace $netns (node $node) exists already" "ip netns del $netns, if nobody needs it"
  done <"$WORK/new-nodes"
  while IFS=$TAB read -r path _ _ _ _ how; do
    decode "$path"
    [ "$how" != replace ] || continue
    [ -e "$text" ] || [ -L "$text" ] || continue
    if [ -d "$text" ]; then
      goes_whole || problem names "$path is a folder; a file is to go there" "move it away, if nobody needs it"
    elif [ "$FORCE" = yes ]; then
      printf '%s\n' "$path" >>"$WORK/forced"
    else
      problem names "file $path exists already" "move it away, or replace it until 'down' puts it back: $with --force"
    fi
  done <"$WORK/files"
  while IFS= read -r path; do
    decode "$path"
    if [ ! -d "$text" ] && { [ -e "$text" ] || [ -L "$text" ]; }; then
      grep -qxF -e "$path" "$WORK/files-gone" || problem names "$path is no directory, but a file is to go into it"
    fi
  done <"$WORK/dirs.files"
  for other in "$LABS"/*/journal; do
    if [ -f "$other" ] && [ "$other" != "$JOURNAL" ]; then check_other_lab "${other%/journal}"; fi
  done
  count "$(lines "$WORK/new-nodes")" namespace
  free=$text
  count "$(lines "$WORK/files")" file
  fine names "$free, $text: none is there yet, no other lab has claimed one"
}

# goes_whole: whether `apply` removes the folder `text`: the lab has made it, and nothing is in it but what goes
goes_whole() {
  [ -s "$WORK/files-gone" ] || return 1
  records dir | cat - "$WORK/files-gone" >"$WORK/going"
  [ -z "$(find "$text" | lines_not_in "$WORK/going")" ]
}

# Files stay claimed over a restart of the server, the rest does not.
check_other_lab() {
  same_boot=no
  ! grep -qF "boot$TAB$BOOT$TAB" "$1/journal" || same_boot=yes
  awk -F "$TAB" -v same="$same_boot" -v lab="${1##*/}" '
    FILENAME == ARGV[1] && ($1 == "file" || same == "yes") { mine[$1 "\t" $2] = 1 }
    FILENAME == ARGV[2] && ($1 == "netns" || $1 == "sysctl" || $1 == "file") && (($1 "\t" $2) in mine) {
      what["netns"] = "network namespace"; what["file"] = "file"; what["sysctl"] = "sysctl"
      print "problem\tnames\t" what[$1] " " $2 " belongs to lab " lab "\ttake lab " lab " down first"
    }' "$WORK/claims" "$1/journal" >>"$CHECKS"
  [ "$same_boot" = yes ] || return 0
  [ ! -f "$1/payload/tunnels" ] || check_other_tunnels "$1"
  [ ! -f "$1/payload/processes" ] || check_other_cores "$1"
}

check_other_tunnels() {
  awk -F "$TAB" -v lab="${1##*/}" -v port="$VXLAN_PORT" '
    FILENAME == ARGV[1] { if ($1 == "vxlan_port") other = $2; next }
    FILENAME == ARGV[2] { theirs[$6] = 1; next }
    other == port && $6 in theirs {
      print "problem\tnames\tVXLAN number " $6 " (link " $9 ") belongs to lab " lab "\ttake lab " lab " down first"
    }' "$1/payload/lab" "$1/payload/tunnels" "$TABLES/tunnels" >>"$CHECKS"
}

check_other_cores() {
  shared=$(awk -F "$TAB" '
    function each(list, into,    parts, i) {
      for (i = split(list, parts, ","); i; i--) if (parts[i] != "-") into[parts[i]] = 1
    }
    FILENAME == ARGV[1] { each($3, theirs); next }
    { each($3, mine) }
    END { for (core in mine) if (core in theirs) print core }' "$1/payload/processes" "$TABLES/processes" |
    sort -n | tr '\n' ' ')
  [ -z "$shared" ] ||
    warning cores "lab ${1##*/} has processes on the same cores: ${shared% }" \
      "take lab ${1##*/} down, or give this one other cores"
}
