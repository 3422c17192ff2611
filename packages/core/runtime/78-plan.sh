# 78-plan: `check` and `up --dry-run`: what `up` would find, and what it would run. Both leave nothing.

command_check() {
  json=no
  for option in "$@"; do
    [ "$option" = --json ] || stop 1 "check knows no '$option'" "sh $0 help"
    json=yes
  done
  SHOW_ALL=yes DEGRADE=no DEGRADED=no FORCE=no
  clean_up_at_end
  begin_check
  if can_be_checked; then check_all; fi
  if [ "$json" = yes ]; then print_checks_json; else print_checks; fi
  ! grep -q "^problem$TAB" "$CHECKS" || exit 2
}

# Without awk, or room for its notes, `check` itself cannot work.
begin_check() {
  find_missing_tools
  case "$missing " in
    *" awk:"* | *" mktemp:"* | *" sed:"* | *" grep:"*) need_tools ;;
  esac
  [ -w "${TMPDIR:-/tmp}" ] || stop 2 "no scratch folder can be made in ${TMPDIR:-/tmp}" "set TMPDIR to one that can be written"
  make_scratch
  WORK=$SCRATCH
  begin_checks
}

# root, the tools, and a lab that is not up: without these the rest would only be noise
can_be_checked() {
  if [ "$USER_ID" -ne 0 ]; then
    problem root "this needs root, and sudo does not give it without a password" "run it with sudo: sudo sh $0 check"
    return 1
  fi
  fine root "this is root"
  check_tools
  said=$(refuse_second_up 2>&1) ||
    problem lab "$(printf '%s\n' "$said" | sed -n '1s/^dune: [^:]*: //p')" \
      "$(printf '%s\n' "$said" | sed -n 's/^  hint: //p')"
  ! grep -q "^problem$TAB" "$CHECKS"
}

check_all() {
  need_room_for_payload "$SCRATCH"
  use_scratch_payload
  expand_files
  write_claims
  check_bundle
  check_isolation
  # What setup.pre may yet provide is looked at again after it.
  [ -z "$(awk '$1 == "pre"' "$TABLES/setup")" ] || PROBLEM=warning
  check_environment
  PROBLEM=problem
  check_clock
}

# As wide as a terminal of 80 columns; a fix is not broken, so that it can be copied.
print_checks() {
  awk -F "$TAB" -v lab="$DUNE_LAB" -v phynode="$DUNE_PHYNODE" '
    function row(area, state, text,    words, count, i, line) {
      count = split(text, words, " ")
      for (i = 1; i <= count; i++) {
        if (line != "" && length(line) + length(words[i]) > 56) {
          printf "%-13s %-8s %s\n", area, state, line
          area = state = line = ""
        }
        line = line (line == "" ? "" : " ") words[i]
      }
      printf "%-13s %-8s %s\n", area, state, line
    }
    function counted(number, noun) { return number " " noun (number == 1 ? "" : "s") }
    BEGIN { print "lab " lab ", phynode " phynode "\n" }
    { gsub(/[\001-\010\013-\037\177]/, "?"); row($2, $1, $3); total[$1]++ }
    $4 != "" { printf "%22s fix: %s\n", "", $4 }
    END {
      said = total["problem"] ? counted(total["problem"], "problem") : "nothing stands in the way of \047up\047"
      print "\n" said (total["warning"] ? ", " counted(total["warning"], "warning") : "")
    }' "$CHECKS"
}

print_checks_json() {
  awk -F "$TAB" -v lab="$DUNE_LAB" -v phynode="$DUNE_PHYNODE" "$JSON_TEXT"'
    $1 == "problem" { problems++ }
    {
      list = list (NR > 1 ? "," : "") "{\"what\":" json($2) ",\"state\":" json($1)
      list = list ",\"text\":" json($3) ",\"fix\":" json($4) "}"
    }
    END {
      printf "{\"lab\":%s,\"phynode\":%s,\"ok\":%s", json(lab), json(phynode), (problems ? "false" : "true")
      print ",\"checks\":[" list "]}"
    }' "$CHECKS"
}

# json(text): whatever bytes it holds; those that are no UTF-8 become question marks
JSON_TEXT='
  BEGIN {
    for (code = 1; code < 32; code++) escaped[sprintf("%c", code)] = sprintf("\\u%04x", code)
    escaped["\""] = "\\\""
    escaped["\\"] = "\\\\"
    tail = "[\200-\277]"
    many = "^([\302-\337]" tail "|\340[\240-\277]" tail "|[\341-\354\356\357]" tail tail "|\355[\200-\237]" tail \
      "|\360[\220-\277]" tail tail "|[\361-\363]" tail tail tail "|\364[\200-\217]" tail tail ")"
  }
  function json(text,    out, byte) {
    while (text != "") {
      byte = substr(text, 1, 1)
      if (byte ~ /[\200-\377]/) {
        if (match(text, many)) byte = substr(text, 1, RLENGTH)
        else { text = substr(text, 2); out = out "?"; continue }
      }
      text = substr(text, length(byte) + 1)
      out = out (byte in escaped ? escaped[byte] : byte)
    }
    return "\"" out "\""
  }'

dry_run() {
  clean_up_at_end
  use_scratch_payload
  find_underlay
  expand_all "$TABLES"
  expand_files
  print_plan
}

print_plan() {
  awk -F "$TAB" '$1 == "pre" { print "setup.pre: " $3 }' "$TABLES/setup"
  awk -F "$TAB" '$1 == "-" { print "server sysctl: " $4 " = " $5 }' "$TABLES/sysctls"
  sed 's/^/ip /' "$WORK/netns"
  print_per_namespace sysctl1 'write to /proc/sys: '
  sed 's/^/ip /' "$WORK/links" "$WORK/tunnels"
  print_per_namespace sysctl2 'write to /proc/sys: '
  print_per_namespace tc 'tc '
  print_per_namespace ip 'ip '
  print_per_namespace route4 'ip -4 '
  print_per_namespace route6 'ip -6 '
  awk -F "$TAB" '$1 == "post" { print "setup.post: " $3 }' "$TABLES/setup"
  awk -F "$TAB" '{ print "file " $1 ", mode " $2 }' "$WORK/files"
  awk -F "$TAB" '{ print "exec in " $1 ", within " $3 " s: " $4 }' "$TABLES/exec"
  awk -F "$TAB" '{ print "process " $1 "/" $2 " on cores " $3 ": " $5 }' "$TABLES/processes"
  awk -F "$TAB" '{ print $3 " of " $1 "/" $2 ": " $5 }' "$TABLES/hooks"
}

print_per_namespace() {
  while IFS= read -r netns; do
    [ ! -f "$WORK/$1/$netns" ] || sed "s|^|in $netns: $2|" "$WORK/$1/$netns"
  done <"$WORK/reached"
}
