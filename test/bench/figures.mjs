import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const cli = fileURLToPath(new URL("../../packages/core/dist/cli/main.js", import.meta.url));

export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** To the thousandth. */
export function rounded(value) {
  return Math.round(value * 1000) / 1000;
}
