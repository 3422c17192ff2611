# 86-apply-processes: what of exec commands, programs and processes differs. A process is what stands in its spec
# (proc/NODE/PROCESS.spec): what it was started with, also what the files and programs that it uses were then. So clean or
# between two versions, the specs on the disk are compared with those that this version gives. The line `unsure` at the end of
# one says that the process may have read other files since.

# work/rerun: nodes that must be made anew because of what they have run (work/rerun-why: with the reason); work/appended:
# commands to run in nodes that stay; work/respec-exec: nodes where nothing is run but other things are written down
plan_exec() {
  plan_programs
  list_specs
  use_differences
  awk -F "$TAB" -v BIN="$STATE/payload/bin/" "$USES"'
    BEGIN { OFS = "\t" }
    FILENAME == ARGV[1] { had[$1] = 1; next }
    FILENAME == ARGV[2] { node[$1] = 1; next }
    FILENAME == ARGV[3] || FILENAME == ARGV[4] { has[FILENAME == ARGV[3] ? "old" : "new", $1, $2, $3] = 1; next }
    $2 !~ /^[.](exec|begun)$/ { next }
    {
      rest = substr($0, length($1 $2) + 3)
      is = FILENAME == ARGV[6] ? "new" : $2 == ".exec" ? "ran" : "begun"
      text[is, $1] = text[is, $1] rest "\n"
      if ($3 == "uses" && is != "begun") note_use(is == "ran" ? "old" : is, $1, ".exec", $4, $5)
      if ($3 == "run") { number[is, $1]++; run[is, $1] = run[is, $1] $5 "\n" }
    }
    END {
      for (name in node) if (name in had) {
        ran = run["ran", name]; new = run["new", name]
        more = number["new", name] - number["ran", name]
        # What is appended may use what is new.
        path = number["ran", name] ? changed_use(name, ".exec", !more) : ""
        if (run["begun", name] != ran) print "rerun", name, "its exec commands were interrupted"
        else if (substr(new, 1, length(ran)) != ran) print "rerun", name, "its exec commands changed"
        else if (path != "") print "rerun", name, "its exec commands use " path ", which changed"
        else if (more) print "appended", name, number["ran", name] + 0
        else if (text["ran", name] != text["new", name]) print "respec", name
      }
    }' "$HAVE/nodes" "$TABLES/nodes" "$WORK/contents-had" "$WORK/contents" "$WORK/specs-had" "$WORK/specs" |
    sort >"$WORK/exec-plan"
  sed -n "s/^rerun$TAB//p" "$WORK/exec-plan" >"$WORK/rerun-why"
  cut -f 1 "$WORK/rerun-why" >"$WORK/rerun"
  sed -n "s/^respec$TAB//p" "$WORK/exec-plan" >"$WORK/respec-exec"
  awk -F "$TAB" '
    FILENAME == ARGV[1] { if ($1 == "appended") already[$2] = $3; next }
    $1 in already && already[$1]-- <= 0' "$WORK/exec-plan" "$TABLES/exec" >"$WORK/appended"
}

# work/stop-now, restart, start, reload, respec: NODE PROCESS WHY; in a lab whose processes are stopped there is only
# work/respec, and work/forget. work/unsure: those that use a file which was changed by hand, and may have read it.
plan_processes() {
  : >"$WORK/pids"
  are_processes_as_before || commands_of_run "$J_RUN" "$J_CGROUP" >"$WORK/pids"
  gather_processes >"$WORK/process-states"
  {
    sed "s/^/gone$TAB/" "$WORK/gone"
    sed "s/^/fresh$TAB/" "$WORK/fresh"
    awk -F "$TAB" '$3 == "content" { print "off\t" $1 "\t" $2 }' "$WORK/files-off"
    # Between two versions there may be some that no spec tells of.
    [ "$LOOK" = no ] || [ "$J_PROCESSES" = stopped ] || {
      awk '{ split($2, of, "/"); print "runs\t" of[2] "\t" of[3] }' "$WORK/pids"
      find "$STATE/proc/" -name '*.starting' | awk -F / '{ sub(/[.]starting$/, ""); print "starting\t" $(NF - 1) "\t" $NF }'
    }
  } >"$WORK/process-causes"
  compare_processes | sort >"$WORK/process-plan"
  for list in stop-now restart start reload respec forget unsure; do
    sed -n "s/^$list$TAB//p" "$WORK/process-plan" >"$WORK/$list"
  done
}

