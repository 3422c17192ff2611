import { nearest } from "../../diagnostics/near.js";
import type { Reporter } from "../../diagnostics/reporter.js";
import type { Locate } from "../1-parse/read-entity.js";
import type { Language } from "./language.js";
import type { Node } from "./topology.js";

type Given = ReturnType<Language["node"]["parse"]>;

/** A node's addresses, each interface known and no address twice. */
export function readAddresses(
  given: NonNullable<Given["addrs"]>,
  devices: readonly string[],
  label: string,
  locate: Locate,
  reporter: Reporter,
): Node["addresses"] {
  const seen = new Map<string, readonly (string | number)[]>();
  return Object.keys(given)
    .sort()
    .map((device) => {
      const addresses = given[device] ?? [];
      if (!devices.includes(device))
        reportUnknownDevice(device, ["addrs", device], "key", devices, label, locate, reporter);
      for (const [index, address] of addresses.entries()) {
        const path = ["addrs", device, index];
        const before = seen.get(address.address);
        if (before === undefined) seen.set(address.address, path);
        else {
          reporter.report("resolve/duplicate-address", {
            message: `${label} has the address ${address.address} twice`,
            at: locate(path),
            related: [{ message: "first here", at: locate(before) }],
            hint: "lists append over defaults and groups; remove one of the two",
          });
        }
        if (device !== "lo" && address.address === "::1") {
          reporter.report("resolve/bad-address", {
            message: `${label} has the loopback address ::1 on "${device}"`,
            at: locate(path),
            hint: "the kernel accepts it on lo alone, where it is already",
          });
        }
      }
      return { interface: device, addresses };
    });
}

export function checkRoutes(
  routes: NonNullable<Given["routes"]>,
  devices: readonly string[],
  label: string,
  locate: Locate,
  reporter: Reporter,
): void {
  for (const [index, { to, via, dev }] of routes.entries()) {
    const path = ["routes", index];
    if (via === undefined && dev === undefined) {
      reporter.report("resolve/missing-key", {
        message: `a route of ${label} has neither via nor dev`,
        at: locate(path),
        hint: 'add the next hop, e.g. via = "2001:db8::2", or the interface, e.g. dev = "eth0"',
      });
    }
    if (to.kind === "default" && via === undefined && dev !== undefined) {
      reporter.report("resolve/bad-address", {
        message: `a default route of ${label} does not say for which address family`,
        at: locate([...path, "to"]),
        hint: 'write to = "::/0" for IPv6 or to = "0.0.0.0/0" for IPv4, or add via',
      });
    }
    if (to.kind === "prefix" && via !== undefined && via.family !== to.family) {
      reporter.report("resolve/bad-address", {
        message: `a route of ${label} to ${to.prefix} has a next hop of the other address family, ${via.text}`,
        at: locate([...path, "via"]),
        hint: `give the IPv${to.family} address of the next hop`,
      });
    }
    if (dev !== undefined && !devices.includes(dev)) {
      reportUnknownDevice(dev, [...path, "dev"], "value", devices, label, locate, reporter);
    }
    if (via?.text.startsWith("fe80:") && dev === undefined) {
      reporter.report("resolve/missing-key", {
        message: `a route of ${label} has the link-local next hop ${via.text} but no dev`,
        at: locate(path),
        hint: 'a link-local address means something on one link only: add dev = "eth0"',
      });
    }
  }
}

function reportUnknownDevice(
  device: string,
  path: readonly (string | number)[],
  target: "key" | "value",
  devices: readonly string[],
  label: string,
  locate: Locate,
  reporter: Reporter,
): void {
  reporter.report("resolve/unknown-interface", {
    message: `${label} has no interface "${device}"`,
    at: locate(path, target),
    hint: interfaceHint(device, devices),
  });
}

const mostShown = 8;

/** What to do about an interface that a node has not. */
export function interfaceHint(device: string, devices: readonly string[]): string {
  const near = nearest(device, devices);
  const rule = "an interface is made by a link that ends at it";
  if (near !== undefined) return `did you mean "${near}"? (${rule})`;
  return `it has ${devices.slice(0, mostShown).join(", ")}${devices.length > mostShown ? ", …" : ""}; ${rule}`;
}
