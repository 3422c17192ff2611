import { fileFor } from "../../builders/prebuilt.js";
import type { Platform } from "../../values/platform.js";
import type { Binary } from "../2-resolve/topology.js";
import type { BuildProblem } from "./build-problem.js";

/** How a builder comes to make a program for another machine, as what to do about it. */
export function machineHint({ builder }: Binary, { text }: Platform): string {
  const compiler = `the compiler for ${text}`;
  switch (builder) {
    case "prebuilt":
      return `name a file for ${text}`;
    case "make":
      return `let the Makefile compile and link by $(CC) or $(CXX), which are ${compiler}`;
    case "cmake":
      return `let the project leave the compiler to dune, which gives CMake ${compiler}`;
    case "cc":
      return `name ${compiler} in [toolchains."${text}"]`;
    default:
      return `let the build use ${compiler}: CC, GOARCH and CARGO_BUILD_TARGET in its environment say which`;
  }
}

/** The line that names a program that was there already. */
export function placeOfFile(binary: Binary, platform: Platform): Pick<BuildProblem, "path"> {
  const file = binary.builder === "prebuilt" ? fileFor(binary, platform) : undefined;
  return file === undefined ? {} : { path: ["files", file.key] };
}
