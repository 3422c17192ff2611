/** Codes by which dune refuses the shape of a file, which a JSON Schema can see. */
const shapeCodes = [
  "parse/unknown-section",
  "parse/not-yet",
  "parse/unsupported-value",
  "resolve/unknown-key",
  "resolve/wrong-type",
  "resolve/missing-key",
  "resolve/bad-unit",
  "resolve/bad-value",
  "resolve/bad-address",
  "resolve/bad-name",
  "resolve/bad-interface-name",
  "resolve/core-out-of-range",
  "resolve/outside-endpoint",
  "resolve/one-sided-mtu",
  "resolve/unknown-allocator",
  "resolve/unknown-builder",
];

export function isShape(code: string): boolean {
  return shapeCodes.includes(code);
}
