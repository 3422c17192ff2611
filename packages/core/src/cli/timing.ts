import type { Timing } from "../compile.js";
import { placeOf } from "../diagnostics/hook-place.js";
import { printable } from "../diagnostics/printable.js";
import type { PendingHook } from "../plugins/plugin-calls.js";
import { paletteOf } from "./colours.js";
import { alignColumns } from "./table.js";

/** What is said while a plugin's hook has not settled. */
export function pendingNotice({ plugin, hook, seconds }: PendingHook): string {
  return `plugin "${plugin}" has not ended for ${seconds} s ${placeOf(hook)}; waiting (Ctrl-C stops dune)`;
}

/** Where the time went: a line for each phase, then for each hook, the slowest first. */
export function timingLines({ phases, hooks }: Timing): readonly string[] {
  const { dim } = paletteOf(process.stderr);
  const total = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const phaseRows = phases.map(({ phase, milliseconds }) => [`  ${phase}`, shown(milliseconds)]);
  const hookRows = hooks.map(({ plugin, hook, calls, milliseconds }) => [
    `  ${printable(plugin)}`,
    printable(hook),
    shown(milliseconds),
    calls === 1 ? "once" : `${calls} times`,
  ]);
  return [
    dim("time by phase"),
    ...alignColumns([...phaseRows, ["  all", shown(total)]], [1]),
    ...(hooks.length === 0 ? [] : [dim("of it in plugins"), ...alignColumns(hookRows, [2, 3])]),
    "",
  ];
}

function shown(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}
