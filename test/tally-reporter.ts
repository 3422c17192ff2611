import { appendFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends a run with one plain line, `N passed, N failed, N skipped`, that any CI can read. Where several runs are to be
 * summed up, the environment's DUNE_TALLY names a file that gets the three numbers, too.
 */
export class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tally = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (!module.ok() && module.errors().length > 0) tally.failed++;
      for (const test of module.children.allTests()) tally[test.result().state]++;
    }
    const { passed, failed, skipped, pending } = tally;
    const file = process.env.DUNE_TALLY;
    if (file !== undefined) appendFileSync(file, `${passed} ${failed} ${skipped + pending}\n`);
    console.log(`${passed} passed, ${failed} failed, ${skipped + pending} skipped`);
  }
}
