import type { Binary } from "../phases/2-resolve/topology.js";

/* A builder's own keys are parsed by its schemas before it is asked: these only give them their types back. */

export function textOption({ options }: Binary, key: string): string | undefined {
  return options[key] as string | undefined;
}

export function textsOption({ options }: Binary, key: string): readonly string[] | undefined {
  return options[key] as readonly string[] | undefined;
}

/** A table of texts, sorted by key. */
export function tableOption({ options }: Binary, key: string): readonly (readonly [string, string])[] {
  const table = (options[key] ?? {}) as Readonly<Record<string, string>>;
  return Object.keys(table)
    .sort()
    .map((name) => [name, table[name] as string]);
}
