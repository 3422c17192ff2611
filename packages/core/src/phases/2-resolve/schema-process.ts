import { z } from "zod";
import { namePattern, parseProcessName } from "../../values/names.js";
import { duration, environ, inlineString, texts, unit } from "./schema-values.js";

/* What a user writes of processes. The descriptions are what an editor shows: see language-schema. */

export const processShape = {
  cmd: inlineString.meta({
    description: "The command, run by sh; it may stay in the foreground or become a daemon",
    examples: ["bird -f -c {{dir}}/bird.conf"],
  }),
  name: unit(parseProcessName, "the process's name", "resolve/bad-name", {
    type: ["string", "number"],
    pattern: namePattern,
    minimum: 0,
  })
    .optional()
    .describe("Names its log; default: the command's base name, then -2, …"),
  environ: environ.optional().describe("Variables of the environment"),
  ready: inlineString
    .optional()
    .describe("A command that succeeds when the process is ready; polled before post_up"),
  ready_timeout: duration.optional().meta({ description: "How long ready is polled", default: "10s" }),
  post_up: texts.optional().describe("Commands to run when the process is ready"),
  pre_down: texts.optional().describe("Commands to run before the process is ended"),
  down: inlineString
    .optional()
    .describe("A command that ends the process; what is left gets TERM, then KILL"),
  reload: inlineString.optional().meta({
    description:
      "A command that apply runs instead of a restart when only the content of files that it uses has changed",
    examples: ["birdc configure"],
  }),
  uses: texts.optional().meta({
    description:
      "Paths on the phynode of files, folders and programs that it uses beside those that its strings name: when one changes, apply restarts it",
    examples: [["/etc/bird"]],
  }),
};

/** A node's processes, with the keys that plugins add to one. */
export function processList(extensions: Readonly<Record<string, z.ZodType>>) {
  const process = z.strictObject({ ...processShape, ...extensions }).meta({ expected: "a table" });
  return z
    .array(process as unknown as z.ZodObject<typeof processShape>)
    .meta({ expected: 'a list of tables, e.g. [{ cmd = "bird -f" }]' })
    .optional();
}
