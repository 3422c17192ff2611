import type { Reporter } from "../../diagnostics/reporter.js";
import { deriveMac } from "../../values/mac.js";
import type { Tables, TomlValue } from "../1-parse/document.js";
import { type Locate, readEntity } from "../1-parse/read-entity.js";
import type { Fragment } from "./fragment.js";
import type { Language } from "./language.js";
import type { DeclaredLink } from "./links.js";
import { isTable, merge, originOf } from "./merge.js";
import type { Endpoint, Link, Shaping } from "./topology.js";
import { onUnsetNothing } from "./unset.js";

/** Everything that the properties of a link depend on beside its own entry. */
export interface LinkSetting {
  readonly lab: string;
  readonly defaults: readonly Fragment[];
  /** The MTU of a link that declares none, in bytes. */
  readonly mtu: number;
  readonly language: Language;
  readonly reporter: Reporter;
}

/** Merges and reads a link's properties, both directions' alike and each end's own. */
export function resolveLink(declared: DeclaredLink, setting: LinkSetting): Link | undefined {
  const { language, reporter } = setting;
  const fragments = [...setting.defaults, ...declared.fragments.map(withoutEndpoints)];
  const label = `link ${declared.name}`;
  const locate: Locate = (path, target) => originOf(fragments, path, target);
  const table = merge(fragments, onUnsetNothing(label, reporter));
  const { both, overrides } = partOverrides(table, declared, label, locate, reporter);
  const given = readEntity(language.link, both, { label, locate }, reporter);
  if (given === undefined) return undefined;
  if (overrides.size < 2) checkShaping(given, label, locate, reporter);
  const ends = declared.ends.map(({ node, interface: name, text }): Endpoint | undefined => {
    const atEnd: Locate = (path, target) => locate([text, ...path], target);
    const override = overrides.get(text);
    const place = { label: `the end "${text}" of ${label}`, locate: atEnd };
    const own = override && readEntity(language.end, override, place, reporter);
    if (override !== undefined && own === undefined) return undefined;
    const merged = { ...given, ...own };
    if (own !== undefined) checkShaping(merged, place.label, atEnd, reporter);
    return {
      node,
      interface: name,
      mac: own?.mac ?? deriveMac(setting.lab, text),
      metric: merged.metric ?? 1,
      ...shaping(merged),
    };
  });
  const [a, b] = ends;
  if (a === undefined || b === undefined) return undefined;
  return {
    id: declared.id,
    name: declared.name,
    fragments,
    endpoints: [a, b],
    mtu: given.mtu ?? setting.mtu,
    mtuDeclared: given.mtu !== undefined,
    extensions: language.extensionsOf("link", given),
  };
}

/** Reads the defaults by themselves, for a lab in which no link inherits them: their mistakes are mistakes all the same. */
export function checkLinkDefaults({ defaults, language, reporter }: LinkSetting): void {
  const label = "topology.defaults.links";
  const locate: Locate = (path, target) => originOf(defaults, path, target);
  readEntity(language.link, merge(defaults, onUnsetNothing(label, reporter)), { label, locate }, reporter);
}

/** `endpoints` is the identity, not a property: as a list it would append over the layers. */
function withoutEndpoints(fragment: Fragment): Fragment {
  const { endpoints: _, ...table } = fragment.table;
  return { ...fragment, table };
}

/** Parts the keys that name an end (`"r1:eth1"`) from those of the whole link. */
function partOverrides(
  table: Tables,
  declared: DeclaredLink,
  label: string,
  locate: Locate,
  reporter: Reporter,
): { both: Tables; overrides: ReadonlyMap<string, Tables> } {
  const both: Record<string, TomlValue> = {};
  const overrides = new Map<string, Tables>();
  for (const key of Object.keys(table)) {
    const value = table[key] as TomlValue;
    if (!key.includes(":")) both[key] = value;
    else if (!declared.ends.some((end) => end.text === key)) {
      reporter.report("resolve/foreign-override", {
        message: `${label} has no end "${key}"`,
        at: locate([key], "key"),
        hint: `its ends are "${declared.ends[0].text}" and "${declared.ends[1].text}"`,
      });
    } else if (!isTable(value)) {
      reporter.report("resolve/wrong-type", {
        message: `"${key}" of ${label} must be a table of properties`,
        at: locate([key]),
        hint: `write "${key}".latency = "25ms"`,
      });
    } else if (Object.hasOwn(value, "mtu")) {
      reporter.report("resolve/one-sided-mtu", {
        message: `${label} sets an MTU for its end "${key}" alone`,
        at: locate([key, "mtu"], "key"),
        hint: "an MTU belongs to the whole link, or large packets vanish in one direction: write mtu beside endpoints",
      });
    } else overrides.set(key, value);
  }
  return { both, overrides };
}

type Given = ReturnType<Language["end"]["parse"]>;

function shaping(given: Given): Shaping {
  const { latency, jitter, loss, duplicate, corrupt, reorder, bw, queue } = given;
  return {
    ...(latency !== undefined && { latencyNs: latency }),
    ...(jitter !== undefined && { jitterNs: jitter }),
    ...(loss !== undefined && { loss }),
    ...(duplicate !== undefined && { duplicate }),
    ...(corrupt !== undefined && { corrupt }),
    ...(reorder !== undefined && { reorder }),
    ...(bw !== undefined && { rateBitsPerSecond: bw }),
    ...(queue !== undefined && { queue }),
  };
}

/** What netem refuses or would ignore. */
function checkShaping(given: Given, label: string, locate: Locate, reporter: Reporter): void {
  const needsLatency = (key: "jitter" | "reorder") => {
    if (!given[key] || given.latency) return;
    reporter.report("resolve/bad-value", {
      message: `${label} has ${key} but no latency`,
      at: locate([key]),
      hint: `netem can apply ${key} only to packets that it delays: add a latency`,
    });
  };
  needsLatency("jitter");
  needsLatency("reorder");
}
