import { createProgressLine } from "./progress.js";

/** What is printed for a person, on stdout, and the progress; with `--json` only the progress. */
export interface Output {
  say(lines: readonly string[]): void;
  /** A line between what a command printed and what follows. */
  blank(): void;
  progress(text: string): void;
  clear(): void;
}

export function createOutput(isJson: boolean): Output {
  const line = createProgressLine();
  return {
    say(lines) {
      line.clear();
      if (!isJson && lines.length > 0) process.stdout.write(`${lines.join("\n")}\n\n`);
    },
    blank() {
      if (!isJson) process.stdout.write("\n");
    },
    progress: line.show,
    clear: line.clear,
  };
}
