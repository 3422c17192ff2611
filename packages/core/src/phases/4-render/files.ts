import type { TemplateSpan } from "../../template/engine.js";
import { formatMode } from "../../values/mode.js";
import type { Bind, PrivateFolder, Template } from "../2-resolve/topology.js";
import { type Expander, reportProblem, reportUndeclared, type Scope } from "./expand.js";
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
    const { src, dst, srcAt, dstAt } = template;
    const source = await sources.template(src, scope.locate(srcAt.path, undefined, srcAt.target));
    const path = expander.text(dst, dstAt.path, scope);
    if (source === undefined) continue;
    const place = (span: TemplateSpan) => placeOf(src, span);
    if (!reportUndeclared(source.template, scope, place, sources.reporter)) continue;
    const rendered = await source.template.render(scope.values);
    if (rendered.ok) {
      const access = accessOf(template, source.hiddenBy, scope, sources);
      files.push({ path, ...access, content: { text: rendered.text }, origin: scope.locate(dstAt.path) });
    } else {
      reportProblem(
        "render/template-failed",
        rendered.problem,
        place(rendered.problem),
        scope.label,
        sources.reporter,
      );
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
  for (const bind of binds) {
    const { src, dst, srcAt, dstAt } = bind;
    const source = await sources.carried(src, scope.locate(srcAt.path));
    const path = expander.text(dst, dstAt.path, scope);
    if (source === undefined) continue;
    const access = accessOf(bind, source.hiddenBy, scope, sources);
    files.push({ path, ...access, content: source.content, origin: scope.locate(dstAt.path) });
  }
  return files;
}

/** The folders that a node has for itself. */
export function renderFolders(
  folders: readonly PrivateFolder[],
  scope: Scope,
  expander: Expander,
): readonly RenderedFolder[] {
  return folders.flatMap(({ path: text, mode, owner, at }) => {
    const path = expander.expanded(text, at.path, scope);
    if (path === undefined) return [];
    const access = { ...(mode !== undefined && { mode }), ...(owner !== undefined && { owner }) };
    return [{ path, ...access, origin: scope.locate(at.path) }];
  });
}

/** What others may not read here they may not read on the server, unless a declared mode says so. */
function accessOf(
  { src, mode, modeDeclared, owner, srcAt }: Bind,
  hiddenBy: string | undefined,
  scope: Scope,
  { reporter }: Sources,
): Pick<RenderedFile, "mode" | "owner" | "isPrivate"> {
  const isNarrowed = hiddenBy !== undefined && !modeDeclared;
  if (isNarrowed) {
    const narrow = formatMode(mode & 0o700);
    const what = hiddenBy === src ? "it" : src;
    reporter.report("render/private-source", {
      message: `${hiddenBy} is not readable by others, so what ${what} becomes on the server is not either: its mode is ${narrow}`,
      at: scope.locate(srcAt.path, undefined, srcAt.target),
      hint: `declare the mode, e.g. mode = "${narrow}", and every checkout gives the same bundle; or make ${hiddenBy} readable`,
    });
  }
  return {
    mode: isNarrowed ? mode & 0o700 : mode,
    ...(owner !== undefined && { owner }),
    ...(hiddenBy !== undefined && { isPrivate: true }),
  };
}
