import { compileTemplate, type EtaResult } from "./eta/template.js";

/** Inline strings (commands, paths, environment), each text compiled once per compilation. */
export interface InlineStrings {
  compile(text: string): EtaResult;
  /** The n of every `core_<n>` that the text names. */
  coreNames(text: string): readonly number[];
}

export function createInlineStrings(): InlineStrings {
  const compiled = new Map<string, EtaResult>();
  const compile = (text: string) => {
    let result = compiled.get(text);
    if (result === undefined) {
      result = compileTemplate(text);
      compiled.set(text, result);
    }
    return result;
  };
  return {
    compile,
    coreNames(text) {
      if (!text.includes("core_")) return [];
      const result = compile(text);
      // What cannot be compiled is reported where it is rendered, with its place.
      return result.ok ? result.template.names.flatMap(({ name }) => coreNumber(name) ?? []) : [];
    },
  };
}

/** `core_3` → 3. Leading zeros name nothing, and so do numbers that no machine has. */
export function coreNumber(name: string): number | undefined {
  const [, digits] = /^core_(0|[1-9]\d{0,3})$/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
