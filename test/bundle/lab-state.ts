import type { Phynode } from "./phynode.js";

/**
 * What a lab has made of the network of a phynode, so that two ways to the same lab can be compared: of every namespace, and
 * of those alone that have a name, the links in detail, the addresses in their order, the routes of all tables, the queues and
 * these sysctls. Left out is what differs from run to run: counters, lifetimes, handles that the kernel gives, the numbers by
 * which a namespace calls others.
 */
export function labState(phynode: Phynode, sysctls: readonly string[] = []): LabState {
  const said = phynode.run(script(sysctls));
  if (said.code !== 0) throw new Error(`the state of the lab cannot be read: ${said.stderr}`);
  const state: Record<string, NamespaceState> = {};
  for (const part of said.stdout.split("\f").slice(1)) {
    const [name = "", links = "", addresses = "", routes = "", queues = "", values = ""] = part.split("\v");
    state[name.trim()] = {
      links: indexed(links, (link) => link.ifname, plain),
      addresses: indexed(
        addresses,
        (link) => link.ifname,
        (link) => (link.addr_info as Json[]).map(plain),
      ),
      routes: list(routes).map(plain).map(text).sort(),
      queues: list(queues).filter(isSet).map(plain).map(plainQueue).map(text).sort(),
      sysctls: values.trim().split("\n").filter(Boolean).sort(),
    };
  }
  return state;
}

export type LabState = Readonly<Record<string, NamespaceState>>;

export interface NamespaceState {
  /** By the interface's name, as `ip -d link` shows it. */
  readonly links: Readonly<Record<string, unknown>>;
  /** By the interface's name, in the order in which the kernel has them. */
  readonly addresses: Readonly<Record<string, unknown>>;
  readonly routes: readonly string[];
  readonly queues: readonly string[];
  /** `path value`, of those that the namespace has. */
  readonly sysctls: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * An address is tentative, and its routes are not there yet, until duplicate address detection is done; the kernel may take a
 * second to notice a carrier, and only then gives an interface its link-local address.
 */
const settled = `
  settled() {
    ! ip addr show tentative | grep -q inet6 || return 1
    for dev in /sys/class/net/*; do
      dev=\${dev##*/}
      read -r carrier <"/sys/class/net/$dev/carrier" && [ "$carrier" = 1 ] && [ "$dev" != lo ] || continue
      grep -qx 0 "/proc/sys/net/ipv6/conf/$dev/disable_ipv6" || continue
      grep -qx 0 "/proc/sys/net/ipv6/conf/$dev/addr_gen_mode" || continue
      grep -q "^fe80.* $dev$" /proc/net/if_inet6 || return 1
    done 2>/dev/null
  }
  for try in 1 2 3 4 5 6 7 8 9 10; do settled && break || sleep 0.2; done`;

function script(sysctls: readonly string[]): string {
  const paths = sysctls.map((path) => `/proc/sys/${path}`).join(" ");
  return `
    ip netns list | sed 's/ .*//' | sort | while read -r name; do
      printf '\\f%s\\v' "$name"
      ip netns exec "$name" sh -c '${settled}
        ip -j -d link; printf "\\v"; ip -j addr; printf "\\v"; ip -j route show table all; printf "\\v"
        tc -j -r qdisc; printf "\\v"; ${paths === "" ? ":" : `grep -s "" ${paths} /dev/null || :`}'
    done`;
}

/** Lifetimes, what numbers a thing by when it was made, and what the kernel tells about a carrier a moment later. */
const passing = new Set([
  ...["valid_life_time", "preferred_life_time", "link_netnsid", "refcnt", "fdb_n_learned"],
  ...["hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "hold_timer"],
  ...["message_age_timer", "forward_delay_timer", "no", "designated_port", "operstate", "state"],
]);

function list(json: string): Json[] {
  return json.trim() === "" ? [] : (JSON.parse(json) as Json[]);
}

function indexed(json: string, key: (one: Json) => unknown, value: (one: Json) => unknown): Json {
  return Object.fromEntries(list(json).map((one) => [String(key(one)), value(one)]));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key, one]) => !passing.has(key) && !(key === "id" && typeof one === "string"),
  );
  return Object.fromEntries(kept.map(([key, one]) => [key, plain(one)]));
}

function isSet(queue: Json): boolean {
  return queue.kind !== "noqueue";
}

/** The kernel gives a handle to a queue that was made without one. */
function plainQueue(queue: unknown): unknown {
  const { handle, ...rest } = queue as Json;
  return /^[0-9a-f]{1,2}:$/.test(String(handle)) ? { handle, ...rest } : rest;
}

function text(value: unknown): string {
  return JSON.stringify(value);
}
