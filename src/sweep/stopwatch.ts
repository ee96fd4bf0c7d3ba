import type { Measure } from '../domain/measure.js';

/** Seconds of wall time that each measure took at one checkpoint. */
export class Stopwatch {
  private readonly taken = new Map<Measure, number>();

  /** Counts the time of some work to a measure, also when it throws. */
  async time<T>(measure: Measure, work: () => Promise<T> | T): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.taken.set(measure, this.seconds(measure) + (performance.now() - started) / 1000);
    }
  }

  /** 0 where no time was counted to the measure. */
  seconds(measure: Measure): number {
    return this.taken.get(measure) ?? 0;
  }

  /** Every measure that took time. */
  entries(): ReadonlyMap<Measure, number> {
    return this.taken;
  }
}
