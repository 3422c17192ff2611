# 84-apply-network: what `apply` does to namespaces, links and what is on them.

# sets in WORK: gone, fresh, remade, stay, delta/, unmake/, untc/, change/, unroute4/, unroute6/, resysctl, link-changes, touched
plan_network() {
  mkdir -p "$WORK/delta"
  for table in nodes bridges veths tunnels interfaces addresses qdiscs sysctls routes; do : >"$WORK/delta/$table"; done
  for list in gone fresh remade stay resysctl link-changes touched; do : >"$WORK/$list"; done
}

unmake_network() {
  :
}

make_network() {
  :
}

print_network_going() {
  :
}

print_network_coming() {
  :
}
