/** What parsing a user's value gives: the value, or what is wrong with it and what to write instead. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** A failed parse, of whatever type was hoped for. */
export type Bad = Extract<Parsed<never>, { ok: false }>;

export function ok<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** `message`: one sentence on what is wrong. `hint`: what to do. Neither ends in a full stop. */
export function bad(message: string, hint?: string): Bad {
  return hint === undefined ? { ok: false, message } : { ok: false, message, hint };
}

const LONGEST_QUOTE = 80;

/** The user's text for a message: in double quotes, control characters escaped, cut when very long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE - 1)}…` : text);
}
