import { posix, relative, sep } from "node:path";
import type { Context } from "../../context.js";
import type { GlobMatch } from "../../files.js";
import { escapeGlob } from "../../values/escape-glob.js";
import type { Platform } from "../../values/platform.js";
import type { Document } from "../1-parse/document.js";
import { lockFileOf } from "../1-parse/read-lock.js";
import { originIn } from "../2-resolve/entity-origin.js";
import type { Binary } from "../2-resolve/topology.js";
import { defaultInputs, type NamedBuilder } from "./ask-builder.js";
import { withoutDist } from "./without-dist.js";

/** What no source is: of version control, of package managers, what compilers and editors leave. */
const noise = [
  "**/{.git,.hg,.svn,node_modules,__pycache__}/**",
  "**/*.{o,lo,obj}",
  "**/{.#*,*~,.*.sw[a-p],4913}",
];

type ListContext = Pick<Context, "files" | "reporter" | "calls">;

/**
 * The files that a build sees, sorted; undefined where it was reported that there is no folder, or that one is no file.
 * None at all are the builder's to judge, unless they are declared: a command may need none.
 */
export async function listInputs(
  binary: Binary,
  platform: Platform,
  builder: NamedBuilder,
  document: Document,
  context: ListContext,
): Promise<readonly GlobMatch[] | undefined> {
  const { files, reporter } = context;
  const { name, source } = binary;
  const globs = await globsOf(binary, platform, builder, document, context);
  const outward = globs.find((glob) => /^!?(\/|\.\.\/)/.test(glob));
  if (outward !== undefined) {
    reporter.report("build/cannot-build", {
      message: `"${name}" cannot be built: the input "${outward}" is not below ${source}`,
      at: originIn(binary, ["inputs"]),
      hint: "let source be a folder that holds all of them",
    });
    return undefined;
  }
  const list = async () => {
    const all = await files.glob(source, globs);
    return all && (namesInputs(binary) ? all : withoutDist(source, all, files));
  };
  const found = await readable(list, binary, source, reporter);
  if (found === "unreadable") return undefined;
  if (found === undefined) return reportNoFolder(binary, (await files.stat(source)) !== undefined, reporter);
  if (found.length === 0 && binary.inputs !== undefined) return reportNoMatch(binary, reporter);
  return found.map((match) => isUsable(match, binary, context)).every((usable) => usable) ? found : undefined;
}

function reportNoFolder(binary: Binary, isFile: boolean, reporter: Context["reporter"]): undefined {
  const { name, source } = binary;
  reporter.report("build/no-inputs", {
    message: isFile
      ? `the source of "${name}" is a folder, and ${source} is a file`
      : `there is no folder ${source} to build "${name}" from`,
    at: originIn(binary, ["source"]),
    hint: isFile
      ? `let source be the folder that ${posix.basename(source)} is in`
      : "source is a folder, from that of the topology file; make it or mend the path",
  });
}

function reportNoMatch(binary: Binary, reporter: Context["reporter"]): undefined {
  const { name, source } = binary;
  reporter.report("build/no-inputs", {
    message: `the inputs of "${name}" match no file in ${source}`,
    at: originIn(binary, ["inputs"]),
    hint: 'inputs are globs from source: "*.c" is for source itself only, "**/*.c" for all folders below it, too',
  });
}

/** A folder that a build copies must have nothing that cannot be copied. */
function isUsable({ path, kind }: GlobMatch, binary: Binary, { reporter }: ListContext): boolean {
  if (kind === "file") return true;
  reportBadInput(
    binary,
    path,
    kind === "broken link" ? "is a link to what is not there" : "is no regular file",
    reporter,
  );
  return false;
}

/** What is read, unless it was reported that the system does not allow it. */
export async function readable<T>(
  read: () => Promise<T>,
  binary: Binary,
  path: string,
  reporter: Context["reporter"],
): Promise<T | "unreadable"> {
  try {
    return await read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    const why = code === "EACCES" || code === "EPERM" ? "permission denied" : code;
    reportBadInput(binary, path, `cannot be read: ${why}`, reporter);
    return "unreadable";
  }
}

export function reportBadInput(
  binary: Binary,
  path: string,
  problem: string,
  reporter: Context["reporter"],
): void {
  reporter.report("build/bad-input", {
    message: `${posix.join(binary.source, path)}, an input of "${binary.name}", ${problem}`,
    // There may be several: with the place as the diagnostic's own they would be one.
    related: [
      {
        message: "what it is an input of",
        at: originIn(binary, [binary.inputs === undefined ? "source" : "inputs"]),
      },
    ],
    hint: `mend it, or leave it out: inputs = ["!${path}"]`,
  });
}

/** Whether a topology says what its inputs are, and not only what they are not. */
export function namesInputs({ inputs = [] }: Binary): boolean {
  return inputs.some((glob) => !glob.startsWith("!"));
}

/** Declared inputs mean what they say; the default, and what is only taken away from it, is without noise. */
async function globsOf(
  binary: Binary,
  platform: Platform,
  builder: NamedBuilder,
  document: Document,
  context: ListContext,
): Promise<readonly string[]> {
  const declared = binary.inputs ?? [];
  if (namesInputs(binary)) return declared;
  const own = defaultInputs(builder, binary, platform, context);
  const left = [...noise, ...(await ownFiles(binary.source, document, context.files))];
  return [...own, ...left.map((glob) => `!${glob}`), ...declared];
}

/** The topology itself, its lock and what was built of it, where they are below the sources: no program is made of them. */
async function ownFiles(
  source: string,
  { file }: Document,
  files: Context["files"],
): Promise<readonly string[]> {
  const folder = posix.dirname(file);
  const [from, to] = await Promise.all([files.realPath(source), files.realPath(folder)]);
  // In memory there are no links that could lead elsewhere.
  const way =
    from === undefined || to === undefined
      ? posix.relative(posix.normalize(source), folder)
      : relative(from, to).split(sep).join("/");
  if (way === ".." || way.startsWith("../")) return [];
  const at = (name: string) => escapeGlob(posix.join(way, posix.basename(name)));
  return [at(file), at(lockFileOf(file)), `${at("dist")}/**`];
}
