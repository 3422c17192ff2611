import { Option } from "commander";

/** `--set PATH=VALUE`, as often as wanted. */
export function setOption(): Option {
  return new Option("--set <path=value>", "set a value of the topology, e.g. params.runs=5 (repeatable)")
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([] as readonly string[], "none");
}

/** `--json`. */
export function jsonOption(): Option {
  return new Option("--json", "print one JSON document on stdout");
}

/** `--timing`. */
export function timingOption(): Option {
  return new Option("--timing", "say on stderr how long each phase and each hook of a plugin took");
}
