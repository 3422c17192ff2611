export { z } from "zod";
export type {
  BuildCommand,
  Builder,
  BuildRefusal,
  BuildRequest,
  BuildTarget,
  Companion,
  Recipe,
  ToolNeed,
} from "./builders/builder.js";
export {
  type CompileInput,
  type CompileOptions,
  type CompileResult,
  compile,
  type PhaseName,
  type PhaseTime,
  type Progress,
  phaseNames,
  type Timing,
} from "./compile.js";
export type {
  Diagnostic,
  FilePathOrigin,
  FilePositionOrigin,
  Origin,
  Path,
  Related,
  Severity,
} from "./diagnostics/diagnostic.js";
export { printGithub } from "./diagnostics/github.js";
export { type JsonDiagnostic, type JsonLocation, type JsonRelated, toJson } from "./diagnostics/json.js";
export { nearest } from "./diagnostics/near.js";
export type { ReadSource } from "./diagnostics/place.js";
export { type Colours, printText, summary } from "./diagnostics/text.js";
export { type Exec, type ExecOptions, type ExecResult, localExec } from "./exec.js";
export { defineExtension, type Extension, type ExtensionPoint, type ExtensionPoints } from "./extension.js";
export {
  diskFiles,
  type FileDigest,
  type FileFacts,
  type Files,
  type GlobMatch,
  memoryFiles,
} from "./files.js";
export type {
  ArtifactsInput,
  Awaitable,
  CheckHooks,
  CollectHooks,
  ContextContribution,
  HookName,
  HookResults,
  HookValues,
  PluginArtifact,
  TransformHooks,
} from "./hooks.js";
export type { JsonSchema } from "./language-schema/json-schema.js";
export { languageSchema } from "./language-schema/language-schema.js";
export { pluginLoader } from "./load-plugin.js";
export { compareManifests } from "./manifest/compare-manifests.js";
export type {
  // `Change` is that of a plugin.
  Change as ManifestChange,
  ChangeKind,
  Comparison,
  Effect,
  Subject,
  ValueChange,
} from "./manifest/comparison.js";
export { type Manifest, manifestSchema } from "./manifest/manifest.js";
export { type ReadManifest, readManifest } from "./manifest/read-manifest.js";
export type { Document, Layer, Localhost, Tables, TomlValue } from "./phases/1-parse/document.js";
export type { Lock } from "./phases/1-parse/lock.js";
export { lockFileOf } from "./phases/1-parse/read-lock.js";
export type { Fragment } from "./phases/2-resolve/fragment.js";
export type * from "./phases/2-resolve/topology.js";
export { values } from "./phases/2-resolve/value-schemas.js";
export type { Graph } from "./phases/3-allocate/graph.js";
export type * from "./phases/3-allocate/placement.js";
export type { AllowedSet, Group, Item, Problem, Server, Unit } from "./phases/3-allocate/problem.js";
export type { Assignment, Misfit } from "./phases/3-allocate/strategy.js";
export type * from "./phases/4-render/rendering.js";
export type { Binaries, Build, Program, ProgramFacts, ProgramSources } from "./phases/5-build/binaries.js";
export type { BuildMode, WorkshopOptions } from "./phases/5-build/workshop.js";
export type { Artifact, Artifacts, BundleSummary } from "./phases/6-emit/artifacts.js";
export type { BundleFormat } from "./phases/6-emit/bundle.js";
export {
  type Allocator,
  type Dune,
  definePlugin,
  isPlugin,
  type Located,
  type NoOptions,
  type Plugin,
  type PluginDeclaration,
  type PluginProblem,
  type PluginReport,
  type PluginTrace,
  pluginApi,
  type ResolvedPlugin,
  type ResolvePlugin,
  type Tools,
} from "./plugin.js";
export type { Choices, Json } from "./plugins/choices.js";
export type { HookTime, PendingHook } from "./plugins/plugin-calls.js";
export type * from "./template/engine.js";
export type { InterfaceAddress, Prefix } from "./values/address.js";
export { findByName } from "./values/find-by-name.js";
export { addressBits, type Family, formatIp, networkOf, parseIpv4, parseIpv6 } from "./values/ip.js";
export type { Platform } from "./values/platform.js";
