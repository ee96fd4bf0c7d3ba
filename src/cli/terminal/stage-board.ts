import { formatBytes } from '../../config/byte-size.js';
import type { Measure } from '../../domain/measure.js';
import { STAGES, type Stage, type StageEvent } from '../../sweep/events.js';
import { TransferMeter } from '../../sweep/sources/transfer-meter.js';
import { Countdown, formatDuration } from './terminal.js';

/** What is known of a file that is being fetched. */
interface FetchedBytes {
  readonly revision: string;
  readonly path: string;
  readonly bytes: number;
  readonly size: number;
}

interface StageState {
  /** Checkpoints in it: where, since when (ms), and at which measure. */
  readonly inside: Map<string, { readonly since: number; measure: Measure | null }>;
  done: number;
  /** Of all that are done, summed up. */
  seconds: number;
}

/** How far a sweep is: what each stage is at, and how long all will take. It writes nothing. */
export class StageBoard {
  private readonly now: () => number;
  private readonly countdown: Countdown;
  private readonly stages: Readonly<Record<Stage, StageState>>;
  /** Files on their way, by revision and path. */
  private readonly fetching = new Map<string, FetchedBytes>();
  private readonly meter: TransferMeter;
  private received = 0;
  private finished = 0;
  private failed = 0;
  private latest = '';

  /**
   * @param todo checkpoints to analyse; 0: not known yet
   * @param now milliseconds, of a clock that never goes back
   */
  constructor(
    private readonly todo: number,
    now: () => number = () => performance.now(),
  ) {
    this.now = now;
    this.countdown = new Countdown(now);
    this.meter = new TransferMeter({ contents: new Map(), now });
    const empty = (): StageState => ({ inside: new Map(), done: 0, seconds: 0 });
    this.stages = { fetch: empty(), load: empty(), compute: empty(), store: empty() };
  }

  /** A checkpoint entered or left a stage, or has come to a measure. */
  stage({ stage, kind, seed, step, measure }: StageEvent): void {
    const state = this.stages[stage];
    const where = `seed ${seed} step ${step}`;
    const inside = state.inside.get(where);
    if (kind === 'begin') state.inside.set(where, { since: this.now(), measure: null });
    else if (kind === 'at' && inside !== undefined) inside.measure = measure ?? null;
    else if (kind === 'end' && inside !== undefined) {
      state.inside.delete(where);
      state.done++;
      state.seconds += (this.now() - inside.since) / 1000;
    }
  }

  /** Bytes of a file arrived. */
  bytes(file: FetchedBytes): void {
    const key = `${file.revision} ${file.path}`;
    const before = this.fetching.get(key)?.bytes ?? file.bytes; // what was there when it began is no speed
    this.received += Math.max(0, file.bytes - before);
    this.meter.set('all', this.received);
    if (file.bytes < file.size) this.fetching.set(key, file);
    else this.fetching.delete(key);
  }

  checkpoint({
    seed,
    step,
    error,
  }: {
    readonly seed: number;
    readonly step: number;
    readonly error: string | null;
  }): void {
    this.finished++;
    if (error !== null) this.failed++;
    this.latest = `, seed ${seed} step ${step} ${error === null ? 'done' : 'failed'}`;
  }

  /** Whether a checkpoint is finished: before, there is no time left to tell. */
  hasFinished(): boolean {
    return this.finished > 0;
  }

  /** All in one line, for a log and the end of the live lines. */
  line(): string {
    if (this.todo === 0) return 'getting ready';
    const failed = this.failed > 0 ? `, ${this.failed} failed` : '';
    const left = this.countdown.left(this.finished / this.todo);
    return `${this.finished}/${this.todo} checkpoints${failed}${this.latest}, ${left}`;
  }

  /** One line for each stage; fetching is told where something is fetched. */
  lines(): string[] {
    if (this.todo === 0) return this.at('fetch').map((file) => `fetch    ${file}`); // the reference checkpoint
    const shown = STAGES.filter((stage) => stage !== 'fetch' || this.received > 0 || this.fetching.size > 0);
    return shown.map((stage) => {
      const count = `${this.stages[stage].done}/${this.todo}`.padStart(2 * String(this.todo).length + 1);
      const details = [this.pace(stage), ...this.at(stage)].filter((text) => text !== '');
      return `${stage.padEnd(7)}  ${count}  ${details.join(', ')}`.trimEnd();
    });
  }

  /** Bytes a second of the last seconds; of other stages, how long a checkpoint takes on average. */
  private pace(stage: Stage): string {
    if (stage === 'fetch') {
      const { bytesPerSecond } = this.meter.progress();
      return bytesPerSecond === null ? '' : `${formatBytes(bytesPerSecond)}/s`;
    }
    const { done, seconds } = this.stages[stage];
    if (done === 0) return '';
    const each = seconds / done;
    return `${each < 10 ? `${each.toFixed(1)} s` : formatDuration(each)} each`;
  }

  /** What a stage is at: files that are fetched, or checkpoints with the measure that came last. */
  private at(stage: Stage): string[] {
    if (stage === 'fetch' && this.fetching.size > 0)
      return [...this.fetching.values()].map(
        ({ revision, path, bytes, size }) =>
          `${revision} ${path} ${formatBytes(bytes)} of ${formatBytes(size)}`,
      );
    return [...this.stages[stage].inside].map(([where, { measure }]) =>
      measure === null ? where : `${where} (${measure})`,
    );
  }
}
