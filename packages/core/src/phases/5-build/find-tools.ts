import { tmpdir } from "node:os";
import type { ToolNeed } from "../../builders/builder.js";
import type { Context } from "../../context.js";
import type { Origin } from "../../diagnostics/diagnostic.js";
import type { Platform } from "../../values/platform.js";
import { commandEnvironment } from "./build-environment.js";
import { findTool, type ToolAnswer } from "./find-tool.js";
import type { FoundTool } from "./plan-builds.js";
import { type Lack, reportMissingTools } from "./report-missing-tools.js";
import { ToolMemory } from "./tool-memory.js";

/** Who needs a tool, and for what. */
export interface ToolUser {
  readonly binary: string;
  readonly platform: Platform;
  readonly at: Origin;
}

/** How its build runs it. */
export interface ToolUse {
  readonly environ: Readonly<Record<string, string>>;
  /** Absolute: one where a file of the sources that chooses a version counts as it does in the build. */
  readonly folder: string;
}

/** The tools of this machine: each is looked for once, and what is missing is told at once. */
export class Toolbox {
  readonly #context: Context;
  readonly #answers = new Map<string, Promise<ToolAnswer>>();
  readonly #lacks = new Map<string, Lack & { readonly users: Map<string, Origin> }>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** What of the needs is there, sorted by name. */
  async find(needs: readonly ToolNeed[], use: ToolUse, user: ToolUser): Promise<readonly FoundTool[]> {
    const answers = await Promise.all(needs.map((need) => this.#ask(need, use)));
    const tools = new Map<string, FoundTool>();
    for (const [index, answer] of answers.entries()) {
      if ("tool" in answer) tools.set(answer.tool.name, answer.tool);
      else if (!needs[index]?.isOptional) this.#lack(answer, user);
    }
    return [...tools.keys()].sort().map((name) => tools.get(name) as FoundTool);
  }

  /** Reports all that is missing, with the programs that need it. */
  reportMissing(): void {
    reportMissingTools([...this.#lacks.values()], this.#context.reporter);
  }

  #ask(need: ToolNeed, use: ToolUse): Promise<ToolAnswer> {
    const key = JSON.stringify([need, use]);
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = this.#find(need, use);
      this.#answers.set(key, answer);
    }
    return answer;
  }

  async #find(need: ToolNeed, { environ: own, folder }: ToolUse): Promise<ToolAnswer> {
    const { workshop, signal } = this.#context;
    // Opened when it is asked for: the cache may fail, and somebody must be told.
    const cache = await workshop.cache();
    const environ = commandEnvironment(own, { folder, temporary: tmpdir(), jobs: 1 });
    return findTool(need, new ToolMemory(cache), { environ, folder, signal, work: cache.work });
  }

  #lack({ missing, install }: Exclude<ToolAnswer, { tool: unknown }>, user: ToolUser): void {
    const { binary, platform, at } = user;
    const key = JSON.stringify([missing, install, platform.text]);
    const lack = this.#lacks.get(key);
    if (lack === undefined)
      this.#lacks.set(key, { missing, install, platform, users: new Map([[binary, at]]) });
    else lack.users.set(binary, at);
  }
}
