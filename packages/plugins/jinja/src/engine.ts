import type { Engine, EngineResult, Tools } from "@dune/core";
import type { Settings } from "./environment.js";
import { JinjaTemplate } from "./jinja-template.js";
import { Library } from "./library.js";

/** Jinja for one compilation. */
export function createEngine({ options }: Pick<Tools<Settings>, "options">): Engine {
  const library = new Library(options);
  return {
    compile(source, file): EngineResult {
      const template = new JinjaTemplate(source, file, library);
      const problem = template.add();
      return problem === undefined ? { ok: true, template } : { ok: false, problem };
    },
  };
}
