import { paletteOf } from "./colours.js";
import { failureOf } from "./failure.js";

/**
 * Makes a subcommand's action of a function that gives the exit code. With `--json` what goes wrong is a JSON document
 * on stdout, too: `{ ok: false, error: { message, hint }, diagnostics: [] }`.
 */
export function act<Arguments extends readonly unknown[]>(
  run: (...given: Arguments) => Promise<number>,
  wantsJson: (...given: Arguments) => boolean = () => false,
): (...given: Arguments) => Promise<void> {
  return async (...given) => {
    try {
      process.exitCode = await run(...given);
    } catch (error) {
      const { exitCode, message, hint, text } = failureOf(error, process.argv, paletteOf(process.stderr));
      process.exitCode = exitCode;
      process.stderr.write(text);
      if (wantsJson(...given))
        printJson({ ok: false, error: { message, ...(hint !== undefined && { hint }) }, diagnostics: [] });
    }
  };
}

export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
