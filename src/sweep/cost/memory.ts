import { analysisMemory, LEAST_BATCH, type AnalysisSize, type ModelShape } from '../../config/model-size.js';
import { DoesNotFitError } from '../../errors/errors.js';

/** What there is to compute with. */
export interface Room {
  /** Name of the engine. */
  readonly engine: string;
  /** Engines beside one another, each with weights of its own. */
  readonly engines: number;
  /** Bytes that one engine can address; null: as many as the machine has. */
  readonly engineBytes: number | null;
  /** Whether these are memory of a device of its own, beside the machine's. */
  readonly ownMemory: boolean;
  /** Bytes of the machine. */
  readonly machineBytes: number;
}

/** How an analysis fits. */
export interface MemoryPlan {
  /** Prompts computed together: as many as were wanted, or as fit. */
  readonly batch: number;
  /** Bytes in one engine. */
  readonly engineBytes: number;
  /** Bytes of the machine's memory, the engines included where they use it. */
  readonly machineBytes: number;
}

/** Checkpoints under way together: their maps are in memory, their weights in each engine. */
export const IN_FLIGHT = 2;
/** The program, an engine's own, and DuckDB. */
const BASE_BYTES = 300e6;

/**
 * Chooses the largest batch, up to the one wanted, with which an analysis fits.
 * @param what names the model in the error
 * @throws DoesNotFitError that says what would fit, when not even `LEAST_BATCH` does
 */
export function planMemory(what: string, shape: ModelShape, size: AnalysisSize, room: Room): MemoryPlan {
  const { weights, maps, activations } = analysisMemory(shape, size);
  const rowBytes = activations / size.batch;
  const held = IN_FLIGHT * weights;
  const besides = IN_FLIGHT * maps + BASE_BYTES;
  const least = Math.min(LEAST_BATCH, size.batch);
  const { engine, engines, ownMemory, machineBytes } = room;
  const shared = ownMemory ? 0 : engines;
  const needed = held + least * rowBytes;
  if (besides + shared * needed > machineBytes)
    throw new DoesNotFitError(
      what,
      besides + shared * needed,
      machineBytes,
      "this machine's memory",
      advice({ fits: (n) => besides + n * needed <= machineBytes, engines: shared, maps, weights }),
    );
  const own = room.engineBytes ?? Infinity;
  if (needed > own)
    throw new DoesNotFitError(
      what,
      needed,
      own,
      ownMemory ? "the engine's device" : `an engine '${engine}'`,
      besides + needed <= machineBytes
        ? `It fits this machine's memory: install the engine tensorflow (\`heuristrace engine install tensorflow\`) and take --engine tensorflow${ownMemory ? ' without a GPU' : ''}.`
        : 'Take a smaller model, or a larger machine with --engine tensorflow.',
    );
  const free = Math.min(own, shared === 0 ? Infinity : (machineBytes - besides) / shared);
  const batch = Math.min(size.batch, Math.floor((free - held) / rowBytes));
  const engineBytes = held + batch * rowBytes;
  return { batch, engineBytes, machineBytes: besides + shared * engineBytes };
}

interface Crowded {
  /** Whether so many engines would fit. */
  readonly fits: (engines: number) => boolean;
  readonly engines: number;
  readonly maps: number;
  readonly weights: number;
}

/** What to change where the machine's memory is too small. */
function advice({ fits, engines, maps, weights }: Crowded): string {
  for (let fewer = engines - 1; fewer > 0; fewer--)
    if (fits(fewer)) return `Take --workers ${fewer}: each has the weights in memory.`;
  return maps > weights
    ? 'Take --neurons top, a smaller --top-neurons or --max-operand, or fewer --operators.'
    : 'Take a smaller model, or a larger machine.';
}
