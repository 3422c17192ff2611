/** Permission bits as the language, the manifest and the bundles write them: three octal digits. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(3, "0");
}
