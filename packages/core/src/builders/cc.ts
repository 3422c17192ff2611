import { texts } from "../phases/2-resolve/schema-values.js";
import type { Builder } from "./builder.js";

/** Files in C or C++, compiled and linked. */
export const cc: Builder = {
  keys: {
    files: texts
      .optional()
      .meta({ description: "Globs of the files to compile, C or C++ by ending", default: ["*.c"] }),
    flags: texts
      .optional()
      .meta({ description: "Arguments for the compiler and the linker", default: ["-O2"] }),
    libs: texts.optional().meta({ description: "Libraries to link: m is -lm", examples: [["m"]] }),
  },
  inputs: ["**/*.{c,h,cc,cpp,cxx,hh,hpp,hxx,inc,S,s}"],
  plan: () => ({ refused: "not written yet", hint: "wait" }),
};
