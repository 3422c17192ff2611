import { AsyncSeriesHook, AsyncSeriesWaterfallHook } from "tapable";
import type { Document } from "./phases/1-parse/document.js";
import type { Topology } from "./phases/2-resolve/topology.js";
import type { PlacedNode, Placement } from "./phases/3-allocate/placement.js";
import type { Rendering } from "./phases/4-render/rendering.js";
import type { Binaries } from "./phases/5-build/binaries.js";
import type { BundleSummary } from "./phases/6-emit/artifacts.js";
import type { PluginCalls } from "./plugin-calls.js";
import { PluginError } from "./plugin-error.js";
import { frozen } from "./values/frozen.js";
import type { Parsed } from "./values/parsed.js";

/** Each takes the phase's value and returns the next one, a new value; returning nothing is an error. */
export interface TransformHooks {
  /** After parse: add layers, e.g. an imported graph. */
  document: Document;
  /** After resolve: assign addresses, derive values. */
  topology: Topology;
  /** After render: add files. */
  rendering: Rendering;
}

/** Each only reports. */
export interface CheckHooks {
  topologyCheck: Topology;
  placementCheck: Placement;
  binariesCheck: Binaries;
}

/** Each returns a list; the lists are joined in plugin order. */
export interface CollectHooks {
  /** While emitting: files for `dist` beside the bundles. */
  artifacts: { readonly input: ArtifactsInput; readonly item: PluginArtifact };
}

export interface ArtifactsInput {
  readonly binaries: Binaries;
  readonly bundles: readonly BundleSummary[];
}

