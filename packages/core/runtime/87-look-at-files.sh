# 87-look-at-files: the files of the lab as they stand, against what was compiled.

# look_at_files LIST: of rows of placed_files what differs, as NODE PATH-IN-THE-TABLE WHAT WANTED ACTUAL PATH; WHAT is content
# (also where there is no file), mode or owner. Whoever brings a lab up is root; which group a file gets from its folder is
# not the lab's.
look_at_files() {
  while IFS=$TAB read -r path _; do
    decode "$path"
    if [ -f "$text" ] && [ ! -L "$text" ]; then printf '%s\n' "$path"; fi
  done <"$1" >"$WORK/files-there"
  {
    sums_of "$WORK/files-there" | sed "s/^/sum$TAB/"
    facts_of "$WORK/files-there" | sed "s/^/facts$TAB/"
  } | awk -F "$TAB" '
    function differs(what, wanted, actual) { print $5, $6, what, wanted, actual, $1 }
    function same(wanted, name, number) { return wanted == "" || wanted == name || wanted == number }
    BEGIN { OFS = "\t" }
    FILENAME == ARGV[1] && $1 == "sum" { sum[$2] = $3; next }
    FILENAME == ARGV[1] { split($3, facts, " "); mode[$2] = facts[1]; user[$2] = facts[2]; uid[$2] = facts[3]; group[$2] = facts[4]; gid[$2] = facts[5]; next }
    !($1 in sum) { differs("content", $3, "-"); next }
    {
      if (sum[$1] != $3) differs("content", $3, sum[$1])
      if (mode[$1] + 0 != $2 + 0) differs("mode", $2, mode[$1])
      owner = $4 == "-" ? "0" : $4
      at = index(owner, ":")
      if (!same(at ? substr(owner, 1, at - 1) : owner, user[$1], uid[$1]) || !same(at ? substr(owner, at + 1) : "", group[$1], gid[$1]))
        differs("owner", $4 == "-" ? "root" : $4, user[$1] ":" group[$1])
    }' - "$1"
}

# sums_of LIST: PATH TAB SHA256 of files (*text*). `sha256sum` puts a backslash before the sum of a name with odd characters.
sums_of() {
  as_names "$1" | xargs -0 -r sha256sum -- | awk '{ sub(/^\\/, ""); if (/^[0-9a-f]+ [ *]/) print $1 }' | beside "$1"
}

facts_of() {
  as_names "$1" | xargs -0 -r stat -c '%a %U %u %G %g' -- | beside "$1"
}

# beside LIST: its lines, each with that of standard input behind it
beside() {
  awk 'FILENAME == ARGV[1] { line[FNR] = $0; next } { print line[FNR] "\t" $0 }' "$1" -
}

as_names() {
  while IFS= read -r path; do
    decode "$path"
    printf '%s\0' "$text"
  done <"$1"
}

# drift NODE … of the files, as 73-drift has them
drift_of_files() {
  placed_files "$TABLES" >"$WORK/placed"
  look_at_files "$WORK/placed" | awk -F "$TAB" '
    BEGIN { OFS = "\t" }
    {
      words = $3 != "content" ? "its " $3 " is " $5 ", wanted " $4 : $5 == "-" ? "it is not there" : "its content was changed"
      print "drift", $1, "-", "-", "file", $4, $5, "file " $6 ": " words
    }'
}
