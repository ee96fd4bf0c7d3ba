/** A stream that a terminal writes to. */
export interface Sink {
  write(text: string): unknown;
  /** Size of the window, where there is one. */
  readonly columns?: number;
  readonly rows?: number;
}

/** A window is written to at most this often. */
const FRAME_MS = 80;
/** Of a window that does not say how large it is. */
const USUAL = { columns: 80, rows: 24 };
const UP = (lines: number): string => (lines > 0 ? `\u001b[${lines}A` : '');
const TO_END_OF_LINE = '\u001b[K';
const TO_END_OF_WINDOW = '\u001b[J';

/**
 * A few lines at the lower end of a window that are written over, while other lines scroll above them. A frame is one
 * write, in which nothing is cleared before it is written anew, so that nothing flickers; the cursor stays behind the last
 * line. No mode of the terminal is changed, so that there is nothing to restore, however the process ends.
 */
export class LiveLines {
  private readonly sink: Sink;
  private readonly now: () => number;
  private wanted: readonly string[] = [];
  /** What is in the window. */
  private drawn: readonly string[] = [];
  private lastFrame = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor({ sink, now }: { readonly sink: Sink; readonly now: () => number }) {
    this.sink = sink;
    this.now = now;
  }

  /** Replaces the lines, now or with the next frame. */
  show(lines: readonly string[]): void {
    this.wanted = lines;
    const wait = this.lastFrame + FRAME_MS - this.now();
    if (wait <= 0) this.draw('');
    else
      this.timer ??= setTimeout(() => {
        this.draw('');
      }, wait).unref();
  }

  /** Writes text above the lines. */
  print(text: string): void {
    this.draw(`${text}\n`);
  }

  /** Takes the lines away. */
  clear(): void {
    this.wanted = [];
    this.draw('');
  }

  private draw(above: string): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const lines = this.fitting();
    const isSame = lines.length === this.drawn.length && lines.every((line, i) => line === this.drawn[i]);
    if (lines.length > 0) this.lastFrame = this.now();
    if (isSame && above === '') return;
    const back = this.drawn.length === 0 ? '' : `\r${UP(this.height() - 1)}`;
    const text = above.replaceAll('\n', `${this.drawn.length === 0 ? '' : TO_END_OF_LINE}\n`);
    const rest = this.drawn.length === 0 ? '' : TO_END_OF_WINDOW;
    this.sink.write(back + text + lines.join(`${TO_END_OF_LINE}\n`) + rest);
    this.drawn = lines;
  }

  /** The lines as far as they fit the window: cut at its edge, and the last ones of too many. */
  private fitting(): string[] {
    const { columns = USUAL.columns, rows = USUAL.rows } = this.sink;
    const most = Math.max(1, rows - 1);
    return this.wanted.slice(-most).map((line) => line.slice(0, Math.max(1, columns - 1)));
  }

  /** Rows that the drawn lines take now: a window that was made narrower has broken them. */
  private height(): number {
    const { columns = USUAL.columns } = this.sink;
    return this.drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
  }
}
