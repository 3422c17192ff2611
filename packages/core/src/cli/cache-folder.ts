import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The folder that keeps programs for later builds, as the XDG Base Directory Specification wants it. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: named } = process.env;
  // The specification: a path that is not absolute is to be ignored.
  const folder = named !== undefined && isAbsolute(named) ? named : join(homedir(), ".cache");
  return join(folder, "dune");
}
