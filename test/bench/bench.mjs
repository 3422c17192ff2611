// `npm run bench`: measures against the targets, writes bench.json at the root and prints it; exits 1 on a miss.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { benchBundle } from "./bundle.mjs";
import { benchCompiler } from "./compile.mjs";
import { benchDiff } from "./diff.mjs";
import { root } from "./figures.mjs";
import { benchPlugins } from "./plugins.mjs";
import { benchPrograms } from "./programs.mjs";

const results = [
  ...(await benchCompiler()),
  ...(await benchDiff()),
  ...(await benchPlugins()),
  ...benchPrograms(),
  ...(await benchBundle()),
];
const report = {
  machine: { cpu: cpus()[0]?.model, cpus: cpus().length, node: process.version },
  results,
};
const text = `${JSON.stringify(report, null, 2)}\n`;
writeFileSync(join(root, "bench.json"), text);
process.stdout.write(text);
if (results.some((each) => each.ok === false)) process.exitCode = 1;
