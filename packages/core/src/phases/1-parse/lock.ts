import { z } from "zod";
import type { Json } from "../../plugins/choices.js";

const name = z.string().min(1);

/** The file beside the topology that keeps placement and VNIs from one build to the next. */
export const lockSchema = z.strictObject({
  lock: z.literal(1),
  nodes: z.record(
    name,
    z.strictObject({ phynode: name, cores: z.record(name, z.array(z.int().nonnegative())) }),
  ),
  vnis: z.record(name, z.int().min(1).max(0xffffff)),
  /** By plugin what it chose, under keys of its own; absent where none chose anything. */
  choices: z.record(name, z.record(z.string(), z.unknown() as z.ZodType<Json>)).optional(),
});

export type Lock = z.infer<typeof lockSchema>;
