import type { Origin } from "../../diagnostics/diagnostic.js";
import { bad, ok, type Parsed } from "../../values/parsed.js";
import { sortedKeys } from "../../values/sorted-keys.js";
import type { Document, Layer, Tables } from "./document.js";
import { notPlainData } from "./plain-data.js";

/**
 * Makes of what a plugin returned the next document. Its new layers are the plugin's whatever they say of themselves: what
 * is wrong in them never looks as if the user had written it. Says what is wrong where one holds what TOML cannot.
 */
export function adoptDocument(returned: unknown, before: Document, plugin: string): Parsed<Document> {
  const next = Object(returned) as Partial<Document>;
  if (!Array.isArray(next.layers)) return bad("a document needs a list of layers");
  const { layers: _, ...kept } = before;
  const strange = Object.keys(kept).find(
    (key) => key in next && next[key as keyof Document] !== kept[key as keyof typeof kept],
  );
  if (strange !== undefined)
    return bad(`a plugin can change the layers of a document only, not its ${strange}`);
  if (next.layers.at(-1) !== before.layers.at(-1))
    return bad(
      "the topology file's own layer must stay the last: what the user writes is stronger than what plugins add",
    );
  const layers: Layer[] = [];
  for (const [index, layer] of next.layers.entries()) {
    const adopted = before.layers.includes(layer) ? ok(layer) : adoptLayer(layer, `layers[${index}]`, plugin);
    if (!adopted.ok) return adopted;
    layers.push(adopted.value);
  }
  return ok({ ...kept, layers });
}

function adoptLayer(given: unknown, name: string, plugin: string): Parsed<Layer> {
  const { tables, origin } = Object(given) as Partial<Layer>;
  if (typeof tables !== "object" || tables === null || Array.isArray(tables))
    return bad(`${name} needs tables`);
  const wrong = notPlainData(tables, `${name}.tables`, { allowAbsent: false });
  if (wrong !== undefined) return bad(wrong);
  const from = sourceOf(origin);
  return ok({
    origin: { plugin, hook: "document", ...(from && { from }) },
    tables: sortedKeys(tables) as Tables,
    overridden: [],
  });
}

/** Where the plugin says that it read the layer, e.g. a file of its own format. */
function sourceOf(origin: unknown): Origin | undefined {
  const { plugin, from, ...place } = Object(origin) as Record<string, unknown>;
  if (plugin !== undefined) return from === undefined ? undefined : sourceOf(from);
  const isPath =
    Array.isArray(place.path) &&
    place.path.every((key) => typeof key === "string" || typeof key === "number");
  const isPosition = Number.isSafeInteger(place.line) && Number.isSafeInteger(place.column);
  return typeof place.file === "string" && (isPath || isPosition) ? (place as unknown as Origin) : undefined;
}
