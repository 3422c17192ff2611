/** A template language. Built-in: Eta. Chosen by the file's ending. */
export interface Engine {
  /** Compiles a template's source; never throws for what a user wrote. */
  compile(source: string, file: TemplateFile): EngineResult | Promise<EngineResult>;
}

/** The file that a template is in. */
export interface TemplateFile {
  /** As the topology names it, relative to the topology's folder. */
  readonly path: string;
  /**
   * The text of another file that the template includes, by its path from the topology's folder; undefined where there is
   * none. What others may not read makes what it is included in private, too.
   */
  include(path: string): Promise<string | undefined>;
}

export type EngineResult =
  | { readonly ok: true; readonly template: Renderable }
  | { readonly ok: false; readonly problem: TemplateProblem };

/** A compiled template: for one source, whatever it is rendered with. */
export interface Renderable {
  /** Every use of a name that comes from outside, in order; empty where the engine cannot tell before rendering. */
  readonly names: readonly NameUse[];
  /** Gets the values themselves, dune's own frozen. Never throws for what a user wrote. */
  render(values: Readonly<Record<string, unknown>>): RenderResult | Promise<RenderResult>;
}

export type RenderResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: TemplateProblem };

export interface NameUse extends TemplateSpan {
  readonly name: string;
  /** The key that is taken of it, where the template says which: `bird` of `bin.bird`, with its place. */
  readonly member?: TemplateSpan & { readonly name: string };
}

/** What is wrong in a template, and where. */
export interface TemplateProblem extends TemplateSpan {
  /** Where it is in an included file; the template's own file where it is absent. */
  readonly file?: string;
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
