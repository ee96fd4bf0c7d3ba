import { availableParallelism } from 'node:os';
import { ClassificationFigures, type Found } from '../results.js';
import { runTask } from '../run-task.js';

/** Neurons a second of all cores together: as many processes at a time, each with its own neurons. */
export async function classification({
  nulls,
  smoke,
}: {
  readonly nulls: boolean;
  readonly smoke: boolean;
}): Promise<Found> {
  const processes = smoke ? 1 : Math.min(2, availableParallelism());
  const task = smoke
    ? { maxOperand: 20, maxAnswer: 40, neurons: 4, nulls }
    : { maxOperand: 300, maxAnswer: 530, neurons: nulls ? 300 : 800, nulls };
  const results = await Promise.all(Array.from({ length: processes }, () => runTask('classify', task)));
  const figures = results.map((result) => ClassificationFigures.parse(result));
  const [first] = figures;
  if (first === undefined) throw new Error('nothing was classified');
  const neuronsPerSecond = figures.reduce((sum, own) => sum + own.neuronsPerSecond, 0);
  return { part: 'classification', nulls, processes, ...first, neuronsPerSecond };
}
