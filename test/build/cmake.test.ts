import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { has, type Lab, labOf, readPrograms, topologyWith } from "./lab.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** It says what it has found: a package, a header outside and one of its own, a library. */
const project = `cmake_minimum_required(VERSION 3.16)
project(probe C)
find_package(Foo QUIET)
find_path(OUTSIDE outside.h PATHS \${HOST})
find_path(INSIDE inside.h PATHS \${CMAKE_SOURCE_DIR}/include)
find_library(MATH m)
string(REPLACE "\${CMAKE_SOURCE_DIR}" "." INSIDE "\${INSIDE}")
add_library(word STATIC word.c)
target_compile_definitions(word PRIVATE "WORD=\\"[Foo=\${Foo_FOUND} \${OUTSIDE} \${INSIDE} \${MATH}]\\"")
add_executable(probe probe.c)
target_link_libraries(probe word)
`;

function projectLab(platform: string, toolchain = ""): Lab {
  const lab = labOf({
    "src/CMakeLists.txt": project,
    "src/word.c": "const char *word(void) { return WORD; }\n",
    "src/probe.c": "const char *word(void); int main(void) { return word()[0]; }\n",
    "src/include/inside.h": "",
    "../host/outside.h": "",
    "../foo/FooConfig.cmake": "",
  });
  lab.write("../home/.cmake/packages/Foo/one", join(lab.folder, "foo"));
  const binary = `builder = "cmake"\nsource = "src"\noptions.HOST = "${join(lab.folder, "host")}"`;
  lab.write("topology.toml", `${topologyWith(binary, platform)}${toolchain}`);
  vi.stubEnv("HOME", join(lab.folder, "home"));
  return lab;
}

async function wordOf(lab: Lab): Promise<string | undefined> {
  let word: string | undefined;
  await lab.build("build", [
    readPrograms(({ program }) => {
      word = /\[Foo=.*?\]/.exec(readFileSync(program?.file ?? "", "latin1"))?.[0];
    }),
  ]);
  return word;
}

describe.skipIf(!has("cmake") || !has("aarch64-linux-gnu-gcc"))("a project of CMake's", () => {
  test("finds no package that the user has built elsewhere", async () => {
    expect(await wordOf(projectLab("linux/amd64"))).toMatch(/^\[Foo=0 .*\/host \.\/include .*libm/);
  });

  test("finds what is for the other machine, and its own; it is made by the toolchain", async () => {
    const lab = projectLab("linux/arm64", '[toolchains."linux/arm64"]\nar = "my-ar"\n');
    const log = join(lab.folder, "log");
    lab.write("../bin/my-ar", `#!/bin/sh\necho "$1" >> ${log}\nexec aarch64-linux-gnu-ar "$@"\n`, 0o755);
    vi.stubEnv("PATH", `${join(lab.folder, "bin")}:${process.env.PATH}`);
    const word = await wordOf(lab);
    expect(word).toMatch(/^\[Foo=0 OUTSIDE-NOTFOUND \.\/include \/usr\/aarch64-linux-gnu\/lib\/libm\./);
    expect(readFileSync(log, "utf8")).toContain("qc");
  });
});
