import { memoryFiles } from "@dune/core";
import { describe, expect, test, vi } from "vitest";
import { Environment } from "../../packages/plugins/jinja/dist/environment.js";
import { compileFiles, compileLab, render, topology } from "./jinja-lab.js";

const [r1] = [0, 1].map((index) => async (source: string, others = {}, options = "") => {
  return (await render(source, others, options))[index];
}) as [(source: string, others?: Record<string, string>, options?: string) => Promise<string | undefined>];

describe("upstream's names", () => {
  test("a program that a template names is used by its node alone", async () => {
    const source =
      "{% if node == 'r1' %}{{ bin.bird }} {{ bin['udp-probe'] }}.log{% else %}{{ node }}{% endif %}";
    const programs =
      "[binaries.bird]\nbuilder = 'make'\n[binaries.udp-probe]\nbuilder = 'cc'\n[binaries.x]\nbuilder = 'cc'";
    const { rendering, diagnostics } = await compileLab({ "r.conf": source }, programs);
    expect(rendering?.nodes.map(({ binaries }) => binaries)).toEqual([["bird", "udp-probe"], []]);
    expect(diagnostics.map(({ code }) => code)).toEqual(["render/unused-binary"]);
  });

  test("ctx_addrs and ctx_mac of each interface; prefix is the address itself", async () => {
    const source =
      "{% for name, i in ifaces.items() %}{{ name }}={{ i.ctx_mac }}{% for a in i.ctx_addrs %} {{ a.prefix }}/{{ a.plen }}{% endfor %};{% endfor %}";
    expect(await r1(source)).toMatch(
      /^eth0=02:00:00:00:00:01 10\.1\.0\.1\/24 2001:db8:1::1\/64;eth1=02:[\da-f:]{14};$/,
    );
  });

  test("by interface, the loopback too", async () => {
    const source =
      "{% for name, addrs in ctx_addrs.items() %}{{ name }}:{% for a in addrs %} {{ a.prefix }}{% endfor %};{% endfor %}{{ ctx_mac.eth0 }}";
    expect(await r1(source)).toBe("eth0: 10.1.0.1 2001:db8:1::1;lo: 10.0.0.1 2001:db8::1;02:00:00:00:00:01");
  });

  test("ctx is the node's own data, node its name", async () => {
    expect(await render("{{ node }} {{ ctx.asn if 'asn' in ctx else 'none' }}\n")).toEqual([
      "r1 65001\n",
      "r2 none\n",
    ]);
  });

  test("inline strings see them too", async () => {
    const more =
      '[[topology.nodes.r1.pinned]]\ncmd = "run {{ ctx_addrs.lo[0].prefix }} {{ ctx_mac.eth0 }}"\n';
    const text = topology() + more;
    const { rendering } = await compileFiles(memoryFiles({ "topology.toml": text, "r.conf": "" }));
    expect(rendering?.nodes[0]?.processes[0]?.cmd).toBe("run 10.0.0.1 02:00:00:00:00:01");
  });
});

describe("values", () => {
  test.each([
    ["{{ ifaces.eth0.latency }} {{ ifaces.eth1.latency }}", "5ms none"],
    ["{% if ifaces.eth1.latency %}slow{% else %}fast{% endif %}", "fast"],
    ["{{ ifaces.eth1.latency is none }} {{ ifaces.eth1.latency is defined }}", "true true"],
    ["{{ ifaces.eth0.metric + 1 }} {{ true }} {{ 1.5 }} {{ 7 // 2 }} {{ none }}", "8 true 1.5 3 none"],
    ["{{ nodes.r2.ifaces.eth0.peer.node }} {{ links|length }} {{ lab }}", "r1 2 lab"],
    ["{{ 'ä😀' ~ node }}\r\nx\r\n", "ä😀r1\r\nx\r\n"],
    ["{{ ifaces|list|join(',') }} {{ ifaces.values()|map(attribute='idx')|sum }}", "eth0,eth1 0"],
    [
      "{{ nope|default('a') }} {{ nope is defined }} {{ data.nope|d('b') }} {{ data.nope is not defined }}",
      "a false b true",
    ],
    [
      "{% set p = data.nope|default(3) %}{{ p }}{% set ns = namespace(n=1) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}",
      "32",
    ],
    [
      "{% for k in [1, 2, 3] if k > 1 %}{{ loop.index }}{{ k }}{{ ',' if not loop.last }}{% endfor %}",
      "12,23",
    ],
    ["{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(node) }} {{ m(a=1, b=node) }}", "r1-2 1-r1"],
    ["{% with a = node, b = {'k': [node]} %}{{ b['k'][0] ~ a }}{% endwith %}{{ 1e3 + 2**3 }}", "r1r11008.0"],
    [
      "{{ 2 in [1, 2] }} {{ node is string }} {{ 4 is divisibleby 2 }} {{ not ifaces.eth1.bw }} {{ -ifaces.eth0.metric }}",
      "true true true true -7",
    ],
    ["{% with (a, b) = [node, 2], c = b|default(3) %}{{ a }}{{ b }}{{ c }}{% endwith %}", "r122"],
    [
      "{% raw %}{{ a }}{% include 'x' %}{% endraw %}{# {{ nope }} {% include 'z' %} #}{{ '}}' }}",
      "{{ a }}{% include 'x' %}}}",
    ],
    ["{{ node.upper() }} {{ node[0] }} {{ node[1:] }} {{ 'a b'.split()|last }}", "R1 r 1 b"],
    ["{{ [1, 2]|map('string')|join(node) }}{% filter upper %}{{ node }}{% endfilter %}", "1r12R1"],
  ])("%s", async (source, text) => {
    expect(await r1(source)).toBe(text);
  });

  test("nothing is escaped, whatever the file is called", async () => {
    expect(
      await r1("{% include 'a.json' %}{% include 'a.html' %}", {
        "a.json": "{{ '<\"' }}",
        "a.html": "{{ '<&' }}",
      }),
    ).toBe('<"<&');
  });
});

