import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { newFolder } from "./run-dune.js";

const script = fileURLToPath(new URL("../../dune", import.meta.url));

/** A checkout in which npm and the compiler are stand-ins that note their calls, and the command prints its situation. */
function checkout(): string {
  const root = newFolder();
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), mode);
  };
  copyFileSync(script, join(root, "dune"));
  chmodSync(join(root, "dune"), 0o755);
  write("package-lock.json", "{}");
  write("tsconfig.base.json", "{}");
  write("packages/core/src/main.ts", "");
  write("tsc", `require("node:fs").appendFileSync(${JSON.stringify(`${root}/calls`)}, "tsc\\n")`);
  const npm = [
    "#!/bin/sh",
    `echo npm >>"${root}/calls"`,
    `[ ! -e "${root}/fail" ] || { echo noise; exit 1; }`,
    "sleep 0.3",
    `mkdir -p "${root}/node_modules/typescript/bin"`,
    `cp "${root}/tsc" "${root}/node_modules/typescript/bin/tsc"`,
  ];
  write("bin/npm", npm.join("\n"), 0o755);
  write(
    "packages/core/dist/cli/main.js",
    "console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)]))\n",
  );
  return root;
}

function run(root: string, args: readonly string[], shell: readonly string[] = ["sh"]) {
  const [program = "sh", ...first] = shell;
  const env = { PATH: `${root}/bin:${process.env.PATH}` };
  return execa(program, [...first, join(root, "dune"), ...args], {
    cwd: "/",
    reject: false,
    stdin: "ignore",
    env,
  });
}

const calls = (root: string) =>
  existsSync(join(root, "calls"))
    ? readFileSync(join(root, "calls"), "utf8").split("\n").filter(Boolean)
    : [];

/** Later than anything that was written so far. */
function touch(path: string): void {
  const later = new Date(Date.now() + 10_000);
  utimesSync(path, later, later);
}

describe.each(["dash", "bash", "busybox"])("./dune under %s", (name) => {
  const start = (root: string, args: readonly string[]) =>
    run(root, args, name === "busybox" ? ["busybox", "sh"] : [name]);

  test("sets itself up once, quietly, and passes everything on", async () => {
    const root = checkout();
    const first = await start(root, ["build", "a b", "--set", "x='$y'"]);
    expect(first.stderr).toBe(
      "dune: installing dependencies (first use) …\ndune: compiling dune (first use) …",
    );
    expect(JSON.parse(first.stdout)).toEqual(["/", "build", "a b", "--set", "x='$y'"]);
    expect((await start(root, [])).stderr).toBe("");
    expect(calls(root)).toEqual(["npm", "tsc"]);
  });

  test("does again what a change makes due, and no more", async () => {
    const root = checkout();
    await start(root, []);
    touch(join(root, "packages/core/src/main.ts"));
    expect((await start(root, [])).stderr).toBe("dune: compiling dune (a source has changed) …");
    writeFileSync(join(root, "package-lock.json"), "{ }");
    expect((await start(root, [])).stderr).toContain(
      "dune: installing dependencies (package-lock.json has changed) …",
    );
    expect(calls(root).filter((call) => call === "npm")).toHaveLength(2);
  });
});

