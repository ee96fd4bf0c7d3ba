import { gpuFacts, memoryOf } from '../../engines/list-engines.js';
import { measureSgemm } from '../../model/engine-speed.js';
import type { EngineName } from '../../model/engine-names.js';
import { loadedTensorflow } from '../../model/engine-tensorflow.js';
import type { Room } from './memory.js';

/** An engine keeps some of its memory for itself, and some is lost between tensors. */
const USABLE = 15 / 16;

/** What this machine has for an engine that runs. @param engines how many beside one another */
export async function roomOf(engine: EngineName, engines: number): Promise<Room> {
  const machineBytes = memoryOf('cpu');
  const gpu = engine === 'tensorflow' && loadedTensorflow()?.usesGpu === true ? await gpuFacts() : null;
  const own = gpu === null ? (engine === 'wasm' ? memoryOf(engine) : null) : gpu.bytes;
  return {
    engine,
    engines,
    engineBytes: own === null ? null : USABLE * own,
    ownMemory: gpu !== null,
    machineBytes,
  };
}

/** Sides of the matrices whose product takes some hundredths of a second. */
const SIZES: Readonly<Record<EngineName, number>> = { tensorflow: 1024, wasm: 512, cpu: 64 };

/** GFLOP/s of one engine on a product of matrices, measured in about 0.1 s. */
export function engineSpeed(engine: EngineName): number {
  return measureSgemm(SIZES[engine]);
}
