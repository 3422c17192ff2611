import { bad, ok, type Parsed, quoted } from "./parsed.js";

const LAB_NAME_LENGTH = 32;
/** IFNAMSIZ in Linux is 16 with the zero byte at the end. */
const INTERFACE_NAME_BYTES = 15;
const NAME_BYTES = 64;

const wordPattern = (mostBytes: number) => `[A-Za-z0-9_][A-Za-z0-9_.-]{0,${mostBytes - 1}}`;

export const labNamePattern = `^[a-z0-9][a-z0-9-]{0,${LAB_NAME_LENGTH - 1}}$`;
/** Of a node, a phynode, a process and a binary. */
export const namePattern = `^${wordPattern(NAME_BYTES)}$`;
export const interfaceNamePattern = `^${wordPattern(INTERFACE_NAME_BYTES)}$`;
export const endpointPattern = `^${wordPattern(NAME_BYTES)}:${wordPattern(INTERFACE_NAME_BYTES)}$`;

/** Lower-case letters, digits and `-`, not first; at most 32. It names the lab's folders on a phynode. */
export function parseLabName(text: string): Parsed<string> {
  if (text.length <= LAB_NAME_LENGTH && /^[a-z0-9][a-z0-9-]*$/.test(text)) return ok(text);
  return bad(
    `${quoted(text)} cannot be the name of a lab`,
    `use up to ${LAB_NAME_LENGTH} lower-case letters, digits and "-", the first a letter or digit, such as ${labNameFromFile(text)}`,
  );
}

/** The name of a lab that has none, from the base name of its file or folder; always a valid one. */
export function labNameFromFile(baseName: string): string {
  const name = baseName
    .replace(/\.toml$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, LAB_NAME_LENGTH)
    .replace(/-$/, "");
  return name === "" ? "lab" : name;
}

/** A word that is safe as a network namespace, a path component and in shell; at most 64 bytes. */
export function parseNodeName(text: string): Parsed<string> {
  return parseWord(text, "a node", NAME_BYTES);
}

/** As for a node: it names the phynode's bundle. */
export function parsePhynodeName(text: string): Parsed<string> {
  return parseWord(text, "a phynode", NAME_BYTES);
}

/** As for a node: it names the program's file. */
export function parseBinaryName(text: string): Parsed<string> {
  return parseWord(text, "a binary", NAME_BYTES);
}

/** As for a node: it names the process's log. */
export function parseProcessName(text: string): Parsed<string> {
  return parseWord(text, "a process", NAME_BYTES);
}

/**
 * A name that Linux takes for an interface (`dev_valid_name` in net/core/dev.c) and that is a safe word, too.
 * `all` and `default` are refused: they mean something else in /proc/sys/net/ipv4/conf.
 */
export function parseInterfaceName(
  text: string,
  { allowLoopback }: { readonly allowLoopback: boolean },
): Parsed<string> {
  if (text === "lo" && !allowLoopback) {
    return bad(
      `"lo" is the loopback interface that every node has, it cannot end a link`,
      "choose another name",
    );
  }
  if (text === "all" || text === "default") {
    return bad(
      `${quoted(text)} cannot be the name of an interface: sysctls use it for all of them`,
      "choose another name",
    );
  }
  return parseWord(text, "an interface", INTERFACE_NAME_BYTES);
}

function parseWord(text: string, what: string, mostBytes: number): Parsed<string> {
  const fault = wordFault(text, mostBytes);
  if (fault === undefined) return ok(text);
  return bad(
    `${quoted(text)} cannot be the name of ${what}: ${fault}`,
    `use 1 to ${mostBytes} letters (a to z), digits, "_", "." and "-", the first a letter, a digit or "_"`,
  );
}

function wordFault(text: string, mostBytes: number): string | undefined {
  if (text === "") return "it is empty";
  if (text === "." || text === "..") return "it stands for a folder";
  if (text.includes("/")) return `it has a "/"`;
  if (Buffer.byteLength(text) > mostBytes) return `it is longer than ${mostBytes} bytes`;
  const [strange] = text.match(/[^A-Za-z0-9_.-]/u) ?? [];
  if (strange !== undefined) return `it has the character ${quoted(strange)}`;
  if (/^[-.]/.test(text)) return `it starts with "${text.slice(0, 1)}"`;
  // Assigned as a key of a JavaScript object it sets the prototype, and templates would not see it.
  return text === "__proto__" ? "it is reserved" : undefined;
}