describe("where a name may be undefined", () => {
  test.each([
    ["{{ data.q|default(data.p|default('c')) }}", "c"],
    ["{{ (data.q)|default('c') }}{{ ((nope)) | d('e') }}", "ce"],
    ["{{ (data.q) is defined }} {{ (nope) is not defined }}", "false true"],
    ["{{ data.q is none }} {{ data.q is not none }} {{ nope is string }}", "false true false"],
    ["{{ 1 if not (nope is none) and (data.q) is undefined }}", "1"],
    ["{{ [data.q]|length }} {{ [1, (nope), data.q]|length }}", "1 3"],
    ["{{ [data.q, nope, 1]|select('defined')|join }}", "1"],
    ["{{ {'k': data.q}.k is defined }} {{ {'k': [data.q]}['k'][0]|default('d') }}", "false d"],
    ["{% for x in [data.q, 'a'] if x is defined %}{{ x }}{% endfor %}", "a"],
  ])("%s", async (source, text) => {
    expect(await r1(source)).toBe(text);
  });

  // As upstream's users write them.
  test.each([
    [
      "{{ data['ecmp'] if 'ecmp' in data else 'no' }} {{ data['asn'] if 'asn' in data else 'no' }}",
      "no 65001",
    ],
    ["{% if ctx.x is defined and ctx.x == 'a' %}a{% endif %}.", "."],
    ["{% if ctx.asn is defined and ctx.asn == 65001 %}a{% endif %}.", "a."],
    ["{% if ctx.get('x') == 'a' %}a{% endif %}{{ ctx.get('x') }}", "none"],
    ["{{ ctx.dir or 'd' if 'dir' in ctx else 'e' }} {{ ctx.get('x') or 'd' }}", "e d"],
  ])("%s", async (source, text) => {
    expect(await r1(source)).toBe(text);
  });
});

describe("white space", () => {
  const source = "a\n  {% if node %}\n  b\n  {% endif %}\nc\n";

  test("as minijinja has it; but the newline at the end stays", async () => {
    expect(await r1(source)).toBe("a\n  \n  b\n  \nc\n");
  });

  test("trim_blocks and lstrip_blocks", async () => {
    const options = "[plugin.jinja]\ntrim_blocks = true\nlstrip_blocks = true";
    expect(await r1(source, {}, options)).toBe("a\n  b\nc\n");
    expect(await r1(source, {}, "[plugin.jinja]\ntrim_blocks = true")).toBe("a\n    b\n  c\n");
  });

  test("an option that is none", async () => {
    const { diagnostics } = await compileLab({ "r.conf": "" }, "[plugin.jinja]\ntrim_block = true");
    expect(diagnostics).toMatchObject([{ code: "resolve/unknown-key", hint: 'did you mean "trim_blocks"?' }]);
  });
});

