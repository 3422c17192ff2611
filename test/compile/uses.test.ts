import { compile, definePlugin, memoryFiles, type Plugin } from "@dune/core";
import { describe, expect, test } from "vitest";
import { Uses } from "../../packages/core/dist/phases/4-render/uses.js";

const head = `
name = "lab"
[infrastructure.nodes.s1]
cores = 8
binds = [{ src = "motd", dst = "/etc/motd" }, { src = "motd", dst = "/etc/frr/daemons" }]
[binaries.bird]
builder = "make"
[binaries.probe]
builder = "cc"
[topology.nodes.b]
templates = { "plain.eta" = "/etc/b.conf" }
[topology.nodes.a]
templates."plain.eta" = "/etc/a.conf"
templates."odd.eta" = "/etc/odd, {{node}}.conf"
templates."relative.eta" = "conf/a"
`;
const files = {
  motd: "hello\n",
  "plain.eta": "x\n",
  "odd.eta": "x\n",
  "relative.eta": "x\n",
  "script.eta": "exec {{bin.probe}} -x\n",
};
const bin = "/var/lib/dune/lab/payload/bin";

async function compiled(node: string, plugins: readonly Plugin[] = []) {
  const all = memoryFiles({ ...files, "topology.toml": `${head}${node}` });
  return compile({ file: "topology.toml" }, { files: all, plugins, until: "render" });
}

async function usesOf(node: string) {
  const { rendering, diagnostics } = await compiled(node);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  if (rendering === undefined) throw new Error("not rendered");
  const own = rendering.nodes.find(({ placed }) => placed.node.name === "a");
  const uses = own && new Uses(rendering).ofNode(own);
  const paths = (list: readonly { readonly path: string }[] = []) => list.map(({ path }) => path);
  return { exec: paths(uses?.exec), processes: uses?.processes.map(paths) };
}

describe("a process uses", () => {
  test.each<[string, string, readonly string[]]>([
    ["nothing", 'cmd = "sleep infinity"', []],
    ["a file that its command names", 'cmd = "d -c /etc/a.conf"', ["/etc/a.conf"]],
    ["a file behind =", 'cmd = "d --config=/etc/a.conf"', ["/etc/a.conf"]],
    ["a file in quotes, before ;", `cmd = "d '/etc/a.conf';x"`, ["/etc/a.conf"]],
    ["a file glued to its option", 'cmd = "d -c/etc/a.conf"', ["/etc/a.conf"]],
    ["a relative file", 'cmd = "d conf/a"', ["conf/a"]],
    ["a relative file behind ./", 'cmd = "d ./conf/a"', ["conf/a"]],
    ["a relative file by its whole path", 'cmd = "d /var/lib/dune/lab/root/conf/a"', ["conf/a"]],
    ["a file whose path is more than a word", `cmd = "d '/etc/odd, a.conf'"`, ["/etc/odd, a.conf"]],
    ["no longer path that begins so", 'cmd = "d /etc/a.conf.d /etc/a.conf-old /etc/a.conf/x"', []],
    ["no longer path that ends so", 'cmd = "d /srv/etc/a.conf x/conf/a"', []],
    ["no longer odd path", `cmd = "d '/srv/etc/odd, a.conf' '/etc/odd, a.confs'"`, []],
    ["a file of the server", 'cmd = "d </etc/motd"', ["/etc/motd"]],
    ["no file of another node", 'cmd = "d /etc/b.conf"', []],
    ["what a variable names", 'cmd = "d"\nenviron.F = "/etc/a.conf"', ["/etc/a.conf"]],
    ["what ready names", 'cmd = "d"\nready = "test /etc/a.conf"', ["/etc/a.conf"]],
    ["what post_up names", 'cmd = "d"\npost_up = ["cat /etc/a.conf"]', ["/etc/a.conf"]],
    ["what pre_down names", 'cmd = "d"\npre_down = ["cat /etc/a.conf"]', ["/etc/a.conf"]],
    ["what down names", 'cmd = "d"\ndown = "cat /etc/a.conf"', ["/etc/a.conf"]],
    ["what reload names", 'cmd = "d"\nreload = "load /etc/a.conf"', ["/etc/a.conf"]],
    ["a program", 'cmd = "{{bin.bird}} -f"', [`${bin}/bird`]],
    ["what `uses` names", 'cmd = "d"\nuses = ["/etc/a.conf", "./conf/a"]', ["/etc/a.conf", "conf/a"]],
    [
      "all of a folder, the server's too",
      'cmd = "d"\nuses = ["/etc/"]',
      ["/etc/a.conf", "/etc/frr/daemons", "/etc/motd", "/etc/odd, a.conf"],
    ],
    ["a program that `uses` names", 'cmd = "d"\nuses = ["{{bin.bird}}"]', [`${bin}/bird`]],
  ])("%s", async (_, process, expected) => {
    const { processes } = await usesOf(`[[topology.nodes.a.pinned]]\n${process}`);
    expect(processes).toEqual([expected]);
  });

  test("a program that is called by a file that it uses; who does not use that file does not", async () => {
    const script = 'templates."script.eta" = "/etc/s.sh"';
    const pinned =
      '[[topology.nodes.a.pinned]]\ncmd = "sh /etc/s.sh"\n[[topology.nodes.a.pinned]]\ncmd = "x"';
    const { exec, processes } = await usesOf(`${script}\nexec = ["true"]\n${pinned}`);
    expect(processes).toEqual([["/etc/s.sh", `${bin}/probe`], []]);
    expect(exec).toEqual([]);
  });

  test.each([
    ["listed", 'binaries = ["probe"]'],
    ["called by a file that nobody names", 'templates."script.eta" = "/etc/s.sh"'],
  ])("a program that is only %s, as do all of the node", async (_, key) => {
    const pinned =
      '[[topology.nodes.a.pinned]]\ncmd = "{{bin.bird}}"\n[[topology.nodes.a.pinned]]\ncmd = "x"';
    const { exec, processes } = await usesOf(`${key}\nexec = ["true"]\n${pinned}`);
    expect(processes).toEqual([[`${bin}/bird`, `${bin}/probe`], [`${bin}/probe`]]);
    expect(exec).toEqual([`${bin}/probe`]);
  });

  test("its node's own file where the server has one at that path, too", async () => {
    const own = 'private = ["/etc/frr"]\ntemplates."script.eta" = "/etc/frr/daemons"';
    const { processes } = await usesOf(`${own}\n[[topology.nodes.a.pinned]]\ncmd = "d /etc/frr/daemons"`);
    expect(processes).toEqual([["/etc/frr/daemons", `${bin}/probe`]]);
  });
});

