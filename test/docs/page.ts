import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const pagePath = `${root}docs/plugins.md`;

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  /** The file that it is, as the fence names it. */
  readonly file: string | undefined;
  readonly text: string;
  /** Of its text in the page, in lines. */
  readonly firstLine: number;
}

export function readPage(): string {
  return readFileSync(pagePath, "utf8");
}

export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = page.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const [, language, file] = /^```(\w+)(?: (\S+))?$/.exec(lines[index] ?? "") ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf("```", index + 1);
    if (end < 0) throw new Error(`the block in line ${index + 1} has no end`);
    const text = lines.slice(index + 1, end).map((line) => `${line}\n`);
    blocks.push({ language, file, text: text.join(""), firstLine: index + 1 });
    index = end;
  }
  return blocks;
}

/** What follows a heading, up to the next one of its level or above. */
export function sectionOf(page: string, heading: string): string {
  const lines = page.split("\n");
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`there is no heading ${heading}`);
  const level = heading.indexOf(" ");
  let isCode = false;
  let end = start + 1;
  for (; end < lines.length; end++) {
    const line = lines[end] ?? "";
    if (line.startsWith("```")) isCode = !isCode;
    else if (!isCode && /^#+ /.test(line) && line.indexOf(" ") <= level) break;
  }
  return lines.slice(start + 1, end).join("\n");
}

/** The tables of a text, each with the names that stand in backticks in the first cell of its rows. */
export function tablesOf(text: string): readonly (readonly string[])[] {
  const tables = text.match(/(^\|.*\n?)+/gm) ?? [];
  return tables.map((table) =>
    table
      .split("\n")
      .slice(2)
      .flatMap((row) =>
        [...(row.split(/(?<!\\)\|/)[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
      ),
  );
}
