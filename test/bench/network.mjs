// One network for three contestants: `up` of a bundle, a C program by raw netlink (floor.c), and a script of one
// `ip netns exec` per command. The last two are made from the tables of the first.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What the tables of a payload ask for, per namespace in their order. Knows veths, addresses and sysctls only. */
export function readNetwork(payload) {
  const namespaces = table(payload, "nodes").map(([, name], index) => ({
    ...{ name, index, before: [], after: [], addresses: [], interfaces: [], indices: new Map([["lo", 1]]) },
  }));
  const named = new Map(namespaces.map((namespace) => [namespace.name, namespace]));
  for (const [name, order, , path, value] of table(payload, "sysctls"))
    named.get(name)[order === "1" ? "before" : "after"].push({ path, value });
  const veths = table(payload, "veths").map((row) => {
    const ends = [row.slice(0, 4), row.slice(4, 8)].map(([name, device, index, mac]) => {
      named.get(name).indices.set(device, index);
      return { namespace: named.get(name), device, index, mac };
    });
    return { ends, mtu: row[8] };
  });
  for (const [name, device, address] of table(payload, "addresses"))
    named.get(name).addresses.push({ device, address });
  for (const [name, device] of table(payload, "interfaces")) named.get(name).interfaces.push(device);
  return { namespaces, veths };
}

function table(payload, name) {
  const lines = readFileSync(join(payload, name), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => line.split("\t"));
}

/** The list that floor.c reads. */
export function floorList({ namespaces, veths }) {
  const sysctls = (list) => list.map(({ path, value }) => `sysctl ${path} ${value}`);
  const lines = [];
  for (const { name, before } of namespaces) lines.push(`netns ${name}`, ...sysctls(before));
  for (const { ends, mtu } of veths) {
    const words = ends.map((end) => `${end.namespace.index} ${end.device} ${end.index} ${end.mac}`);
    lines.push(`veth ${words.join(" ")} ${mtu}`);
  }
  for (const { index, after, addresses, interfaces, indices } of namespaces) {
    lines.push(`enter ${index}`, ...sysctls(after));
    for (const { device, address } of addresses) lines.push(`address ${indices.get(device)} ${address}`);
    for (const device of interfaces) lines.push(`up ${indices.get(device)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** What a typical script does. Its links are made straight in their namespaces, which is kind to it. */
export function naiveScript({ namespaces, veths }) {
  const lines = ["set -e"];
  const sysctls = (name, list) =>
    list.map(({ path, value }) => `ip netns exec ${name} sh -c 'echo ${value} >/proc/sys/${path}'`);
  for (const { name, before } of namespaces) lines.push(`ip netns add ${name}`, ...sysctls(name, before));
  for (const { ends, mtu } of veths) {
    const [a, b] = ends.map(
      ({ device, index, mac }) =>
        `name ${device} index ${index} address ${mac} mtu ${mtu} numtxqueues 1 numrxqueues 1`,
    );
    const [{ namespace: here }, { namespace: there }] = ends;
    lines.push(`ip netns exec ${here.name} ip link add ${a} type veth peer ${b} netns ${there.name}`);
  }
  for (const { name, after, addresses, interfaces } of namespaces) {
    lines.push(...sysctls(name, after));
    for (const { device, address } of addresses)
      lines.push(`ip netns exec ${name} ip addr add ${address} dev ${device}`);
    for (const device of interfaces) lines.push(`ip netns exec ${name} ip link set dev ${device} up`);
  }
  return `${lines.join("\n")}\n`;
}
