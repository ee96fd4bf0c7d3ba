import { runDotCommand } from './dot-commands.js';
import { runStatement, type Session } from './session.js';
import { saysSomething, splitStatements } from './split-statements.js';

/** Takes lines and runs what is whole: dot commands at the start of a line, statements when they are ended. */
export class Reader {
  #open = '';

  constructor(readonly session: Session) {}

  /** Whether a statement has begun that is not ended. */
  get isOpen(): boolean {
    return saysSomething(this.#open);
  }

  /** Forgets a statement that is not ended. */
  drop(): void {
    this.#open = '';
  }

  /**
   * @returns whether the shell is to end
   * @throws what statements and commands throw; what was typed after the failed statement is dropped
   */
  async take(line: string): Promise<boolean> {
    if (!this.isOpen && line.trimStart().startsWith('.')) return runDotCommand(this.session, line);
    const { statements, rest } = splitStatements(`${this.#open}${line}\n`);
    this.#open = '';
    for (const statement of statements)
      if (saysSomething(statement)) await runStatement(this.session, statement);
    this.#open = rest;
    return false;
  }

  /** Runs a last statement that no semicolon ends. */
  async end(): Promise<void> {
    const rest = this.#open;
    this.#open = '';
    if (saysSomething(rest)) await runStatement(this.session, rest);
  }
}

/**
 * Runs lines of SQL and dot commands up to the end or the first failure.
 * @throws what statements and commands throw
 */
export async function runScript(
  session: Session,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  const reader = new Reader(session);
  for await (const line of lines) if (await reader.take(line)) return;
  await reader.end();
}
