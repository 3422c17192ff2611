import { definePlugin } from "@dune/core";

const limits: ReadonlyMap<string, number> = new Map();

function limitOf(name: string): number {
  const limit = limits.get(name);
  if (limit === undefined) throw new Error(`no limit for ${name}`);
  return limit;
}

export const limit = limitOf("peers");
export default definePlugin({ name: "bgp", api: 1 });