test("exec uses what its commands name", async () => {
  const { exec } = await usesOf('exec = ["cat /etc/motd", "{{bin.bird}} </etc/a.conf"]');
  expect(exec).toEqual(["/etc/a.conf", "/etc/motd", `${bin}/bird`]);
});

test("what `uses` names asks for cores, and makes a program used", async () => {
  const { rendering } = await compiled(
    '[[topology.nodes.a.pinned]]\ncmd = "x"\nreload = "x {{core_2}}"\nuses = ["/etc/{{core_1 ? `motd` : ``}}", "{{bin.bird}}"]',
  );
  expect(rendering?.nodes[0]?.binaries).toEqual(["bird"]);
  expect(rendering?.nodes[0]?.placed.processes[0]?.cores).toHaveLength(3);
});

describe("a plugin", () => {
  const uses = (...entries: readonly string[]) =>
    definePlugin({
      name: "user",
      api: 1,
      setup(dune) {
        dune.on("rendering", (rendering) => ({
          ...rendering,
          nodes: rendering.nodes.map((node) => ({
            ...node,
            processes: node.processes.map((process) => ({ ...process, uses: entries })),
          })),
        }));
      },
    });
  const process = '[[topology.nodes.a.pinned]]\ncmd = "x"';

  test("may say what a process uses", async () => {
    const { rendering, diagnostics } = await compiled(process, [uses("/etc/motd")]);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(rendering?.nodes[0]?.processes[0]?.uses).toEqual(["/etc/motd"]);
  });

  test("is to blame where that is nothing", async () => {
    const { diagnostics } = await compiled(process, [uses("/etc/mtd")]);
    expect(diagnostics.map(({ code, plugin }) => [code, plugin])).toContainEqual([
      "plugin/broken-invariant",
      "user",
    ]);
  });

  test("is to blame where it takes away what a process uses", async () => {
    const remover = definePlugin({
      name: "remover",
      api: 1,
      setup(dune) {
        dune.on("rendering", (rendering) => ({
          ...rendering,
          phynodes: rendering.phynodes.map((phynode) => ({ ...phynode, files: [] })),
        }));
      },
    });
    const { diagnostics } = await compiled(`${process}\nuses = ["/etc/motd"]`, [remover]);
    expect(diagnostics.map(({ code, plugin }) => [code, plugin])).toEqual([
      ["plugin/broken-invariant", "remover"],
    ]);
  });
});
