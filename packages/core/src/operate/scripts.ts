import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../../runtime-rehearse/", import.meta.url);

/** The shell of a rehearsal: `packages/core/runtime-rehearse/`. */
export type Script = "room.sh" | "server.sh" | "snapshot.sh" | "probe.sh" | "ends.sh" | "bin";

export function scriptPath(name: Script): string {
  return fileURLToPath(new URL(name, folder));
}

/** A command that runs a script where this machine's files cannot be seen. */
export function scriptCommand(name: Script, ...args: readonly string[]): readonly string[] {
  return ["sh", "-c", readFileSync(new URL(name, folder), "utf8"), name, ...args];
}
