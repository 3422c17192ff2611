import { AsyncSeriesHook, AsyncSeriesWaterfallHook } from "tapable";
import type { Code } from "./diagnostics/codes.js";
import type { Document } from "./phases/1-parse/document.js";
import type { Topology } from "./phases/2-resolve/topology.js";
import type { PlacedNode, Placement } from "./phases/3-allocate/placement.js";
import type { Rendering } from "./phases/4-render/rendering.js";
import type { Binaries } from "./phases/5-build/binaries.js";
import type { BundleSummary } from "./phases/6-emit/artifacts.js";
import type { Tools } from "./plugin.js";
import type { PluginCalls } from "./plugins/plugin-calls.js";
import { PluginError } from "./plugins/plugin-error.js";
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
export interface ContextContribution<T = Tools> {
  /** Once per compilation. */
  readonly globals?: Readonly<Record<string, (placement: Placement, tools: T) => unknown>>;
  /** Once per node. */
  readonly node?: Readonly<Record<string, (placed: PlacedNode, placement: Placement, tools: T) => unknown>>;
}

/** A value, or a promise of one. */
export type Awaitable<T> = T | Promise<T>;

/** What each hook hands to its taps. */
export type HookValues = TransformHooks &
  CheckHooks & { [K in keyof CollectHooks]: CollectHooks[K]["input"] };

/** What each hook wants of its taps. */
export type HookResults = TransformHooks &
  Record<keyof CheckHooks, void> & { [K in keyof CollectHooks]: readonly CollectHooks[K]["item"][] };

export type HookName = keyof HookValues;

/** Makes the phase's next value of what a plugin returned, or says in what it breaks what the phase promises. */
export type Adopt<T> = (returned: unknown, before: T, plugin: string) => Parsed<T> | Promise<Parsed<T>>;

/** A plugin's function at a hook, and an error that was made where it was tapped. */
interface Tap {
  readonly plugin: string;
  readonly hook: HookName;
  readonly call: (value: never) => unknown;
  readonly tapped: Error;
}

function faultOf({ plugin, hook, tapped }: Tap, code: Code, message: string): PluginError {
  return Object.assign(new PluginError(plugin, hook, message, code), { tapped });
}

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
    refuseIfBroken(contribution);
    this.#contexts.push({ plugin, contribution });
  }

  /** Taps `hook` for `plugin`; `call` has the tools bound already. */
  tap(plugin: string, hook: HookName, call: (value: never) => unknown): void {
    this.#refuseIfSealed(plugin, hook);
    const tap: Tap = { plugin, hook, call, tapped: new Error("tapped here") };
    // An unknown hook name can come from JavaScript, where no type checker stops it.
    if (Object.hasOwn(this.#transforms, hook)) this.#tapTransform(hook as keyof TransformHooks, tap);
    else if (Object.hasOwn(this.#checks, hook)) this.#tapCheck(hook as keyof CheckHooks, tap);
    else if (Object.hasOwn(this.#collects, hook)) this.#tapCollect(hook as keyof CollectHooks, tap);
    else
      throw new PluginError(
        plugin,
        String(hook),
        new Error(`there is no hook "${String(hook)}"; hooks: ${this.#names()}`),
      );
  }

  #tapTransform(hook: keyof TransformHooks, tap: Tap): void {
    const waterfall = this.#transforms[hook] as unknown as AsyncSeriesWaterfallHook<
      [unknown, Adopt<unknown>]
    >;
    waterfall.tapPromise(tap.plugin, async (value, adopt) => {
      const next = await this.#call(tap, value);
      if (next === undefined || next === null)
        throw faultOf(tap, "plugin/no-result", "it returned nothing; a transform returns the next value");
      const { plugin } = tap;
      const adopted = await this.#calls.attribute(plugin, hook, () => adopt(next, value, plugin));
      if (!adopted.ok) throw faultOf(tap, "plugin/broken-invariant", adopted.message);
      return adopted.value;
    });
  }

  #tapCheck(hook: keyof CheckHooks, tap: Tap): void {
    const series = this.#checks[hook] as unknown as AsyncSeriesHook<[unknown]>;
    series.tapPromise(tap.plugin, async (value) => void (await this.#call(tap, value)));
  }

  #tapCollect(hook: keyof CollectHooks, tap: Tap): void {
    const { plugin } = tap;
    this.#collects[hook].tapPromise(plugin, async (value, items) => {
      const list = await this.#call(tap, value);
      if (!Array.isArray(list)) throw faultOf(tap, "plugin/no-result", "it returned no list of artifacts");
      items.push(...(list as PluginArtifact[]).map((item) => ({ plugin, item })));
    });
  }

  async #call({ plugin, hook, call, tapped }: Tap, value: unknown): Promise<unknown> {
    const given = frozen(value);
    try {
      return await this.#calls.runAsync(plugin, hook, () => call(given as never));
    } catch (error) {
      if (error instanceof PluginError) error.tapped = tapped;
      throw error;
    }
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

/** A plugin in JavaScript has no type checker, and what it declares is called much later. */
function refuseIfBroken(contribution: unknown): void {
  if (!isTable(contribution)) throw new Error("dune.context needs { globals } or { node }");
  for (const scope of ["globals", "node"]) {
    const names = contribution[scope] ?? {};
    if (!isTable(names)) throw new Error(`${scope} of dune.context must be an object of functions by name`);
    const wrong = Object.keys(names).find((name) => typeof names[name] !== "function");
    if (wrong !== undefined)
      throw new Error(`the name "${wrong}" in ${scope} of dune.context is no function`);
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
