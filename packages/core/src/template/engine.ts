/** A template language. Built-in: Eta. Chosen by the file's ending. */
export interface Engine {
  /** Compiles a template's source; never throws for what a user wrote. */
  compile(source: string): EngineResult;
}

export type EngineResult =
  | { readonly ok: true; readonly template: Renderable }
  | { readonly ok: false; readonly problem: TemplateProblem };

/** A compiled template: for one source, whatever it is rendered with. */
export interface Renderable {
  /** Every use of a name that comes from outside, in order; empty where the engine cannot tell before rendering. */
  readonly names: readonly NameUse[];
  /** Gets the values themselves, dune's own frozen. Never throws for what a user wrote. */
  render(values: Readonly<Record<string, unknown>>): RenderResult;
}

export type RenderResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: TemplateProblem };

export interface NameUse extends TemplateSpan {
  readonly name: string;
}

/** What is wrong in a template, and where. */
export interface TemplateProblem extends TemplateSpan {
  /** One sentence, no trailing full stop. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

/** A place in a template. Offset and length in UTF-16 units; line and column from 1. */
export interface TemplateSpan {
  readonly offset: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
}
