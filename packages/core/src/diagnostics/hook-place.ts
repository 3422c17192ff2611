/** `in hook "topology"`, but `in setup`, `in engine ".j2"`: not all of a plugin's code is a hook. */
export function placeOf(hook: string): string {
  if (hook === "load") return "while it is loaded";
  const [kind = "", ...name] = hook.split(" ");
  if (name.length > 0) return `in ${kind} "${name.join(" ")}"`;
  return ["setup", "options", "context"].includes(hook) ? `in ${hook}` : `in hook "${hook}"`;
}
