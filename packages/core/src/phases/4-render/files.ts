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
  for (const { src, dst, mode, path } of templates) {
    const origin = scope.locate(path, {});
    const compiled = await sources.template(src, origin);
    if (compiled === undefined) continue;
    const target = expander.text(dst, path, scope);
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
      const suffix = ` for ${scope.label}`;
      reportProblem("render/template-failed", rendered.problem, place(rendered.problem), suffix, sources.reporter);
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
  for (const { src, dst, mode, path } of binds) {
    const origin = scope.locate([...path, "src"], {});
    const content = await sources.carried(src, origin);
    const target = expander.text(dst, [...path, "dst"], scope);
    if (content !== undefined) files.push({ path: target, mode, content, origin });
  }
  return files;
}
