import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dune } from "../cli/run-dune.js";

/* What `dune build examples/cross` puts into its bundles runs, and speaks one protocol: programs for amd64 here, those for
   arm64 by QEMU. On machines of both architectures it runs in vm/cross.test.ts. */

const has = (tool: string) => spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;
const needed = ["gcc", "aarch64-linux-gnu-gcc", "go", "qemu-aarch64-static"];
const canRun = process.getuid?.() === 0 && process.arch === "x64" && needed.every(has);

const example = fileURLToPath(new URL("../../examples/cross", import.meta.url));

/** How each is called, from the folder that the bundles are unpacked into. */
const programs = {
  "C for amd64": "server/bin/probe",
  "C for arm64": "qemu-aarch64-static board/bin/probe",
  "Go for arm64": "qemu-aarch64-static board/bin/probe-go",
  TypeScript: "server/bin/probe-ts",
};
const names = Object.keys(programs);

/**
 * Two namespaces with a veth between them; in the second each program answers, one after the other, and in the first all of
 * them ask. All ends with the first process.
 */
const script = `
  unshare --net sleep 1000 &
  peer=$!
  there() { nsenter --net=/proc/$peer/ns/net "$@"; }
  until [ "$(readlink /proc/$peer/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
  ip link add here type veth peer name there netns "$peer"
  ip address add 2001:db8::1/64 dev here nodad
  there ip address add 2001:db8::2/64 dev there nodad
  ip link set here up
  there ip link set there up
  for answers in "$@"; do
    nsenter --net=/proc/$peer/ns/net $answers serve >/dev/null &
    until "$1" 2001:db8::2 1 >/dev/null; do :; done
    for asks in "$@"; do
      printf '%s <- %s: ' "$answers" "$asks"
      $asks 2001:db8::2 2 | tail -n 1
    done
    kill $!
    wait $! || :
  done`;

describe.runIf(canRun)("as root, with compilers for both and QEMU", () => {
  const folder = mkdtempSync(join(tmpdir(), "dune-cross-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let said: readonly string[];

  beforeAll(async () => {
    const home = process.env.HOME ?? folder;
    cpSync(example, join(folder, "cross"), { recursive: true });
    const built = await dune(folder, ["build", "cross", "--out", "dist"], { HOME: home });
    expect(built.exitCode, built.stderr).toBe(0);
    for (const phynode of ["server", "board"]) {
      await execa("sh", [`dist/${phynode}.run`, "extract", phynode], { cwd: folder });
    }
    await execa("chmod", ["-R", "u+x", "server/bin", "board/bin"], { cwd: folder });
    const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const commands = Object.values(programs);
    const run = await execa("unshare", [...namespaces, "sh", "-euc", script, "sh", ...commands], {
      cwd: folder,
      timeout: 50_000,
    });
    said = run.stdout.split("\n");
  }, 60_000);

  const pairs = names.flatMap((answers) => names.map((asks) => [answers, asks] as const));

  test.each(pairs)("a program in %s answers one in %s", (answers, asks) => {
    const call = (name: string) => programs[name as keyof typeof programs];
    const line = said.find((each) => each.startsWith(`${call(answers)} <- ${call(asks)}: `));
    expect(line).toMatch(
      /: 2 sent, [12] received, \d+% lost, min\/avg\/max \d+\.\d{3}\/\d+\.\d{3}\/\d+\.\d{3} ms$/,
    );
  });
});
