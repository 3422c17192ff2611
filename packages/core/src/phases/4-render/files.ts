import type { Origin } from "../../diagnostics/diagnostic.js";
import type { TemplateSpan } from "../../template/engine.js";
import { formatMode } from "../../values/mode.js";
import type { Bind, PrivateFolder, Template } from "../2-resolve/topology.js";
import { type Expander, reportFailed, reportUndeclared, type Scope } from "./expand.js";
import type { RenderedFile, RenderedFolder } from "./rendering.js";
import { placeOf, type Sources } from "./sources.js";

/** Renders a node's templates. */
export async function renderTemplates(
  templates: readonly Template[],
  scope: Scope,
  expander: Expander,
  sources: Sources,
): Promise<readonly RenderedFile[]> {
  const files: RenderedFile[] = [];
  for (const template of templates) {
    const { src, dst } = template;
    const at = ["templates", src];
    const srcOrigin = scope.locate(at, { target: "key" });
    const source = await sources.template(src, srcOrigin);
    const path = expander.text(dst, [...at, "dst"], scope);
    if (source === undefined) continue;
    const place = (span: TemplateSpan) => placeOf(src, span);
    if (!reportUndeclared(source.template, scope, place, sources.reporter)) continue;
    const rendered = await source.template.render(scope.values);
    if (rendered.ok) {
      const access = accessOf(template, source.hiddenBy, srcOrigin, sources);
      const origin = scope.locate([...at, "dst"], { target: "value" });
      files.push({ path, ...access, content: { text: rendered.text }, origin });
    } else {
      const { problem } = rendered;
      reportFailed(problem, source.template, scope, place(problem), sources.reporter);
    }
  }
  return files;
}

/** Files of the topology's folder that are carried as they are. */
export async function renderBinds(
  binds: readonly Bind[],
  scope: Scope,
  expander: Expander,
  sources: Sources,
): Promise<readonly RenderedFile[]> {
  const files: RenderedFile[] = [];
  for (const [index, bind] of binds.entries()) {
    const { src, dst } = bind;
    const srcOrigin = scope.locate(["binds", index, "src"], { target: "value" });
    const source = await sources.carried(src, srcOrigin);
    const path = expander.text(dst, ["binds", index, "dst"], scope);
    if (source === undefined) continue;
    const access = accessOf(bind, source.hiddenBy, srcOrigin, sources);
    const origin = scope.locate(["binds", index, "dst"], { target: "value" });
    files.push({ path, ...access, content: source.content, origin });
  }
  return files;
}

/** The folders that a node has for itself. */
export function renderFolders(
  folders: readonly PrivateFolder[],
  scope: Scope,
  expander: Expander,
): readonly RenderedFolder[] {
  return folders.flatMap(({ path: text, mode, owner }, index) => {
    const at = ["private", index, "path"];
    const path = expander.expanded(text, at, scope);
    if (path === undefined) return [];
    const access = { ...(mode !== undefined && { mode }), ...(owner !== undefined && { owner }) };
    return [{ path, ...access, origin: scope.locate(at, { target: "value" }) }];
  });
}

/** What others may not read here they may not read on the server, unless a declared mode says so. */
function accessOf(
  { src, mode, modeDeclared, owner }: Bind,
  hiddenBy: string | undefined,
  srcOrigin: Origin,
  { reporter }: Sources,
): Pick<RenderedFile, "mode" | "owner" | "isPrivate"> {
  const isNarrowed = hiddenBy !== undefined && !modeDeclared;
  if (isNarrowed) {
    const narrow = formatMode(mode & 0o700);
    const what = hiddenBy === src ? "it" : src;
    reporter.report("render/private-source", {
      message: `${hiddenBy} is not readable by others, so what ${what} becomes on the server is not either: its mode is ${narrow}`,
      at: srcOrigin,
      hint: `declare the mode, e.g. mode = "${narrow}", and every checkout gives the same bundle; or make ${hiddenBy} readable`,
    });
  }
  return {
    mode: isNarrowed ? mode & 0o700 : mode,
    ...(owner !== undefined && { owner }),
    ...(hiddenBy !== undefined && { isPrivate: true }),
  };
}
