import { defineConfig } from "vitest/config";
import { TallyReporter } from "./tally-reporter.js";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default", new TallyReporter()],
  },
});
