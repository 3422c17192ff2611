import { defineConfig } from "vitest/config";
import { TallyReporter } from "../tally-reporter.js";

/** One file after the other: each has machines of its own, and they want the processors for themselves. */
export default defineConfig({
  test: {
    include: ["vm/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    reporters: ["default", new TallyReporter()],
  },
});
