/** A glob that matches the path itself, whatever is in it. */
export function escapeGlob(path: string): string {
  // By classes where that goes: after a backslash fast-glob takes the whole path for a folder.
  return path.replace(/[\\!]/g, "\\$&").replace(/[*?|()[{}+@]/g, "[$&]");
}
