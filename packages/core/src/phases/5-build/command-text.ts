const plain = /^[\w@%+=:,./{}-]+$/;
const longest = 120;

/** A command as one would type it: a script for the shell is itself. */
export function commandText(argv: readonly string[]): string {
  const [shell, option, script, ...rest] = argv;
  if (shell === "sh" && option === "-c" && script !== undefined && rest.length === 0) return script;
  return argv.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

/** The same for a sentence: its first line, cut where it is long. */
export function shortCommandText(argv: readonly string[]): string {
  const [line = "", ...more] = commandText(argv).trim().split("\n");
  const isCut = more.length > 0 || line.length > longest;
  return isCut ? `${line.slice(0, longest)} …` : line;
}
