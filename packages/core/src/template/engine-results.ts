/* What a plugin's engine gives is checked before anything is built on it: nonsense is the plugin's fault, and not that of
 * whoever wrote the template. */

/** What is wrong with the answer of `compile`; undefined where nothing is. */
export function brokenEngineResult(result: unknown): string | undefined {
  const { ok, template, problem } = Object(result) as Partial<Record<string, unknown>>;
  if (ok === false) return brokenProblem(problem, "compile");
  const { names, render } = Object(template) as Partial<Record<string, unknown>>;
  if (ok !== true || typeof render !== "function" || !Array.isArray(names))
    return "compile gives { ok: true, template: { names, render } } or { ok: false, problem }";
  const isNamed = (use: unknown) => isSpan(use) && typeof use.name === "string";
  const isRight = names.every((use) => isNamed(use) && (use.member === undefined || isNamed(use.member)));
  return isRight
    ? undefined
    : "each of a template's names, and its member, needs name, offset, length, line and column";
}

/** What is wrong with the answer of `render`. */
export function brokenRenderResult(result: unknown): string | undefined {
  const { ok, text, problem } = Object(result) as Partial<Record<string, unknown>>;
  if (ok === false) return brokenProblem(problem, "render");
  return ok === true && typeof text === "string"
    ? undefined
    : "render gives { ok: true, text } or { ok: false, problem }";
}

function brokenProblem(problem: unknown, method: string): string | undefined {
  const { message, hint = "", file = "" } = Object(problem) as Partial<Record<string, unknown>>;
  const isText = [message, hint, file].every((each) => typeof each === "string");
  return isText && isSpan(problem)
    ? undefined
    : `a problem of ${method} needs message, offset, length, line and column`;
}

function isSpan(value: unknown): value is Record<string, unknown> {
  const { offset, length, line, column } = Object(value) as Partial<Record<string, unknown>>;
  return [offset, length, line, column].every((each) => Number.isSafeInteger(each) && (each as number) >= 0);
}
