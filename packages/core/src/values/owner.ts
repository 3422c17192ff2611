import { bad, ok, type Parsed, quoted } from "./parsed.js";

/** A portable user name of POSIX that cannot be taken for a number; a `$` at the end as Samba's machines have. */
const name = "[A-Za-z_][A-Za-z0-9_.-]{0,31}\\$?";
export const ownerPattern = `^(?:${name}|[0-9]+)(?::(?:${name}|[0-9]+))?$`;
const owner = new RegExp(ownerPattern);
/** 2³² − 1 means "leave as it is" to chown. */
export const largestId = 0xfffffffe;

/** `USER` or `USER:GROUP`, each a name or a number, as chown takes them; whether they exist only the server knows. */
export function parseOwner(text: string): Parsed<string> {
  const isTooLarge = text.split(":").some((part) => /^[0-9]+$/.test(part) && Number(part) > largestId);
  if (owner.test(text) && !isTooLarge) return ok(text);
  return bad(
    `${quoted(text)} names no user, or no user and group`,
    'write a user, or a user and a group, by name or number, e.g. "frr", "frr:frr" or "0:100"',
  );
}