export interface PluginArtifact {
  /** Relative to `dist`, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly executable?: boolean;
}

/** An artifact with the plugin that gave it. */
export interface Collected {
  readonly plugin: string;
  readonly item: PluginArtifact;
}

/** Names that templates and inline strings may use besides dune's own. Called synchronously, while rendering. */
export interface ContextContribution {
  /** Once per compilation. */
  readonly globals?: Readonly<Record<string, (placement: Placement) => unknown>>;
  /** Once per node. */
  readonly node?: Readonly<Record<string, (placed: PlacedNode, placement: Placement) => unknown>>;
}

type Awaitable<T> = T | Promise<T>;

/** What a plugin taps, by hook. `Tools` is what the facade hands to each call. */
export type HookFunctions<Tools> = {
  [K in keyof TransformHooks]: (value: TransformHooks[K], tools: Tools) => Awaitable<TransformHooks[K]>;
} & {
  [K in keyof CheckHooks]: (value: CheckHooks[K], tools: Tools) => Awaitable<void>;
} & {
  [K in keyof CollectHooks]: (
    value: CollectHooks[K]["input"],
    tools: Tools,
  ) => Awaitable<readonly CollectHooks[K]["item"][]>;
};

export type HookName = keyof HookFunctions<unknown>;

/** Makes the phase's next value of what a plugin returned, or says in what it breaks what the phase promises. */
export type Adopt<T> = (returned: unknown, before: T, plugin: string) => Parsed<T> | Promise<Parsed<T>>;

/**
 * The hooks of one compilation. Taps are taken until it is sealed. tapable's errors carry no tap name, so every call of a
 * tap is attributed to its plugin here.
 */
export class Hooks {
  readonly #transforms = {
    document: new AsyncSeriesWaterfallHook<[Document, Adopt<Document>]>(["value", "adopt"]),
    topology: new AsyncSeriesWaterfallHook<[Topology, Adopt<Topology>]>(["value", "adopt"]),
    rendering: new AsyncSeriesWaterfallHook<[Rendering, Adopt<Rendering>]>(["value", "adopt"]),
  };
  readonly #checks = {
    topologyCheck: new AsyncSeriesHook<[Topology]>(["value"]),
    placementCheck: new AsyncSeriesHook<[Placement]>(["value"]),
    binariesCheck: new AsyncSeriesHook<[Binaries]>(["value"]),
  };
  readonly #collects = {
    artifacts: new AsyncSeriesHook<[ArtifactsInput, Collected[]]>(["value", "items"]),
  };
  readonly #calls: PluginCalls;
  readonly #contexts: { readonly plugin: string; readonly contribution: ContextContribution }[] = [];
  #sealed = false;

  constructor(calls: PluginCalls) {
    this.#calls = calls;
  }

  /** Runs every tap of a transform in plugin order; what each returns is checked and adopted. */
  transform<K extends keyof TransformHooks>(
    hook: K,
    value: TransformHooks[K],
    adopt: Adopt<TransformHooks[K]>,
  ): Promise<TransformHooks[K]> {
    const waterfall = this.#transforms[hook] as unknown as AsyncSeriesWaterfallHook<
      [TransformHooks[K], Adopt<TransformHooks[K]>]
    >;
    return waterfall.promise(value, adopt);
  }

  async check<K extends keyof CheckHooks>(hook: K, value: CheckHooks[K]): Promise<void> {
    await (this.#checks[hook] as unknown as AsyncSeriesHook<[CheckHooks[K]]>).promise(value);
  }

  async collectArtifacts(input: ArtifactsInput): Promise<readonly Collected[]> {
    const items: Collected[] = [];
    await this.#collects.artifacts.promise(input, items);
    return items;
  }

  get contexts(): readonly { readonly plugin: string; readonly contribution: ContextContribution }[] {
    return this.#contexts;
  }

  /** From here on a tap is an error of the plugin that makes it. */
  seal(): void {
    this.#sealed = true;
  }

  addContext(plugin: string, contribution: ContextContribution): void {
    this.#refuseIfSealed(plugin, "context");
    this.#contexts.push({ plugin, contribution });
  }

  /** Taps `hook` for `plugin`; `call` has the tools bound already. */
  tap(plugin: string, hook: HookName, call: (value: never) => unknown): void {
    this.#refuseIfSealed(plugin, hook);
    // An unknown hook name can come from JavaScript, where no type checker stops it.
    if (hook in this.#transforms) this.#tapTransform(plugin, hook as keyof TransformHooks, call);
    else if (hook in this.#checks) this.#tapCheck(plugin, hook as keyof CheckHooks, call);
    else if (hook in this.#collects) this.#tapCollect(plugin, hook as keyof CollectHooks, call);
    else
      throw new PluginError(plugin, hook, new Error(`there is no hook "${hook}"; hooks: ${this.#names()}`));
  }

  #tapTransform(plugin: string, hook: keyof TransformHooks, call: (value: never) => unknown): void {
    const waterfall = this.#transforms[hook] as unknown as AsyncSeriesWaterfallHook<
      [unknown, Adopt<unknown>]
    >;
    waterfall.tapPromise(plugin, async (value, adopt) => {
      const next = await this.#calls.runAsync(plugin, hook, () => call(frozen(value) as never));
      if (next === undefined || next === null) {
        const cause = "it returned nothing; a transform returns the next value";
        throw new PluginError(plugin, hook, cause, "plugin/no-result");
      }
      const adopted = await this.#calls.runAsync(plugin, hook, () => adopt(next, value, plugin));
      if (!adopted.ok) throw new PluginError(plugin, hook, adopted.message, "plugin/broken-invariant");
      return adopted.value;
    });
  }

  #tapCheck(plugin: string, hook: keyof CheckHooks, call: (value: never) => unknown): void {
    const series = this.#checks[hook] as unknown as AsyncSeriesHook<[unknown]>;
    series.tapPromise(plugin, async (value) => {
      await this.#calls.runAsync(plugin, hook, () => call(frozen(value) as never));
    });
  }

  #tapCollect(plugin: string, hook: keyof CollectHooks, call: (value: never) => unknown): void {
    this.#collects[hook].tapPromise(plugin, async (value, items) => {
      const list = await this.#calls.runAsync(plugin, hook, () => call(frozen(value) as never));
      if (!Array.isArray(list)) {
        throw new PluginError(plugin, hook, "it returned no list of artifacts", "plugin/no-result");
      }
      items.push(...(list as PluginArtifact[]).map((item) => ({ plugin, item })));
    });
  }

  #refuseIfSealed(plugin: string, hook: string): void {
    if (this.#sealed) throw new PluginError(plugin, hook, new Error("hooks can be tapped only during setup"));
  }

  #names(): string {
    return [
      ...Object.keys(this.#transforms),
      ...Object.keys(this.#checks),
      ...Object.keys(this.#collects),
    ].join(", ");
  }
}
