# 86-apply-processes: what `apply` does to files, exec commands, programs and processes.

# work/rerun: nodes that must be made anew because of what they have run; work/appended: commands to run in nodes that stay
plan_exec() {
  : >"$WORK/rerun"
  : >"$WORK/appended"
}

# of work/files and work/dirs only what is to be written stays; work/files-gone
plan_files() {
  : >"$WORK/files-gone"
}

# work/stop-now, restart, start, reload, respec, programs-new, programs-gone
plan_processes() {
  for list in stop-now restart start reload respec programs-new programs-gone; do : >"$WORK/$list"; done
}

stop_what_goes() {
  :
}

# programs first: what is started from here on finds the new ones
write_changes() {
  :
}

run_new_exec() {
  :
}

start_what_comes() {
  :
}

remove_what_goes() {
  :
}

print_processes_going() {
  :
}

print_processes_coming() {
  :
}
