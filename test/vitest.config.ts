import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { TallyReporter } from "./tally-reporter.js";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    // Those with virtual machines have a run of their own: npm run test:vm.
    exclude: [...configDefaults.exclude, "vm/**"],
    // As users have it: one instance of each module, loaded by Node.js.
    server: { deps: { external: [/\/packages\/.*\/dist\//] } },
    // Much of it waits for namespaces, for processes to end, for the disk.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default", new TallyReporter()],
  },
});
