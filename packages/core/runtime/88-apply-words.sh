# 88-apply-words: what `apply` says: the steps of its plan, in the order in which they are carried out, and their sum.

print_steps() {
  awk -F "$TAB" '$1 == "pre" { print "setup.pre: " $3 }' "$WORK/setup"
  print_processes_going
  print_network_going
  print_network_coming
  awk -F "$TAB" '$1 == "post" { print "setup.post: " $3 }' "$WORK/setup"
  print_processes_coming
}

# say_summary WORDS: what it comes to, and what else is to be known
say_summary() {
  say "$1: $(summary_of_changes)"
  say_about "nodes made anew" "$WORK/remade"
  say_about "nodes that stay and lose or get an interface" "$WORK/touched"
  awk -F "$TAB" '{ print "effects of a setup." $1 " command that is no longer there stay: " $3 }' "$WORK/setup-gone" |
    while IFS= read -r words; do say "$words"; done
  say_other_servers
}

summary_of_changes() {
  awk -F "$TAB" '
    function part(number, noun, verb) {
      if (number) text = text (text == "" ? "" : ", ") number " " noun (number == 1 ? "" : noun ~ /s$/ ? "es" : "s") " " verb
    }
    FILENAME == ARGV[1] { fresh[$1] = 1 }
    FILENAME == ARGV[2] && $1 in fresh { next }
    { name = FILENAME; sub(/.*\//, "", name); if (name == "link-changes") links[$2]++; else number[name == "in-place" ? $1 : name]++ }
    END {
      part(number["fresh"] - number["remade"], "node", "made")
      part(number["gone"], "node", "removed")
      part(number["remade"], "node", "made anew")
      part(links["made"], "link", "made")
      part(links["gone"], "link", "removed")
      part(links["remade"], "link", "made anew")
      part(links["changed"], "link", "changed")
      part(number["interface"], "interface", "put right")
      part(number["address"], "node", "with other addresses or routes")
      part(number["sysctl"], "node", "with other sysctls")
      part(number["server"], "server sysctl", "set")
      part(number["setup"], "setup command", "run")
      part(number["files"], "file", "written")
      part(number["files-gone"], "file", "removed")
      part(number["programs-new"], "program", "replaced")
      part(number["programs-gone"], "program", "removed")
      part(number["appended"], "exec command", "appended")
      part(number["restart"], "process", "restarted")
      part(number["start"], "process", "started")
      part(number["stop-now"], "process", "stopped")
      part(number["reload"], "process", "reloaded")
      print text == "" ? "nothing that runs" : text
    }' "$WORK/fresh" "$WORK/gone" "$WORK/remade" "$WORK/link-changes" "$WORK/in-place" "$WORK/setup" "$WORK/files" "$WORK/files-gone" \
    "$WORK/programs-new" "$WORK/programs-gone" "$WORK/appended" "$WORK/restart" "$WORK/start" "$WORK/stop-now" "$WORK/reload"
}

# What changes on nodes that stay, and is not counted as a link: kind and where, each once. (It is asked before anything changes:
# at the end the tables of before are gone.)
list_changes_in_place() {
  awk -F "$TAB" '
    function tell(what, where) { if (!told[what, where]++) print what, where }
    function device(path,    parts) { split(path, parts, "/"); return parts[4] }
    BEGIN { OFS = FS }
    FILENAME == ARGV[1] { stay[$2] = 1; next }
    FILENAME == ARGV[2] { there[$1, $3, $4] = 1; next }
    FILENAME ~ /(made|downed)$/ { made[$1, $2] = 1; next }
    FILENAME ~ /mtu-ends$/ { resized[$1, $2] = 1; next }
    FILENAME ~ /veths$/ { link[$1, $2] = link[$5, $6] = 1; next }
    FILENAME ~ /tunnels$/ { link[$1, $2] = 1; next }
    FILENAME ~ /server-sysctls(-gone)?$/ { tell("server", $1); next }
    !($1 in stay) { next }
    FILENAME ~ /resysctl$/ { tell("sysctl", $1); next }
    FILENAME ~ /sysctls$/ { if (!(($1, device($4)) in made) && !($4 ~ /mtu$/ && ($1, device($4)) in resized)) tell("sysctl", $1); next }
    FILENAME ~ /addresses$/ { if (!(($1, $2) in made)) tell("address", $1); next }
    FILENAME ~ /routes$/ { if (!(($1, $3, $4) in there)) tell("address", $1); next }
    FILENAME ~ /(interfaces|qdiscs)$/ { if (!(($1, $2) in made) && !(FILENAME ~ /qdiscs$/ && ($1, $2) in link)) tell("interface", $1 FS $2); next }
    $3 ~ /^(addr|route) / || $2 == 0 { tell("address", $1); next }
    # of `link set dev NAME mtu` those that are no end of a link, and queues that only go
    { split($3, words, " "); if ((words[1] == "link" && $2 == 3) || (words[1] == "qdisc" && !(($1, words[4]) in link))) tell("interface", $1 FS words[4]) }' \
    "$WORK/stay" "$THERE/routes" "$WORK/made" "$WORK/downed" "$WORK/mtu-ends" "$TABLES/veths" "$TABLES/tunnels" \
    "$WORK/server-sysctls" "$WORK/server-sysctls-gone" "$WORK/resysctl" "$WORK/delta/sysctls" "$WORK/delta/addresses" \
    "$WORK/delta/routes" "$WORK/delta/interfaces" "$WORK/delta/qdiscs" "$WORK/unmake.lines" "$WORK/untc.lines" \
    "$WORK/change.lines" "$WORK/unroute4.lines" "$WORK/unroute6.lines"
}

# say_about WORDS LIST: ten of it at most
say_about() {
  [ -s "$2" ] || return 0
  shown=$(head -n 10 "$2" | tr '\n' ' ')
  [ "$(lines "$2")" -le 10 ] || shown="${shown}and $(($(lines "$2") - 10)) more "
  say "$1: ${shown% }"
}

# A tunnel that is made at this end carries nothing until the other server has its new end, too; it may have it already.
say_other_servers() {
  awk -F "$TAB" '$3 != "-" && $2 ~ /made/ { links[$3] = links[$3] (links[$3] == "" ? "" : ", ") $1 }
    END { for (remote in links) print remote "\t" links[remote] }' "$WORK/link-changes" | sort | while IFS=$TAB read -r remote links; do
    say "apply the bundle of the server at $remote, too, if it is not there yet: without it these links may carry nothing: $links"
  done
}
