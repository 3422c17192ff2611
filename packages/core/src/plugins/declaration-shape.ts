import type { ExtensionPoints } from "../extension.js";
import type { Plugin } from "../plugin.js";

/** Says what is wrong with a field, as a sentence that starts with it; undefined where nothing is. */
type Check = (value: unknown, field: string) => string | undefined;
type Table = Readonly<Record<string, unknown>>;

const points: Readonly<Record<keyof ExtensionPoints, true>> = {
  phynode: true,
  node: true,
  link: true,
  process: true,
  topology: true,
  infrastructure: true,
};

const isText = (value: unknown) => typeof value === "string";
const isFunction = (value: unknown) => typeof value === "function";
const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const has = (method: string) => (value: unknown) => isTable(value) && isFunction(value[method]);
/** By what zod 4 is known by; the schema may be of another copy of it. */
const isSchema = (value: unknown) =>
  isTable(value) && isTable(value._zod) && isFunction(value._zod.run) && isFunction(value.clone);

const shape: Readonly<Record<Exclude<keyof Plugin & string, "name" | "api">, Check>> = {
  version: must("be a text", isText),
  after: list(must("be the name of a plugin", isText)),
  options: must("be a zod schema", isSchema),
  diagnostics: record(
    /^[a-z0-9][a-z0-9-]*$/,
    "a code of lower-case letters, digits and -",
    must('be "error" or "warning"', (value) => value === "error" || value === "warning"),
  ),
  extensions: list(extension),
  allocators: record(/./, "a name", must("have a function `place`", has("place"))),
  engines: record(/^(\*|\..+)$/, 'a file ending such as ".j2", or "*"', must("be a function", isFunction)),
  builders: record(/./, "a name", builder),
  setup: must("be a function", isFunction),
};

/** What is wrong with the first field that is not as `PluginDeclaration` wants it: a plugin in JavaScript has no type checker. */
export function wrongDeclaration(plugin: Plugin): string | undefined {
  for (const [field, check] of Object.entries(shape)) {
    const value: unknown = (plugin as unknown as Table)[field];
    const wrong = value === undefined ? undefined : check(value, field);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function must(what: string, isRight: (value: unknown) => boolean): Check {
  return (value, field) => (isRight(value) ? undefined : `\`${field}\` must ${what}`);
}

function list(each: Check): Check {
  return (value, field) => {
    if (!Array.isArray(value)) return `\`${field}\` must be a list`;
    return firstOf(Array.from(value, (item, index) => () => each(item, `${field}[${index}]`)));
  };
}

function record(key: RegExp, keyIs: string, each: Check): Check {
  return (value, field) => {
    if (!isTable(value)) return `\`${field}\` must be an object`;
    const wrong = Object.keys(value).find((name) => !key.test(name));
    if (wrong !== undefined) return `the key ${JSON.stringify(wrong)} in \`${field}\` must be ${keyIs}`;
    return firstOf(
      Object.keys(value).map((name) => () => each(value[name], `${field}[${JSON.stringify(name)}]`)),
    );
  };
}

function extension(value: unknown, field: string): string | undefined {
  if (!["of", "with"].every((method) => has(method)(value)))
    return `\`${field}\` must be made by defineExtension`;
  const { point, key, schema } = value as Table;
  if (!isText(point) || !Object.hasOwn(points, point as string))
    return `\`${field}.point\` must be one of ${Object.keys(points).join(", ")}`;
  // Every table seems to have them.
  if (!isText(key) || key === "" || (key as string) in Object.prototype)
    return `\`${field}.key\` must be a key of TOML, and not such as __proto__ or constructor`;
  return must("be a zod schema", isSchema)(schema, `${field}.schema`);
}

function builder(value: unknown, field: string): string | undefined {
  if (!has("plan")(value))
    return has("build")(value)
      ? `\`${field}\` has a function \`build\`, which no dune calls; it must have a function \`plan\`, which returns what is to be run`
      : `\`${field}\` must have a function \`plan\``;
  const { keys, inputs } = value as Table;
  const isInputs = isFunction(inputs) || (Array.isArray(inputs) && inputs.every(isText));
  return firstOf([
    () =>
      keys === undefined
        ? undefined
        : record(/./, "a key", must("be a zod schema", isSchema))(keys, `${field}.keys`),
    () =>
      inputs === undefined || isInputs
        ? undefined
        : `\`${field}.inputs\` must be a list of globs, or a function`,
  ]);
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const wrong = check();
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
