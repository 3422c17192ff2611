import picocolors from "picocolors";

const { createColors } = picocolors;

/** What text can look like; does nothing where no colours are wanted. */
export type Palette = ReturnType<typeof createColors>;

/** Whether a stream gets colours: `--no-color`, NO_COLOR, FORCE_COLOR, else whether it is a terminal. */
export function wantsColours(
  stream: { readonly isTTY?: boolean },
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): boolean {
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  if (own.includes("--no-color") || (env.NO_COLOR ?? "") !== "") return false;
  const { FORCE_COLOR } = env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** The colours for this process's stdout or stderr. */
export function paletteOf(stream: { readonly isTTY?: boolean }): Palette {
  return createColors(wantsColours(stream, process.argv, process.env));
}
