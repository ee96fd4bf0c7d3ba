import type { Sink } from '../../src/cli/terminal/live-lines.js';

/** A window that understands what the program writes to one: text, new lines, moves up, and clearing. */
export class Window implements Sink {
  columns: number;
  rows: number;
  /** Everything ever written, the upper lines of it scrolled out of sight. */
  private readonly cells: string[][] = [[]];
  private at = { row: 0, column: 0 };
  /** The frames as they were written. */
  readonly writes: string[] = [];
  /** Told after each write what is to be seen. */
  onWrite: ((screen: string[]) => void) | undefined;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    this.writes.push(text);
    for (const [part] of text.matchAll(/\u001b\[\d*[A-Za-z]|[^\u001b]/gs)) this.take(part);
    this.onWrite?.(this.screen());
  }

  /** Lines in sight, without blanks at their ends. */
  screen(): string[] {
    return this.all().slice(-this.rows);
  }

  /** All lines. */
  all(): string[] {
    const lines = this.cells.map((line) => line.join('').trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  /** Whether the cursor is at the start of an empty line. */
  isClean(): boolean {
    return this.at.column === 0 && (this.cells[this.at.row] ?? []).join('').trim() === '';
  }

  private take(part: string): void {
    const line = (this.cells[this.at.row] ??= []);
    const up = /^\u001b\[(\d+)A$/.exec(part)?.[1];
    if (part === '\r') this.at.column = 0;
    else if (part === '\n') this.at = { row: this.at.row + 1, column: 0 };
    else if (up !== undefined) this.at.row = Math.max(0, this.at.row - Number(up));
    else if (part === '\u001b[K') line.length = Math.min(line.length, this.at.column);
    else if (part === '\u001b[J') {
      line.length = Math.min(line.length, this.at.column);
      this.cells.length = this.at.row + 1;
    } else if (part.startsWith('\u001b')) throw new Error(`not understood: ${JSON.stringify(part)}`);
    else {
      if (this.at.column >= this.columns) this.at = { row: this.at.row + 1, column: 0 };
      const here = (this.cells[this.at.row] ??= []);
      while (here.length < this.at.column) here.push(' ');
      here[this.at.column++] = part;
    }
    this.cells[this.at.row] ??= [];
  }
}
