import { analysisMemory, LEAST_BATCH, type AnalysisSize, type ModelShape } from '../../config/model-size.js';
import { DoesNotFitError } from '../../errors/sweep-errors.js';

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
  /** Checkpoints under way together: their weights are in each engine, their maps in memory. */
  readonly inFlight: number;
  /** Bytes that the maps of one checkpoint may take; maps that are larger are recorded and classified in turns. */
  readonly mapBytes: number;
  /** Bytes in one engine. */
  readonly engineBytes: number;
  /** Bytes of the machine's memory, the engines included where they use it. */
  readonly machineBytes: number;
}

/** Two under way together leave no thread idle; one where two would leave room for small batches only. */
const IN_FLIGHT = [2, 1] as const;
/** The program, an engine's own, and DuckDB. */
const BASE_BYTES = 300e6;
/** Share of the machine's memory left to the system, to other programs, and to what an estimate misses. */
export const RESERVE = 0.15;
/** Most of the machine's memory that maps may take. */
const MAP_SHARE = 1 / 2;
/** Neurons whose maps must fit: with fewer at a time the passes that record them would be too many. */
const LEAST_NEURONS = 64;

/**
 * Chooses how many checkpoints are under way together, the largest batch up to the one wanted, and the memory for maps.
 * @param what names the model in the error
 * @throws DoesNotFitError that says what would fit, when not even one checkpoint with `LEAST_BATCH` does
 */
export function planMemory(what: string, shape: ModelShape, size: AnalysisSize, room: Room): MemoryPlan {
  const plans = IN_FLIGHT.map((inFlight) => planFor(inFlight, shape, size, room));
  const [two, one] = plans;
  if (two !== undefined && 'batch' in two && two.batch === size.batch) return two;
  if (one === undefined || 'where' in one) throw new DoesNotFitError(...refusal(what, one, room));
  return one;
}

/** Why an analysis does not fit. */
interface Crowded {
  readonly where: 'machine' | 'engine';
  readonly needed: number;
  readonly available: number;
  /** Engines that would fit the machine. */
  readonly engines: number;
}

function planFor(inFlight: number, shape: ModelShape, size: AnalysisSize, room: Room): MemoryPlan | Crowded {
  const { weights, maps, activations } = analysisMemory(shape, size);
  const rowBytes = activations / size.batch;
  const held = inFlight * weights;
  const needed = held + Math.min(LEAST_BATCH, size.batch) * rowBytes;
  const { engines, ownMemory } = room;
  const machineBytes = (1 - RESERVE) * room.machineBytes;
  const shared = ownMemory ? 0 : engines;
  const leastMaps = inFlight * Math.min(maps, 4 * LEAST_NEURONS * size.prompts);
  const least = BASE_BYTES + leastMaps + shared * needed;
  if (least > machineBytes) {
    const fitting = Math.floor((machineBytes - BASE_BYTES - leastMaps) / needed);
    return { where: 'machine', needed: least, available: machineBytes, engines: fitting };
  }
  const own = room.engineBytes ?? Infinity;
  if (needed > own) return { where: 'engine', needed, available: own, engines };
  const free = machineBytes - BASE_BYTES - shared * needed;
  const mapBytes = Math.min(maps, Math.max(leastMaps, Math.min(free, MAP_SHARE * machineBytes)) / inFlight);
  const besides = BASE_BYTES + inFlight * mapBytes;
  const forBatch = Math.min(own, shared === 0 ? Infinity : (machineBytes - besides) / shared);
  const batch = Math.max(1, Math.min(size.batch, Math.floor((forBatch - held) / rowBytes)));
  const engineBytes = held + batch * rowBytes;
  return { batch, inFlight, mapBytes, engineBytes, machineBytes: besides + shared * engineBytes };
}

/** What to say, and to change. */
function refusal(
  what: string,
  crowded: Crowded | undefined,
  { engine, engines, ownMemory }: Room,
): ConstructorParameters<typeof DoesNotFitError> {
  const { where, needed, available, engines: fitting } = crowded ?? NOWHERE;
  if (where === 'machine') {
    const next =
      fitting > 0 && fitting < engines
        ? `Take --workers ${fitting}: each has the weights in memory.`
        : 'Take a smaller model, or a larger machine.';
    return [what, needed, available, `this machine's memory, less a reserve of ${100 * RESERVE} %,`, next];
  }
  const next = ownMemory
    ? 'Take a smaller model, or --engine tensorflow without a GPU where the machine has the memory.'
    : 'Install the engine tensorflow (`heuristrace engine install tensorflow`) and take --engine tensorflow.';
  return [what, needed, available, ownMemory ? "the engine's device" : `an engine '${engine}'`, next];
}

const NOWHERE: Crowded = { where: 'machine', needed: NaN, available: NaN, engines: 0 };
