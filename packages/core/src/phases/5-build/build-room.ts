import { createHash } from "node:crypto";
import { chmod, mkdir, open, readdir, utimes } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Files } from "../../files.js";
import type { InputFile } from "./plan-builds.js";

/** The folder of one build. All paths are absolute. */
export interface BuildRoom {
  readonly folder: string;
  /** The inputs; what commands run in. */
  readonly src: string;
  /** The file for the program: `{{out}}`. */
  readonly out: string;
  readonly temporary: string;
  readonly log: string;
  /** The value of `DUNE_BUILD` in all that it runs. */
  readonly mark: string;
}

/** 1980-01-01, in seconds: the earliest that a zip archive can hold. */
const sourceDateEpoch = 315_532_800;
const filesAtOnce = 16;

/** @param folder an empty one of a compilation's work folder, or one in it */
export async function furnishRoom(folder: string, name: string, work: string): Promise<BuildRoom> {
  const room = {
    folder,
    src: join(folder, "src"),
    out: join(folder, "out", name),
    temporary: join(folder, "tmp"),
    log: join(folder, "log"),
    mark: `${basename(work)}/${relative(work, folder)}`,
  };
  for (const each of [room.src, dirname(room.out), room.temporary]) await mkdir(each, { recursive: true });
  return room;
}

/**
 * Copies what a build sees. All files are as old as each other, so that no tool takes one for newer.
 * @returns a file that is no more what it was when the build was planned
 */
export async function copyInputs(
  inputs: readonly InputFile[],
  { src }: BuildRoom,
  files: Files,
): Promise<InputFile | undefined> {
  const rest = [...inputs];
  const changed: InputFile[] = [];
  const copyRest = async () => {
    for (let input = rest.pop(); input !== undefined; input = rest.pop())
      if ((await copyInput(input, join(src, input.path), files)) !== input.sha256) changed.push(input);
  };
  await Promise.all(Array.from({ length: filesAtOnce }, copyRest));
  await levelFolders(src);
  return changed.sort((a, b) => (a.path < b.path ? -1 : 1))[0];
}

/** Makes all folders as old as the files, whatever the umask of dune itself is; the inner ones first. */
async function levelFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await levelFolders(join(folder, entry.name));
  await chmod(folder, 0o755);
  await utimes(folder, sourceDateEpoch, sourceDateEpoch);
}

/** @returns the sha256 of what was copied */
async function copyInput(input: InputFile, to: string, files: Files): Promise<string> {
  await mkdir(dirname(to), { recursive: true });
  const hash = createHash("sha256");
  const file = await open(to, "w");
  try {
    for await (const chunk of files.stream(input.file)) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } catch (error) {
    // It has been removed: as good as changed.
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    hash.update("removed");
  } finally {
    await file.close();
  }
  // Whatever the umask of dune itself is.
  await chmod(to, input.isExecutable ? 0o755 : 0o644);
  await utimes(to, sourceDateEpoch, sourceDateEpoch);
  return hash.digest("hex");
}
