import type { Bind, Template } from "../2-resolve/topology.js";
import { type Expander, reportProblem, reportUndeclared, type Scope } from "./expand.js";
import type { RenderedFile } from "./rendering.js";
import type { Sources } from "./sources.js";

/** Renders a node's templates. */
export async function renderTemplates(
  templates: readonly Template[],
  scope: Scope,
  expander: Expander,
  sources: Sources,
): Promise<readonly RenderedFile[]> {
  const files: RenderedFile[] = [];
  for (const { src, dst, mode, srcAt, dstAt } of templates) {
    const origin = scope.locate(dstAt.path);
    const compiled = await sources.template(src, scope.locate(srcAt.path, undefined, srcAt.target));
    const target = expander.text(dst, dstAt.path, scope);
    if (compiled === undefined) continue;
    const place = (span: { line: number; column: number; length: number }) => ({
      file: src,
      line: span.line,
      column: span.column,
      length: span.length,
    });
    if (!reportUndeclared(compiled, scope, place, sources.reporter)) continue;
    const rendered = compiled.render(scope.values);
    if (rendered.ok) files.push({ path: target, mode, content: { text: rendered.text }, origin });
    else {
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
  for (const { src, dst, mode, srcAt, dstAt } of binds) {
    const content = await sources.carried(src, scope.locate(srcAt.path));
    const target = expander.text(dst, dstAt.path, scope);
    if (content !== undefined) files.push({ path: target, mode, content, origin: scope.locate(dstAt.path) });
  }
  return files;
}
