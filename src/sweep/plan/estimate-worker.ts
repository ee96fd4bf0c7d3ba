import { startEngine } from '../../model/engine.js';
import { planRuns } from '../sources/checkpoints.js';
import { engineSpeed, roomOf } from '../cost/room.js';
import { forecastSweep } from './forecast.js';
import { hubOpener } from '../sources/hub-opener.js';
import { needReference } from '../measures/measures.js';
import type { SweepRequest } from '../request.js';

/** What one worker of several will take, an estimate from this machine's speed. */
export interface WorkerEstimate {
  readonly checkpoints: number;
  readonly memoryBytes: number;
  readonly seconds: number;
}

/** Another machine may be slower, and a time limit that is too short costs more than one that is too long. */
const MARGIN = 2;
const LEAST_SECONDS = 1800;

/**
 * Estimates what a worker needs that takes one of `shards` shares, with `cpus` engines where they compute in one thread.
 * @throws EngineError; what `planRuns` and `forecastSweep` throw
 */
export async function estimateWorker(
  request: SweepRequest,
  { shards, cpus }: { readonly shards: number; readonly cpus: number },
): Promise<WorkerEstimate> {
  const { suite, config, nearest, signal } = request;
  const hub = hubOpener(request);
  try {
    const engine = await startEngine(config.engine);
    const withReference = needReference(config.measures);
    const plans = await planRuns(suite, config, { nearest, withReference, access: hub.access, signal });
    const room = await roomOf(engine.name, engine.name === 'tensorflow' ? 1 : cpus);
    const forecast = await forecastSweep({
      ...{ suite, config, plans, signal, access: hub.access },
      room: { ...room, machineBytes: Infinity }, // that of the workers is not known here
      gigaflops: engineSpeed(engine.name),
    });
    const share = Math.ceil(forecast.checkpoints / shards) / Math.max(1, forecast.checkpoints);
    const seconds = share * (forecast.computeSeconds + forecast.fetchSeconds);
    return {
      checkpoints: forecast.checkpoints,
      memoryBytes: 1.25 * forecast.memoryBytes + 1e9,
      seconds: Math.max(LEAST_SECONDS, MARGIN * seconds),
    };
  } finally {
    await hub.close();
  }
}
