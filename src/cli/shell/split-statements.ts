/** Pieces in which a semicolon ends nothing: text, names, comments, dollar quotes; last, those still open at the end. */
const PIECE =
  /[eE]'(?:\\[^]|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|--[^\n]*|\/\*[^]*?\*\/|\$(\w*)\$[^]*?\$\1\$|['"][^]*$|\/\*[^]*$|\$\w*\$[^]*$|[^]/gy;

/** SQL cut at the semicolons that end statements. */
export interface SplitSql {
  /** Whole statements, each with its semicolon. */
  readonly statements: readonly string[];
  /** What follows the last of them: a statement that is not ended yet, or nothing but blanks. */
  readonly rest: string;
}

/** Cuts SQL into statements; a semicolon inside text, names or comments ends none. */
export function splitStatements(sql: string): SplitSql {
  const statements: string[] = [];
  let open = '';
  for (const [piece] of sql.matchAll(PIECE)) {
    open += piece;
    if (piece !== ';') continue;
    statements.push(open.trim());
    open = '';
  }
  return { statements, rest: open };
}

/** Whether SQL holds anything but blanks, comments and semicolons. */
export const saysSomething = (sql: string): boolean =>
  sql.replace(/--[^\n]*|\/\*[^]*?(?:\*\/|$)|[\s;]/g, '') !== '';
