import { z } from "zod";
import { inlineString, text } from "../phases/2-resolve/schema-values.js";
import type { Builder, BuildRefusal, BuildRequest, BuildTarget, Recipe } from "./builder.js";
import { cTools, prefixMap } from "./c-toolchain.js";
import { hasCxx } from "./cc.js";
import { makeTool } from "./make.js";
import { tableOption, textOption } from "./option.js";
import { wordsOf } from "./target.js";

/** A project of CMake's. */
export const cmake: Builder = {
  keys: {
    options: z
      .record(z.string(), text)
      .meta({ expected: 'a table of options, e.g. options.BUILD_TESTING = "OFF"' })
      .optional()
      .describe("Options of the project, as by cmake -D"),
    target: inlineString.optional().describe("What to build; default: everything"),
  },
  plan,
};

/** No name that a project has for a folder of its own, a stale build included. */
const folder = "dune-build";

function plan({ binary, target, files }: BuildRequest): Recipe | BuildRefusal {
  if (!files.includes("CMakeLists.txt"))
    return {
      refused: `there is no CMakeLists.txt in ${binary.source}`,
      hint: "let source be the folder of the project's CMakeLists.txt; if inputs are given, they must have it too",
      path: ["source"],
    };
  const { isStatic } = binary;
  const options = [...ownOptions(target, isStatic), ...tableOption(binary, "options")];
  const goal = textOption(binary, "target");
  return {
    commands: [
      {
        argv: [
          ...["cmake", "--no-warn-unused-cli", "-S", ".", "-B", folder, "-G", "Unix Makefiles"],
          ...options.map(([name, value]) => `-D${name}=${value}`),
        ],
      },
      { argv: ["cmake", "--build", folder, ...(goal === undefined ? [] : ["--target", goal])] },
    ],
    output: `${folder}/${binary.output ?? binary.name}`,
    needs: [
      { command: "cmake", install: "apt-get install cmake" },
      makeTool,
      ...cTools(target, { hasCxx: hasCxx(files), isStatic }),
    ],
  };
}

/** The project's own come after these, and win. */
function ownOptions(target: BuildTarget, isStatic: boolean): readonly (readonly [string, string])[] {
  // A list: the arguments belong to the compiler, whatever flags the project sets.
  const compiler = (command: string) => [...wordsOf(command), prefixMap].join(";");
  return [
    ["CMAKE_BUILD_TYPE", "Release"],
    ["CMAKE_C_COMPILER", compiler(target.cc)],
    ["CMAKE_CXX_COMPILER", compiler(target.cxx)],
    // With their type: otherwise CMake takes them for files of the folder that it runs in.
    ["CMAKE_AR:STRING", target.ar],
    ["CMAKE_RANLIB:STRING", target.ranlib],
    ["CMAKE_STRIP:STRING", target.strip],
    // What other projects of this user have left in ~/.cmake, and this one would.
    ["CMAKE_FIND_USE_PACKAGE_REGISTRY", "OFF"],
    ["CMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY", "OFF"],
    ["CMAKE_EXPORT_NO_PACKAGE_REGISTRY", "ON"],
    // The path of the build's folder would be in the program.
    ["CMAKE_BUILD_RPATH_USE_ORIGIN", "ON"],
    ...(isStatic ? [["CMAKE_EXE_LINKER_FLAGS", "-static"] as const] : []),
    ...(target.isNative ? [] : crossOptions(target)),
  ];
}

function crossOptions({ machine, triple }: BuildTarget): readonly (readonly [string, string])[] {
  return [
    // What CMake takes for a cross build it runs no test programs of.
    ["CMAKE_SYSTEM_NAME", "Linux"],
    ["CMAKE_SYSTEM_PROCESSOR", machine],
    // Libraries and headers of the other machine only, and the project's own; programs are run here.
    ["CMAKE_FIND_ROOT_PATH", `/usr/${triple};{{src}}`],
    ...["LIBRARY", "INCLUDE", "PACKAGE"].map(
      (what) => [`CMAKE_FIND_ROOT_PATH_MODE_${what}`, "ONLY"] as const,
    ),
    ["CMAKE_FIND_ROOT_PATH_MODE_PROGRAM", "NEVER"],
    ["CMAKE_LIBRARY_ARCHITECTURE", triple],
  ];
}
