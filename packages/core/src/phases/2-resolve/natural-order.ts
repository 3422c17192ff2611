/** Compares names with numbers by value: eth2 before eth10. By code unit where that leaves a tie. */
export function naturalOrder(a: string, b: string): number {
  const ours = split(a);
  const theirs = split(b);
  for (const [index, mine] of ours.entries()) {
    const other = theirs[index];
    if (other === undefined) return 1;
    const order =
      typeof mine === "number" && typeof other === "number"
        ? mine - other
        : compare(String(mine), String(other));
    if (order !== 0) return order;
  }
  return ours.length - theirs.length || compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function split(name: string): readonly (string | number)[] {
  return (name.match(/\d+|\D+/g) ?? []).map((part) => (/\d/.test(part) ? Number(part) : part));
}
