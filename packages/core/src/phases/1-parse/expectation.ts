import type { z } from "zod";

/** What zod knows only while it makes an issue; carried in the issue's message, which no user sees. */
interface Details {
  readonly expected?: string;
  readonly known?: readonly string[];
}

/**
 * The message of a check, for the issue that it makes: it completes "… must be". A schema's own issues find the same in
 * its meta data, but zod gives the issue of a check no way to the schema.
 */
export function must(expected: string): string {
  return JSON.stringify({ expected } satisfies Details);
}

/** zod's error map: puts the details into the message. */
export function describe(issue: z.core.$ZodRawIssue): string {
  const schema = issue.inst as
    | (z.ZodType & { _zod: { def: { shape?: object; format?: string } } })
    | undefined;
  const { shape, format } = schema?._zod.def ?? {};
  const meta = typeof schema?.meta === "function" ? schema.meta() : undefined;
  const expected = meta?.expected ?? kindsOf(issue);
  const details: Details = {
    ...(shape && { known: Object.keys(shape) }),
    // zod's own issue about text says that a number is expected.
    ...(format === "safeint" && { expected: "a whole number" }),
    ...(expected !== undefined && { expected }),
  };
  return JSON.stringify(details);
}

/** What the key may be that tells which kind of table it is. */
function kindsOf({ code, discriminator, inst }: z.core.$ZodRawIssue): string | undefined {
  if (code !== "invalid_union" || typeof discriminator !== "string") return undefined;
  const values = (inst as z.core.$ZodDiscriminatedUnion | undefined)?._zod.propValues?.[discriminator];
  return values && `one of ${[...values].map(shown).join(", ")}`;
}

/** Undefined where the schema has a message of its own: that of a plugin. */
export function detailsOf(issue: z.core.$ZodIssue): Details | undefined {
  return issue.message.startsWith("{") ? (JSON.parse(issue.message) as Details) : undefined;
}

/** Completes "… must be". */
export function expectationOf(issue: z.core.$ZodIssue): string {
  return detailsOf(issue)?.expected ?? genericExpectation(issue);
}

/** For the schemas of plugins, which need not say what they expect. */
function genericExpectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeNames[issue.expected] ?? "of another type";
    case "invalid_value":
      return issue.values.length === 1
        ? shown(issue.values[0])
        : `one of ${issue.values.map(shown).join(", ")}`;
    case "invalid_union":
      return alternatives(issue);
    case "custom":
      return "another value";
    case "too_small":
      if (issue.exact) return `exactly ${amount(issue.minimum, issue.origin)}`;
      return `${issue.inclusive === false ? "more than" : "at least"} ${amount(issue.minimum, issue.origin)}`;
    case "too_big":
      if (issue.exact) return `exactly ${amount(issue.maximum, issue.origin)}`;
      return `${issue.inclusive === false ? "less than" : "at most"} ${amount(issue.maximum, issue.origin)}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_format":
      return issue.format === "regex"
        ? `text that matches ${issue.pattern}`
        : (formatNames[issue.format] ?? `text of the format ${issue.format}`);
    case "invalid_key":
      return "another name";
    default:
      return "of another type";
  }
}

/** What each way to write the value would be. */
function alternatives({ errors }: z.core.$ZodIssueInvalidUnion): string {
  const own = errors.flatMap((issues) => issues.find(({ path }) => path.length === 0) ?? []);
  const ways = [...new Set(own.map(expectationOf))];
  return ways.length === 0 ? "of another type" : ways.join(" or ");
}

function amount(limit: number | bigint, origin: string): string {
  if (origin === "string") return `${limit} ${limit === 1 ? "character" : "characters"} long`;
  return origin === "array" || origin === "set"
    ? `${limit} ${limit === 1 ? "entry" : "entries"} long`
    : String(limit);
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text in quotes",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  array: "a list",
  tuple: "a list",
  object: "a table",
  record: "a table",
};

const formatNames: Readonly<Record<string, string>> = {
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  cidrv4: "an IPv4 prefix",
  cidrv6: "an IPv6 prefix",
  mac: "a MAC address",
  url: "a URL",
  email: "an e-mail address",
};

/** A value in a message, short. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a table";
  const text = JSON.stringify(typeof value === "bigint" ? Number(value) : value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
