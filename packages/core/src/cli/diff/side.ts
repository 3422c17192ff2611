import type { Manifest } from "../../manifest/manifest.js";
import type { CompiledSide } from "./compile-side.js";
import type { Contents } from "./contents.js";
import type { FarAddresses } from "./far-addresses.js";

/** One of the two that are compared. */
export interface Side {
  /** As the user has named it: `dist`, `git:HEAD~1:lab`. */
  readonly name: string;
  readonly kind: "topology" | "build" | "bundle" | "manifest";
  readonly manifest: Manifest;
  /** Of a single phynode's bundle: whose it is; all that is compared is cut to it. */
  readonly phynode?: string;
  /** Of a single phynode's bundle: what it knows of other servers. */
  readonly farAddresses?: FarAddresses;
  /** The contents of its files, as far as they are there. */
  readonly contents: Contents;
  /** What a topology became: tells which line a value comes from. */
  readonly compiled?: CompiledSide;
}