# Looking at every process of the server is what takes longest here.
are_processes_as_before() {
  [ "$LOOK" = no ] && [ ! -s "$WORK/gone" ] && [ ! -s "$WORK/fresh" ] && same_content "$WORK/specs-had" "$WORK/specs"
}

compare_processes() {
  awk -F "$TAB" -v BIN="$STATE/payload/bin/" -v look="$LOOK" -v stopped="$J_PROCESSES" "$USES"'
    function plan(list, why) { print list, node, process, why }
    # why it has to be made to see its files again, or nothing
    function changed(    path) {
      path = changed_use(node, process, 1)
      if (index(path, BIN) == 1) return "program " substr(path, length(BIN) + 1) " changed"
      if (path != "") return "file " path " changed"
      path = used_by_hand()
      if (path != "") return "file " path " was changed by hand"
      return ("old", "unsure", key) in part ? "nobody knows which files it has read" : ""
    }
    # the first file that it uses and that was changed by hand
    function used_by_hand(    count, each, i) {
      count = split(used["new", node, process], each, "\t")
      for (i = 1; i < count; i++) if ((node, each[i]) in off || ("-", each[i]) in off) return each[i]
      return ""
    }
    function why_restart(    what, count, each, i) {
      count = split("command cores env private mount", each, " ")
      for (i = 1; i <= count; i++) {
        what = each[i]
        if (part["old", what, key] != part["new", what, key]) return title[what]
      }
      if ((node, process) in starting) return "its start was interrupted"
      if (look == "yes" && state[key] == "exited") return "it has exited with " code[key]
      if (look == "yes" && state[key] == "gone") return "it is gone"
      return ""
    }
    function compare(    why) {
      if (used_by_hand() != "") plan("unsure", "-")
      if ((why = why_restart()) != "") { plan("restart", why); return }
      why = changed()
      if (why == "") { if (text["old", key] != text["new", key]) plan("respec", "only how it is handled changed") }
      else if (why ~ /^program / || part["new", "reload", key] == "" || state[key] != "running") plan("restart", why)
      else plan("reload", why)
    }
    BEGIN {
      OFS = "\t"
      title["command"] = "its command changed"; title["cores"] = "its cores changed"
      title["env"] = "its environment changed"; title["private"] = "the private folders of its node changed"
      title["mount"] = "the files that its node has in /etc changed"
    }
    FILENAME == ARGV[1] && $1 == "runs" { if ($3 != ".exec") running[$2 "\t" $3] = 1; next }
    FILENAME == ARGV[1] && $1 == "starting" { starting[$2, $3] = 1; next }
    FILENAME == ARGV[1] { if ($1 == "off") off[$2, $3] = 1; else cause[$1, $2] = 1; next }
    FILENAME == ARGV[2] { state[$2 "\t" $3] = $5; code[$2 "\t" $3] = $6; next }
    FILENAME == ARGV[3] || FILENAME == ARGV[4] { has[FILENAME == ARGV[3] ? "old" : "new", $1, $2, $3] = 1; next }
    $2 ~ /^[.]/ { next }
    {
      side = FILENAME == ARGV[6] ? "new" : "old"
      key = $1 "\t" $2
      all[key] = 1
      there[side, key] = 1
      text[side, key] = text[side, key] $0 "\n"
      part[side, $3, key] = part[side, $3, key] $0 "\n"
      if ($3 == "netns") netns[side, key] = $4
      if ($3 == "uses") note_use(side, $1, $2, $4, $5)
    }
    END {
      for (key in running) all[key] = 1
      for (key in all) {
        split(key, of, "\t"); node = of[1]; process = of[2]
        was = ("old", key) in there; is = ("new", key) in there
        anew = was && (("gone", netns["old", key]) in cause || (is && netns["old", key] != netns["new", key]))
        if (is && ("fresh", netns["new", key]) in cause) anew = 1
        if (stopped == "stopped") {
          if (!is) plan("forget", "it goes")
          else if (text["old", key] != text["new", key]) plan("respec", "the processes are stopped")
        } else if (anew && is) {
          if (was || key in running) plan("stop-now", "node " node " is made anew")
          plan("start", was ? "node " node " is made anew" : "it is new")
        }
        else if (!is) plan("stop-now", anew ? "node " node " goes" : "it goes")
        else if (!was) plan("start", "it is new")
        else compare()
      }
    }' "$WORK/process-causes" "$WORK/process-states" "$WORK/contents-had" "$WORK/contents" "$WORK/specs-had" "$WORK/specs"
}

