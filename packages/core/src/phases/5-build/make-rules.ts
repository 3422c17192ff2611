/**
 * What the targets of rules for make depend on (`gcc -MD`), without the targets: `a.o: a.c \` and so on. An escaped blank
 * or `#` and a doubled `$` belong to a name.
 */
export function prerequisitesOf(text: string): readonly string[] {
  const rules = text.replace(/\\\r?\n/g, " ").split(/\r?\n/);
  return rules.flatMap((rule) => {
    const words = wordsOf(rule);
    const colon = words.findIndex((word) => word.endsWith(":"));
    return words.slice(colon + 1).map(unescaped);
  });
}

/** Blanks after an odd number of backslashes are part of a word. */
function wordsOf(rule: string): readonly string[] {
  return rule.match(/(?:\\.|[^\s\\])+/g) ?? [];
}

function unescaped(word: string): string {
  return word.replace(/\\([\s#:])/g, "$1").replaceAll("$$", "$");
}
