# 22-payload: the tables of this bundle. They are read from the state directory while the lab is up, and from a scratch
# directory, removed at the end, where a command must leave no trace.

# unpack DIR: the payload into an existing directory. As root, tar would give its files the owners and rights that they
# had where the bundle was made.
unpack() {
  if [ -n "$DUNE_PAYLOAD_OFFSET" ]; then
    tail -c "+$((PAYLOAD_OFFSET + 1))" "$SELF" | gzip -dc | tar -o --no-same-permissions -xf - -C "$1"
  else
    cp -R "${SELF%/*}/payload/." "$1"
  fi
}

# the runtime without the payload, for the helpers: the bundle itself may be replaced while the lab is up
copy_runtime() {
  if [ -n "$DUNE_PAYLOAD_OFFSET" ]; then head -c "$PAYLOAD_OFFSET" "$SELF" >"$1"; else cat "$SELF" >"$1"; fi
}

make_scratch() {
  SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/dune.XXXXXX")
}

use_scratch_payload() {
  make_scratch
  mkdir "$SCRATCH/payload" "$SCRATCH/work"
  unpack "$SCRATCH/payload"
  TABLES=$SCRATCH/payload
  WORK=$SCRATCH/work
  RUNTIME=$SCRATCH/runtime
  copy_runtime "$RUNTIME"
  load_lab
}

# the keys of the table `lab`
load_lab() {
  VXLAN_PORT=4789 ADDRESS=- INTERFACE=- format=
  while IFS=$TAB read -r key value; do
    case $key in
      format) format=$value ;;
      vxlan_port) VXLAN_PORT=$value ;;
      address) ADDRESS=$value ;;
      interface) INTERFACE=$value ;;
    esac
  done <"$TABLES/lab"
  [ "$format" = 1 ] || stop 2 "this runtime reads payloads of format 1, not '$format'; build the bundle again"
}

# sets `netns` to the namespace of a node
find_node() {
  while IFS=$TAB read -r node netns _; do
    [ "$node" != "$1" ] || return 0
  done <"$TABLES/nodes"
  nodes=$(cut -f 1 "$TABLES/nodes" | tr '\n' ' ')
  stop 1 "there is no node '$1' on this server" "the nodes here are: ${nodes:-none}"
}