# work/programs-new: names in bin/ to install; work/programs-gone
plan_programs() {
  : >"$WORK/programs-new"
  : >"$WORK/programs-gone"
  for file in "$TABLES/bin"/*; do
    [ -f "$file" ] || continue
    installed=$STATE/payload/bin/${file##*/}
    { same_content "$file" "$installed" && [ -x "$installed" ]; } || printf '%s\n' "${file##*/}" >>"$WORK/programs-new"
  done
  for file in "$STATE/payload/bin"/*; do
    [ ! -f "$file" ] || [ -f "$TABLES/bin/${file##*/}" ] || printf '%s\n' "${file##*/}" >>"$WORK/programs-gone"
  done
}

# work/specs: NODE PROCESS LINE of all that this version starts; work/specs-had: the same of what is there, of exec
# commands those that have been run (`.exec`) and those that were begun (`.begun`)
list_specs() {
  spec_lines >"$WORK/specs"
  find "$STATE/proc/" -name '*.spec' -o -name .ran -o -name .exec | sort | tr '\n' '\0' |
    xargs -0 -r grep -H '' | awk '
      {
        at = index($0, ":")
        count = split(substr($0, 1, at - 1), path, "/")
        name = path[count]
        if (name == ".exec") name = ".begun"
        else if (name == ".ran") name = ".exec"
        else sub(/[.]spec$/, "", name)
        print path[count - 1] "\t" name "\t" substr($0, at + 1)
      }' >"$WORK/specs-had"
}

# work/contents, work/contents-had: NODE PATH SHA256 of what is at the paths that may be used; of a program that stays as it
# is, no sum. Between two versions nobody knows what was there when.
use_differences() {
  for program in "$TABLES/bin"/*; do
    [ ! -f "$program" ] || printf '%s\n' "${program##*/}"
  done | lines_not_in "$WORK/programs-new" | awk -v bin="$STATE/payload/bin/" '{ print "-\t" bin $0 "\t-" }' >"$WORK/unchanged"
  awk -F "$TAB" '{ print $3 "\t" $1 "\t" $4 }' "$TABLES/files" | cat "$WORK/unchanged" - >"$WORK/contents"
  : >"$WORK/contents-had"
  [ "$BETWEEN" = yes ] ||
    awk -F "$TAB" '{ print $3 "\t" $1 "\t" $4 }' "$HAVE/files" | cat "$WORK/unchanged" - >"$WORK/contents-had"
}

# For awk programs: which of what a process uses is not what it was; `has` is contents-had and contents. What is in only one of the two lists is looked up: that the list is another one changes nothing.
USES='
  function note_use(side, node, process, path, content) {
    used[side, node, process] = used[side, node, process] path "\t"
    sum[side, node, process, path] = content
  }
  function had_it(side, node, path, content) {
    return (side, node, path, content) in has || (side, "-", path, content) in has || (side, "-", path, "-") in has
  }
  # the first that changed, a program before a file
  function changed_use(node, process, with_new,    each, i, count, path, file, is) {
    count = split(used["old", node, process] (with_new ? used["new", node, process] : ""), each, "\t")
    for (i = 1; i < count; i++) {
      path = each[i]
      is = (("old", node, process, path) in sum) + 2 * (("new", node, process, path) in sum)
      if (is == 3 ? sum["old", node, process, path] == sum["new", node, process, path] : \
        is == 1 ? had_it("new", node, path, sum["old", node, process, path]) : \
        had_it("old", node, path, sum["new", node, process, path])) continue
      if (index(path, BIN) == 1) return path
      if (file == "") file = path
    }
    return file
  }'
