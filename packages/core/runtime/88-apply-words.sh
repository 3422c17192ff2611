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
    { name = FILENAME; sub(/.*\//, "", name); if (name == "link-changes") links[$2]++; else number[name]++ }
    END {
      part(number["fresh"] - number["remade"], "node", "made")
      part(number["gone"], "node", "removed")
      part(number["remade"], "node", "made anew")
      part(links["made"], "link", "made")
      part(links["gone"], "link", "removed")
      part(links["remade"], "link", "made anew")
      part(links["changed"], "link", "changed")
      part(number["in-place"], "node", "changed in place")
      part(number["server-sysctls"] + number["server-sysctls-gone"], "server sysctl", "set")
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
    }' "$WORK/fresh" "$WORK/gone" "$WORK/remade" "$WORK/link-changes" "$WORK/in-place" \
    "$WORK/server-sysctls" "$WORK/server-sysctls-gone" "$WORK/setup" "$WORK/files" "$WORK/files-gone" \
    "$WORK/programs-new" "$WORK/programs-gone" "$WORK/appended" "$WORK/restart" "$WORK/start" "$WORK/stop-now" "$WORK/reload"
}

# the nodes that stay with their interfaces, and are not as they were
list_changed_nodes() {
  {
    cut -f 2 "$WORK/changes"
    cat "$WORK/unmade" "$WORK/resysctl"
    for table in addresses routes qdiscs interfaces sysctls; do cut -f 1 "$WORK/delta/$table"; done
  } | awk -F "$TAB" '
    FILENAME == ARGV[1] { touched[$1] = 1; next }
    FILENAME == ARGV[2] { changed[$1] = 1; next }
    $2 in changed && !($1 in touched) { print $1 }' "$WORK/touched" - "$WORK/stay"
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
