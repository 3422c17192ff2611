const plain = /^[\w@%+=:,./{}-]+$/;

/** A command as one would type it. */
export function commandText(argv: readonly string[]): string {
  return argv.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
