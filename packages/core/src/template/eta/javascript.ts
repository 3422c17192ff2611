import { type Comment, type Program, parse, parseExpressionAt, tokenizer } from "acorn";

/** What every supported Node.js runs: a template does not depend on the version that compiles it. */
export const ecmaVersion = 2023;

/** A syntax error: the offset in the code that was read, and acorn's words. */
export interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
}

/** How reading a tag's code ended; `end` is where its closing mark begins. */
export type TagEnd =
  | { readonly ok: true; readonly end: number }
  | { readonly ok: false; readonly fault: SyntaxFault; readonly comments: readonly Comment[] };

/** Reads one whole expression from the start of the code; `}}` must follow it. */
export function readExpression(code: string): TagEnd {
  return readTag((comments) => {
    const start = skipBlanksAndComments(code, 0);
    if (code.startsWith("}}", start)) return { offset: start, message: "Empty" };
    // Parentheses are kept as nodes: without them `(a)` would end before its ")".
    const expression = parseExpressionAt(code, 0, { ecmaVersion, preserveParens: true, onComment: comments });
    const end = skipBlanksAndComments(code, expression.end);
    return code.startsWith("}}", end) ? end : { offset: end, message: "Unexpected token" };
  });
}

/**
 * Reads tokens until `%}}`. What such a tag holds is often no whole statement (`} else {`), so it cannot be parsed
 * alone; tokens are enough to pass over strings, templates, regular expressions and comments.
 */
export function readStatements(code: string): TagEnd {
  return readTag((comments) => {
    for (const token of tokenizer(code, { ecmaVersion, onComment: comments })) {
      if (token.type.label === "%" && code.startsWith("%}}", token.start)) return token.start;
      // "{{%" is never JavaScript: the next tag begins before this one was closed.
      if (token.type.label === "{" && code.startsWith("{{%", token.start)) break;
    }
    return { offset: 0, message: "Unclosed" };
  });
}

function readTag(read: (comments: Comment[]) => number | SyntaxFault): TagEnd {
  const comments: Comment[] = [];
  try {
    const result = read(comments);
    return typeof result === "number" ? { ok: true, end: result } : { ok: false, fault: result, comments };
  } catch (error) {
    return { ok: false, fault: asSyntaxFault(error), comments };
  }
}

function skipBlanksAndComments(code: string, from: number): number {
  const blanks = /(?:\s+|\/\*[\s\S]*?\*\/|\/\/.*)*/y;
  blanks.lastIndex = from;
  blanks.test(code);
  return blanks.lastIndex;
}

export type ParsedBody =
  | { readonly ok: true; readonly body: Program }
  /** `openBracket`: the offset of the innermost bracket that was open where parsing failed. */
  | { readonly ok: false; readonly fault: SyntaxFault; readonly openBracket: number | undefined };

/** Parses the body of a function. */
export function parseBody(code: string): ParsedBody {
  const open: number[] = [];
  try {
    const body = parse(code, {
      ecmaVersion,
      allowReturnOutsideFunction: true,
      ranges: true,
      onToken: ({ type, start }) => {
        if (["{", "(", "[", "${"].includes(type.label)) open.push(start);
        if (["}", ")", "]"].includes(type.label)) open.pop();
      },
    });
    return { ok: true, body };
  } catch (error) {
    return { ok: false, fault: asSyntaxFault(error), openBracket: open.at(-1) };
  }
}

/**
 * What acorn threw. Besides its syntax errors: the stack runs out on absurdly nested code, at an offset that depends on
 * the machine, and its tokenizer loses its footing (a TypeError) in sequences such as `.function * g :`.
 */
export function asSyntaxFault(error: unknown): SyntaxFault {
  const message = error instanceof Error ? error.message : "";
  if (/^Not enough stack|call stack size/.test(message))
    return { offset: 0, message: "This is nested too deeply" };
  if (error instanceof SyntaxError && "pos" in error && typeof error.pos === "number") {
    return { offset: error.pos, message: message.replace(/ \(\d+:\d+\)$/, "") };
  }
  return { offset: 0, message: "This cannot be read as JavaScript" };
}
