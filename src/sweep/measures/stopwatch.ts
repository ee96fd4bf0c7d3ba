import type { Measure } from '../../domain/measure.js';

/**
 * Seconds that each measure took at one checkpoint, summed over the threads that worked on it: with several threads they
 * are more than the time that passed.
 */
export class Stopwatch {
  private readonly taken = new Map<Measure, number>();

  /** Counts seconds to a measure. */
  readonly count = (measure: Measure, seconds: number): void => {
    this.taken.set(measure, this.seconds(measure) + seconds);
  };

  /** Counts the time of some work to a measure. */
  time<T>(measure: Measure, work: () => T): T {
    const started = performance.now();
    const value = work();
    this.count(measure, (performance.now() - started) / 1000);
    return value;
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
