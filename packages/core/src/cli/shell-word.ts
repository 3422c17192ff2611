/** A word for a shell, quoted where it must be: what a user is told to run may be copied as it stands. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How the user calls this program; the script that starts it from a checkout says how it was called itself. */
export function ownCommand(): string {
  return shellWord(process.env.DUNE_COMMAND || "dune");
}
