import { ForwardFigures, type Found } from '../results.js';
import { runTask } from '../run-task.js';
import type { ShapeName } from '../suite/shapes.js';

/** Shapes whose bodies are measured. */
export const FORWARD_SHAPES = ['pythia-70m', 'pythia-410m'] as const satisfies readonly ShapeName[];

/** Prompts of a batch, as the pass over a universe takes them, and blocks: enough that nothing else counts. */
const FULL = { layers: 6, prompts: 1024, repeats: 9, side: 2048 };
const SMOKE = { layers: 2, prompts: 32, repeats: 1, side: 64 };

/** Rate of the forward pass's body against the engine's own products. */
export async function forwardPart(options: {
  readonly engine: string;
  readonly shape: ShapeName;
  readonly smoke: boolean;
}): Promise<Found> {
  const { engine, shape, smoke } = options;
  const task = { engine, shape: smoke ? 'small' : shape, ...(smoke ? SMOKE : FULL) };
  const found = ForwardFigures.parse(await runTask('forward', task));
  return { part: 'forward', engine, shape, ...found };
}
