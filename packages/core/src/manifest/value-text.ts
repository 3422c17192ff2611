/** A value of the user's or a plugin's as it would be written in TOML; a text alone without its quotes. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : tomlText(value);
}

export function isTableValue(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tomlText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlText).join(", ")}]`;
  if (!isTableValue(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `${keyText(key)} = ${tomlText(inner)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}
