import { type CompileResult, compile, type Files, memoryFiles, type Plugin } from "@dune/core";
import jinja from "@dune/plugin-jinja";

/** Two routers; `r1` has addresses and data, `r2` has none. */
export const topology = (more = "") => `
name = "lab"
[infrastructure.nodes.s1]
cores = 4
${more}
[topology.defaults.nodes]
templates = { "r.conf" = "/etc/{{node}}.conf" }
[topology.nodes.r1]
addrs.lo = ["10.0.0.1/32", "2001:db8::1/128"]
addrs.eth0 = ["10.1.0.1/24", "2001:db8:1::1/64"]
asn = 65001
[topology.nodes.r2]
[topology]
links = [
  { endpoints = ["r1:eth0", "r2:eth0"], metric = 7, latency = "5ms", "r1:eth0".mac = "02:00:00:00:00:01" },
  { endpoints = ["r1:eth1", "r2:eth1"] },
]
`;

/** Files by path; `r.conf` is the template of both routers. */
export type Sources = Readonly<Record<string, string>>;

export function compileLab(sources: Sources, options = ""): Promise<CompileResult> {
  return compileFiles(memoryFiles({ "topology.toml": topology(options), ...sources }));
}

export function compileFiles(files: Files, more: readonly Plugin[] = []): Promise<CompileResult> {
  return compile({ file: "topology.toml" }, { files, plugins: [jinja, ...more], until: "render" });
}

/** What `r1` and `r2` get. */
export async function render(source: string, others: Sources = {}, options = ""): Promise<readonly string[]> {
  const { ok, rendering, diagnostics } = await compileLab({ "r.conf": source, ...others }, options);
  if (!ok || rendering === undefined) throw new Error(JSON.stringify(diagnostics));
  return rendering.nodes.map(({ files: [file] }) =>
    file && "text" in file.content ? file.content.text : "",
  );
}

/** The first thing that is wrong, `FILE:LINE:COLUMN+LENGTH CODE: MESSAGE (HINT)`. */
export async function problem(source: string, others: Sources = {}): Promise<string> {
  const { diagnostics } = await compileLab({ "r.conf": source, ...others });
  const [first] = diagnostics;
  if (first === undefined) throw new Error("it compiles");
  const { code, message, hint, at } = first;
  if (at === undefined || !("line" in at)) throw new Error(`no place: ${code} ${message}`);
  const place = `${at.file}:${at.line}:${at.column}+${at.length}`;
  return `${place} ${code.replace("render/", "")}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}
