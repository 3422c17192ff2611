import { compareLists, compareScalars, compareSets } from "./compare-values.js";
import type { ValueChange } from "./comparison.js";
import { isSame } from "./is-same.js";
import type { ManifestFolder, ManifestNode } from "./manifest.js";
import { type Kept, keptOf, pairUp } from "./manifest-pair.js";

/** By interface. The order of its addresses counts within a family: the first of a network is the one that speaks. */
export function compareAddresses({ before, after }: Kept<ManifestNode>): readonly ValueChange[] {
  const devices = Object.keys({ ...before.addresses, ...after.addresses }).sort();
  return devices.flatMap((device) => {
    const [old, own] = [before.addresses[device] ?? [], after.addresses[device] ?? []];
    if (isSame(byFamily(old), byFamily(own))) return [];
    return compareLists([`addrs.${device}`, ["addrs", device]], old, own);
  });
}

function byFamily(addresses: readonly string[]): readonly (readonly string[])[] {
  const isIpv6 = (address: string) => address.includes(":");
  return [addresses.filter((each) => !isIpv6(each)), addresses.filter(isIpv6)];
}

type Route = ManifestNode["routes"][number];

/** By where they lead: those to one place in their order, and the order of all where they differ in nothing else. */
export function compareRoutes({ before, after }: Kept<ManifestNode>): readonly ValueChange[] {
  if (isSame(before.routes, after.routes)) return [];
  const titles = [...new Set([...before.routes, ...after.routes].map(routeTitle))];
  const differing = titles.flatMap((title) =>
    compareLists([title], waysOf(title, before.routes), waysOf(title, after.routes)),
  );
  if (differing.length > 0) return differing.map((value) => ({ ...value, key: ["routes"] }));
  return compareScalars(["order of routes", ["routes"]], orderOf(before.routes), orderOf(after.routes));
}

function waysOf(title: string, routes: readonly Route[]): readonly string[] {
  return routes.filter((route) => routeTitle(route) === title).map(wayOf);
}

/** The default routes of both families have no other name to tell them by. */
function routeTitle({ to, family }: Route): string {
  return to === "default" && family === 6 ? "route default (IPv6)" : `route ${to}`;
}

function wayOf({ via, dev, metric }: Route): string {
  const words = [via && `via ${via}`, dev && `dev ${dev}`, metric !== undefined && `metric ${metric}`];
  return words.filter(Boolean).join(" ");
}

function orderOf(routes: readonly Route[]): string {
  return routes.map((route) => `${route.to} ${wayOf(route)}`).join(", ");
}

export function comparePrivateFolders({ before, after }: Kept<ManifestNode>): readonly ValueChange[] {
  const [old, own] = [before.private ?? [], after.private ?? []];
  const key = ["private"];
  const kept = keptOf(pairUp(old, own, ({ path }) => path));
  return [
    ...compareSets(["private", key], old.map(pathOf), own.map(pathOf)),
    ...[...kept].flatMap(([path, folder]) => [
      ...compareScalars([`private ${path} mode`, key], folder.before.mode, folder.after.mode),
      ...compareScalars([`private ${path} owner`, key], folder.before.owner, folder.after.owner),
    ]),
  ];
}

function pathOf({ path }: ManifestFolder): string {
  return path;
}
