import { texts } from "../phases/2-resolve/schema-values.js";
import { rustTarget } from "./build-environ.js";
import type { Builder, BuildRefusal, BuildRequest, BuildTarget, Recipe, ToolNeed } from "./builder.js";
import { cCompiler } from "./c-toolchain.js";
import { textsOption } from "./option.js";

/** A package of Rust's. */
export const cargo: Builder = {
  keys: {
    flags: texts
      .optional()
      .meta({ description: "Arguments for cargo build", examples: [["--features=tls"]] }),
  },
  // Where cargo builds.
  inputs: ["**", "!**/target/**"],
  plan,
};

function plan({ binary, target, files }: BuildRequest): Recipe | BuildRefusal {
  if (!files.includes("Cargo.toml"))
    return {
      refused: `there is no Cargo.toml in ${binary.source}`,
      hint: "let source be the folder of the package's Cargo.toml, or of the workspace's with flags = [\"--package=NAME\"]",
      path: ["source"],
    };
  const triple = rustTarget(target);
  const flags = textsOption(binary, "flags") ?? [];
  const locked = files.includes("Cargo.lock") ? ["--locked"] : [];
  return {
    commands: [
      {
        argv: [
          ...["cargo", "build", "--release", `--target=${triple}`, "--target-dir=target"],
          ...[...locked, ...flags],
        ],
      },
    ],
    output: `target/${triple}/release/${binary.output ?? binary.name}`,
    needs: [...rustTools(target, triple), cCompiler(target, binary.isStatic)],
  };
}

function rustTools({ platform }: BuildTarget, triple: string): readonly ToolNeed[] {
  const install = "apt-get install cargo, or rustup from rustup.rs";
  return [
    { command: "cargo", install },
    {
      command: "rustc",
      install,
      companions: [
        { name: "the compiler behind rustc", locate: ["--print", "sysroot"], path: "bin/rustc" },
        {
          name: `Rust's standard library for ${triple}`,
          locate: ["--print", "sysroot"],
          path: `lib/rustlib/${triple}/lib`,
          install: `rustup target add ${triple}${platform.libc === "gnu" ? `, or with Debian's Rust apt-get install libstd-rust-dev:${platform.arch}` : ""}`,
        },
      ],
    },
  ];
}
