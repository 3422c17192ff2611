# 37-check-underlay: what tunnels need: the address is on the device, the MTU has room for them, the port can be used.

check_underlay() {
  : >"$WORK/underlay"
  [ -s "$TABLES/tunnels" ] || return 0
  ip -o addr show 2>/dev/null |
    awk -v address="$ADDRESS" '{ split($4, parts, "/"); if (parts[1] == address) print $2 }' >"$WORK/devices"
  if [ ! -s "$WORK/devices" ]; then
    those=$(ip -o addr show scope global | awk '{ printf "%s%s on %s", comma, $4, $2; comma = ", " }')
    problem underlay "the underlay address $ADDRESS stands on no interface of this server; these do: $those" \
      "correct the phynode's 'address' and build again, or use this bundle on the server that has it"
    return 0
  fi
  if [ "$INTERFACE" != - ] && ! grep -qxF "$INTERFACE" "$WORK/devices"; then
    problem underlay "the underlay address $ADDRESS stands on $(head -n 1 "$WORK/devices"), not on $INTERFACE" \
      "correct the phynode's 'interface' and build again"
    return 0
  fi
  find_underlay
  while IFS=$TAB read -r remote device mtu wanted; do
    if [ "$device" = - ]; then
      problem underlay "there is no route from $ADDRESS to $remote" "add one, as: ip route add $remote via GATEWAY"
    elif [ "$mtu" -lt "$wanted" ]; then
      problem underlay "the underlay $device has MTU $mtu, tunnels to $remote need $wanted" \
        "ip link set dev $device mtu $wanted, on both servers and all between, or lower the links' mtu and build again"
    fi
  done <"$WORK/underlay"
  check_port
  count "$(lines "$WORK/underlay")" server
  text="$text to reach, the MTU suffices, UDP port $VXLAN_PORT can be used"
  fine underlay "$ADDRESS stands on $(head -n 1 "$WORK/devices"); $text"
}

check_port() {
  device=$(cut -f 2 "$WORK/underlay" | grep -vx -- - | head -n 1) || return 0
  if ! unshare -n sh "$RUNTIME" --helper probe_port "$VXLAN_PORT" "$ADDRESS" "$device" "$$" >"$WORK/port" 2>&1; then
    said="$(head -n 1 "$WORK/port"); is another VXLAN or overlay network on it?"
    problem underlay "UDP port $VXLAN_PORT cannot be used for VXLAN: $said" \
      "give the lab another port, [infrastructure] vxlan.port, and build all bundles again"
  fi
}

# work/underlay: remote, device, the device's MTU, what the largest tunnel there needs; `-` where there is no route
find_underlay() {
  awk -F "$TAB" '
    { need = $5 + ($8 ~ /:/ ? 70 : 50); if (need > most[$8]) most[$8] = need }
    END { for (remote in most) print remote "\t" most[remote] }' "$TABLES/tunnels" | sort >"$WORK/remotes"
  : >"$WORK/underlay"
  while IFS=$TAB read -r remote wanted; do
    device=$INTERFACE
    [ "$device" != - ] ||
      device=$(ip -o route get "$remote" from "$ADDRESS" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    mtu=$(ip -o link show dev "${device:--}" 2>/dev/null | sed -n 's/.* mtu \([0-9]*\) .*/\1/p')
    printf '%s\t%s\t%s\t%s\n' "$remote" "${device:--}" "${mtu:-0}" "$wanted" >>"$WORK/underlay"
  done <"$WORK/remotes"
}
