const REPLACEMENT = "\ufffd";
const CONTROL_PICTURES = 0x2400;
const PICTURE_OF_DELETE = "\u2421";

/**
 * Text that a terminal shows and never obeys: a control character becomes its picture (␛), and what would move or
 * reorder text invisibly (C1 controls, bidirectional marks, line separators, half surrogates) becomes �.
 */
export function printable(text: string): string {
  let shown = "";
  for (const character of text) shown += printableCharacter(character.codePointAt(0) ?? 0);
  return shown;
}

function printableCharacter(codePoint: number): string {
  if (codePoint < 0x20) return String.fromCodePoint(CONTROL_PICTURES + codePoint);
  if (codePoint === 0x7f) return PICTURE_OF_DELETE;
  return isTreacherous(codePoint) ? REPLACEMENT : String.fromCodePoint(codePoint);
}

function isTreacherous(codePoint: number): boolean {
  if (codePoint < 0x80) return false;
  return (
    codePoint <= 0x9f ||
    codePoint === 0x061c ||
    codePoint === 0x200e ||
    codePoint === 0x200f ||
    (codePoint >= 0x2028 && codePoint <= 0x202e) ||
    (codePoint >= 0x2066 && codePoint <= 0x2069) ||
    codePoint === 0xfeff ||
    (codePoint >= 0xd800 && codePoint <= 0xdfff)
  );
}

/** Zero-width space and joiners, combining marks, variation selectors. */
const NO_COLUMN = /^[\u200b-\u200d\u2060\p{M}]$/u;
/** The blocks of Unicode's East Asian Width W and F, and what is shown as an emoji by default. */
const TWO_COLUMNS =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/** How many columns of a terminal a printable text takes: right for CJK and simple emoji, a guess for emoji sequences. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (character < "\u0300") columns += 1;
    else if (TWO_COLUMNS.test(character)) columns += 2;
    else if (!NO_COLUMN.test(character)) columns += 1;
  }
  return columns;
}