describe("./dune", () => {
  test("started twice at once sets itself up once", async () => {
    const root = checkout();
    const runs = await Promise.all([run(root, []), run(root, []), run(root, [])]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(calls(root)).toEqual(["npm", "tsc"]);
  });

  test("shows what npm says only when it fails", async () => {
    const root = checkout();
    writeFileSync(join(root, "fail"), "");
    const { exitCode, stderr, stdout } = await run(root, []);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("noise\ndune: the dependencies could not be installed; see above");
  });

  test("finds its checkout through links", async () => {
    const root = checkout();
    symlinkSync("../dune", join(root, "bin/link"));
    symlinkSync(join(root, "bin/link"), join(root, "bin/dune"));
    const { stdout } = await execa("dune", ["x"], {
      cwd: "/",
      env: { PATH: `${root}/bin:${process.env.PATH}` },
    });
    expect(JSON.parse(stdout)).toEqual(["/", "x"]);
  });

  test("tells the command how it was called, so that what it suggests can be copied", async () => {
    const root = checkout();
    const main = join(root, "packages/core/dist/cli/main.js");
    writeFileSync(main, "console.log(process.env.DUNE_COMMAND)");
    symlinkSync("../dune", join(root, "bin/dune"));
    const env = { PATH: `${root}/bin:${process.env.PATH}` };
    expect((await execa("./dune", [], { cwd: root, env })).stdout).toBe("./dune");
    expect((await execa("../dune", [], { cwd: join(root, "bin"), env })).stdout).toBe("../dune");
    expect((await execa("dune", [], { cwd: "/", env })).stdout).toBe("dune");
  });

  test("set up by one user, is there for others too", async () => {
    const root = checkout();
    await run(root, []);
    expect(statSync(join(root, "node_modules/.dune-installed")).mode & 0o777).toBe(0o644);
  });

  test.runIf(process.getuid?.() === 0)("says who must set it up where the user cannot", async () => {
    const root = checkout();
    chmodSync(root, 0o755);
    const { exitCode, stderr } = await execa("sh", [join(root, "dune")], {
      cwd: "/",
      reject: false,
      uid: 65534,
      gid: 65534,
    });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: `dune: ${root} is not set up, and you may not write there; let its owner run ${root}/dune once`,
    });
  });

  test("refuses a Node.js that is too old, or missing", async () => {
    const root = checkout();
    writeFileSync(join(root, "bin/node"), "#!/bin/sh\necho v20.18.3\n");
    chmodSync(join(root, "bin/node"), 0o755);
    const { exitCode, stderr } = await run(root, []);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      "dune: Node.js v20.18.3 is too old; install version 20.19 or newer: https://nodejs.org",
    );
  });

  test("has the missing tools of a rehearsal installed by root, and names them to others", async () => {
    const root = checkout();
    await run(root, []);
    const tools = newFolder();
    const real =
      "node cat cmp sed dirname find head mktemp rm sh env tar gzip awk xargs sha256sum readlink".split(" ");
    for (const tool of real)
      symlinkSync((await execa("sh", ["-c", `command -v ${tool}`])).stdout, join(tools, tool));
    const fakes = { "apt-get": `echo "$*" >>"${root}/apt"`, id: `echo "\${FAKE_UID:-0}"` };
    for (const [tool, text] of Object.entries(fakes)) {
      writeFileSync(join(tools, tool), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    const options = { cwd: "/", reject: false, stdin: "ignore", extendEnv: false } as const;
    const user = await execa("/bin/sh", [join(root, "dune"), "rehearse", "lab"], {
      ...options,
      env: { PATH: tools, FAKE_UID: "1000" },
    });
    expect(user.exitCode).toBe(2);
    expect(user.stderr).toMatch(/^dune: a rehearsal needs:.* nsenter .*\(Debian:.* util-linux/);
    expect(user.stderr).toMatch(
      /try again: sudo apt-get update && sudo apt-get install --no-install-recommends .*util-linux/,
    );
    expect(existsSync(join(root, "apt"))).toBe(false);
    const asRoot = await execa("/bin/sh", [join(root, "dune"), "rehearse", "lab"], {
      ...options,
      env: { PATH: tools },
    });
    expect(asRoot.exitCode).toBe(0);
    expect(readFileSync(join(root, "apt"), "utf8")).toMatch(
      /^update\ninstall --yes --no-install-recommends .*util-linux/,
    );
    const help = await execa("/bin/sh", [join(root, "dune"), "rehearse", "--help"], {
      ...options,
      env: { PATH: tools, FAKE_UID: "1000" },
    });
    expect(help.exitCode).toBe(0);
  });
});
