import type { BuildTarget } from "../../builders/builder.js";
import type { Context } from "../../context.js";
import { createInlineStrings } from "../../template/inline-strings.js";
import type { Binary, Topology } from "../2-resolve/topology.js";

/** Stand-in until the language's own is merged. */
export function expandBinary(
  binary: Binary,
  target: BuildTarget,
  topology: Topology,
  _context: Context,
): Binary | undefined {
  const inline = createInlineStrings();
  const { platform, triple, machine } = target;
  const values = {
    target: {
      platform: platform.text,
      os: platform.os,
      arch: platform.arch,
      libc: platform.libc,
      triple,
      machine,
    },
    out: "{{out}}",
    src: "{{src}}",
    name: binary.name,
    lab: topology.name,
    param: topology.params,
  };
  const expand = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(expand);
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, expand(each)]));
    if (typeof value !== "string") return value;
    const compiled = inline.compile(value);
    const rendered = compiled.ok ? compiled.template.render(values) : undefined;
    return rendered?.ok ? rendered.text : value;
  };
  return {
    ...binary,
    options: expand(binary.options) as Binary["options"],
    environ: expand(binary.environ) as Binary["environ"],
  };
}
