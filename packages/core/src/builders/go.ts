import { posix } from "node:path";
import { inlineString, texts } from "../phases/2-resolve/schema-values.js";
import type { Builder, BuildRefusal, BuildRequest, Recipe } from "./builder.js";
import { textOption, textsOption } from "./option.js";
import { refuseOutput } from "./refuse-output.js";

/** A package of Go. */
export const go: Builder = {
  keys: {
    package: inlineString
      .optional()
      .meta({ description: "The package, from source", default: ".", examples: ["./cmd/probe"] }),
    flags: texts.optional().meta({ description: "Arguments for go build", examples: [["-tags=netgo"]] }),
  },
  plan,
};

function plan({ binary, files }: BuildRequest): Recipe | BuildRefusal {
  const refusal = refuseOutput(binary);
  if (refusal !== undefined) return refusal;
  const name = textOption(binary, "package") ?? ".";
  const flags = textsOption(binary, "flags") ?? [];
  if (!name.endsWith(".go") && !hasModule(name, files))
    return {
      refused: `there is no go.mod for the package ${name} of ${binary.source}`,
      hint: "make one by go mod init; let source be the folder of the go.mod, and package the way from there",
      path: ["source"],
    };
  const argv = ["go", "build", "-trimpath", "-buildvcs=false", "-o", "{{out}}", ...flags, name];
  // Otherwise one of a folder above the build's would count.
  const environ = files.includes("go.work") ? undefined : { GOWORK: "off" };
  return {
    commands: [{ argv, ...(environ && { environ }) }],
    needs: [goTool],
  };
}

export const goTool = {
  command: "go",
  versionArguments: ["version"],
  install: "apt-get install golang-go",
};

/** Whether a go.mod is in the package's folder, or above it in the sources. */
function hasModule(name: string, files: readonly string[]): boolean {
  const folders = posix.join(".", name).split("/");
  const above = folders.map((_, index) => folders.slice(0, index + 1).join("/"));
  return [".", ...above].some((folder) => files.includes(posix.join(folder, "go.mod")));
}
