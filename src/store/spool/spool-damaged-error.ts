import { HeuristraceError } from '../../errors/errors.js';
import type { DamagedBatch } from './batch.js';

/** Batches of spools are not whole: a disk failed, say, or a copy was cut short. */
export class SpoolDamagedError extends HeuristraceError {
  constructor(
    readonly damaged: readonly DamagedBatch[],
    /** What became of the others. */
    done: string,
  ) {
    const shown = damaged.slice(0, 10).map(({ folder, problem }) => `    ${folder}: ${problem}`);
    const rest = damaged.length > shown.length ? [`    and ${damaged.length - shown.length} more`] : [];
    super(
      'spoolDamaged',
      `${damaged.length} batch(es) are damaged; ${done}:\n${[...shown, ...rest].join('\n')}`,
      'Copy them again, or run the sweep again with this spool: it sets them aside and computes their units anew.',
    );
  }
}
