/** A glob that matches the path itself, whatever is in it. */
export function escapeGlob(path: string): string {
  return path.replace(/[\\*?|(){}[\]!+@]/g, "\\$&");
}
