import { HeuristraceError } from '../errors/errors.js';

/**
 * A suite, checkpoint, configuration, prompt or heuristic is stored already with other values: the weights were made
 * anew, say, or a manifest was corrected.
 */
export class DimensionConflictError extends HeuristraceError {
  constructor(
    readonly table: string,
    /** What names the row, e.g. `suite embedded, seed 0, step 16`. */
    readonly row: string,
    /** One text per differing column: `weights_hash is abc, was def`. */
    readonly differences: readonly string[],
  ) {
    super(
      'unitConflict',
      `${table}: ${row} is stored with other values: ${differences.join('; ')}`,
      'Sweep into a new file with --db, or give the suite another name.',
    );
  }
}
