import { z } from "zod";
import {
  buildVariable,
  type EntityShape,
  extensions,
  filledText,
  nanoseconds,
  platform,
  text,
  texts,
} from "./shape.js";
import type { Binary, Toolchain } from "./topology.js";

/* What each field of a binary and a toolchain holds. */

export const binaryShape: EntityShape<Binary> = {
  name: text,
  builder: filledText,
  source: filledText,
  inputs: texts.optional(),
  output: filledText.optional(),
  environ: z.array(z.object({ name: buildVariable, value: text })),
  tools: texts.optional(),
  isStatic: z.boolean(),
  timeoutNs: nanoseconds,
  options: extensions,
};

const command = filledText.optional();

export const toolchainShape: EntityShape<Toolchain> = {
  platform,
  triple: command,
  cc: command,
  cxx: command,
  ar: command,
  ranlib: command,
  strip: command,
};