describe("other files", () => {
  test("from the topology's folder, then beside the file", async () => {
    const files = {
      "lib/a.conf": "{% include 'b.conf' %}{% include 'lib/b.conf' %}{% include './c.conf' %}\n",
      "lib/b.conf": "b of lib\n",
      "c.conf": "c\n",
      "lib/c.conf": "c of lib\n",
    };
    expect(await r1("{% include 'lib/a.conf' %}|\n", files)).toBe("b of libb of libc|\n");
  });

  test("names that are computed, lists, and those that may be missing", async () => {
    const source =
      "{% include [node ~ '.conf', 'any.conf'] %} {% include 'x-' ~ node ignore missing %} {% include ['q', 'w'] ignore missing %}.";
    expect(await render(source, { "any.conf": "any", "r2.conf": "two", "x-r1": "{{ node }}" })).toEqual([
      "any r1 .",
      "two  .",
    ]);
  });

  test("many names that are computed are found in one rendering, not in one each", async () => {
    const parts = Array.from({ length: 300 }, (_, index) => [`x/${index}.inc`, `${index};`]);
    const source = '{% for i in range(300) %}{% include "x/" ~ i ~ ".inc" %}{% endfor %}';
    const renderings = vi.spyOn(Environment.prototype, "render");
    try {
      const [text, again] = await render(source, Object.fromEntries(parts));
      expect(text).toBe(parts.map(([, each]) => each).join(""));
      expect(again).toBe(text);
      // For each node, and once to find the files.
      expect(renderings.mock.calls.length).toBe(3);
    } finally {
      renderings.mockRestore();
    }
  });

  // While `a` is not there, the second name is another, whose file has a fault.
  test("a file that is not included in the end has no say", async () => {
    const source =
      "{% set ns = namespace(name='bad') %}{% include 'a' %}{% include ns.name %}{% include 'nope' ignore missing %}";
    const files = { a: "{% set ns.name = 'good' %}", bad: "{{ a b }}", good: "good" };
    expect(await r1(source, files)).toBe("good");
  });

  test("out of the topology's folder", async () => {
    const files = { "../shared/a.j2": "{% include 'b.j2' %} of {{ node }}", "../shared/b.j2": "shared" };
    expect(await r1("{% include '../shared/a.j2' %}", files)).toBe("shared of r1");
  });

  test("extends with blocks, imports of macros that see the node's names", async () => {
    const files = {
      "base.conf": "<{% block body %}base{% endblock %}>\n",
      "m.conf": "{% set port = 179 %}{% macro m(x) %}{{ x }}@{{ node }}:{{ port }}{% endmacro %}",
    };
    const source =
      "{% extends 'base.conf' %}{% block body %}{{ super() }}{% from 'm.conf' import m, port as p %}{% import 'm.conf' as l %}{{ m(1) }} {{ l.m(2) }} {{ p }}{% endblock %}";
    expect(await r1(source, files)).toBe("<base1@r1:179 2@r1:179 179>\n");
  });

  test("a file is read once, though each node uses it", async () => {
    const files = memoryFiles({ "topology.toml": topology(), "r.conf": "{% include 'a' %}", a: "a" });
    const reads: string[] = [];
    const read = (path: string) => {
      reads.push(path);
      return files.read(path);
    };
    expect((await compileFiles({ ...files, read })).ok).toBe(true);
    expect(reads.filter((path) => path === "a")).toEqual(["a"]);
  });

  // Both templates include the same file, one directly: what one has asked for must count for the other, too.
  test("a private file makes private whatever it gets into", async () => {
    const more = 'templates = { "s.conf" = "/etc/{{node}}-s.conf", "t.conf" = "/etc/{{node}}-t.conf" }\n';
    const text = topology().replace("[topology.nodes.r2]\n", `[topology.nodes.r2]\n${more}`);
    const files = memoryFiles({
      "topology.toml": text,
      "r.conf": "{% include 'key-of-r1' if node == 'r1' else 'plain' %}",
      "s.conf": "{% extends 'key-of-r1' %}",
      "t.conf": "{% include 'plain' %}",
      "key-of-r1": "secret",
      plain: "plain",
    });
    const stat = async (path: string) => {
      const facts = await files.stat(path);
      return facts && { ...facts, isPrivate: path === "key-of-r1" };
    };
    const { rendering, diagnostics } = await compileFiles({ ...files, stat });
    expect(diagnostics.map((each) => [each.code, each.severity])).toContainEqual([
      "render/private-source",
      "warning",
    ]);
    const written = rendering?.nodes.flatMap((node) => node.files) ?? [];
    expect(written.find((file) => file.path === "/etc/r1.conf")).toMatchObject({
      mode: 0o600,
      isPrivate: true,
    });
    expect(written.find((file) => file.path === "/etc/r2-s.conf")).toMatchObject({
      mode: 0o600,
      isPrivate: true,
    });
    expect(written.find((file) => file.path === "/etc/r2-t.conf")).not.toHaveProperty("isPrivate");
  });

  test(".eta stays Eta", async () => {
    const text = topology().replaceAll("r.conf", "r.eta");
    const { rendering } = await compileFiles(
      memoryFiles({ "topology.toml": text, "r.eta": "{{ node.toUpperCase() }}" }),
    );
    expect(rendering?.nodes[0]?.files[0]?.content).toEqual({ text: "R1" });
  });
});
