import type { RenderedPhynode, Rendering } from "../phases/4-render/rendering.js";
import { definePlugin, type Plugin } from "../plugin.js";
import { type Platform, parsePlatform } from "../values/platform.js";

/** What a rehearsal leaves out, because it would change this machine itself or cannot be there. */
export interface LeftOut {
  readonly phynode: string;
  /** As it stands in the topology: `setup.pre: modprobe vxlan`, `sysctl vm.swappiness = 1`. */
  readonly what: string;
}

/** Those of `net/` that a server of a rehearsal has for itself; `net/core` is the whole machine's. */
function isOwnSysctl(path: string): boolean {
  return path.startsWith("net/") && !path.startsWith("net/core/");
}

function isMachineSysctl(path: string): boolean {
  return !path.startsWith("net/");
}

/**
 * Takes out of the bundles what would change this machine, the phynodes' setup commands and sysctls beyond `net`, and has
 * them built for its platform. It taps the last transform before that, so that what other plugins add is seen too.
 * @param allowHost leaves in what can be done here; `net/core` cannot, no network namespace but the first has it
 */
export function spareMachine(allowHost: boolean, onLeftOut: (leftOut: LeftOut) => void): Plugin {
  return definePlugin({
    name: "dune-rehearse",
    api: 1,
    setup(dune) {
      dune.on("rendering", (rendering): Rendering => {
        const phynodes = rendering.phynodes.map((each) => spared(each, allowHost));
        for (const each of rendering.phynodes) reportLeftOut(each, allowHost, onLeftOut);
        return { ...rendering, phynodes };
      });
    },
  });
}

function spared(rendered: RenderedPhynode, allowHost: boolean): RenderedPhynode {
  const { phynode, setup } = rendered;
  const sysctls = phynode.sysctls.filter(({ path }) => isApplied(path, allowHost));
  const platform = standInPlatform(phynode.platform);
  return {
    ...rendered,
    phynode: { ...phynode, sysctls, platform },
    setup: allowHost ? setup : { pre: [], post: [] },
  };
}

/** This machine's platform where the server's is another: a bundle refuses to come up on what it was not built for. */
function standInPlatform(declared: Platform): Platform {
  const here = parsePlatform(`linux/${process.arch === "x64" ? "amd64" : process.arch}`);
  return here.ok && here.value.arch !== declared.arch ? here.value : declared;
}

function isApplied(path: string, allowHost: boolean): boolean {
  return isOwnSysctl(path) || (allowHost && isMachineSysctl(path));
}

function reportLeftOut(
  { phynode: { name: phynode, sysctls }, setup }: RenderedPhynode,
  allowHost: boolean,
  onLeftOut: (leftOut: LeftOut) => void,
): void {
  for (const when of allowHost ? [] : (["pre", "post"] as const)) {
    for (const command of setup[when]) onLeftOut({ phynode, what: `setup.${when}: ${command}` });
  }
  for (const { path, value } of sysctls) {
    if (!isApplied(path, allowHost))
      onLeftOut({ phynode, what: `sysctl ${path.replaceAll("/", ".")} = ${value}` });
  }
}
