import { engineSpeed, roomOf } from './cost/room.js';
import type { RunPlan } from './sources/checkpoints.js';
import { forecastSweep, type SweepForecast } from './plan/forecast.js';
import type { HubOpener } from './sources/hub-opener.js';
import type { SweepRequest } from './request.js';
import { openTaskPool, type TaskPool } from './tasks/task-pool.js';

/** What computes a sweep, and how much of it at a time. */
export interface Machine extends Pick<SweepForecast, 'batch' | 'inFlight' | 'mapBytes'> {
  readonly pool: TaskPool;
}

/** An engine that is started when something has to be computed, and not before. */
export interface MachineOpener {
  /**
   * Starts the engine, and finds out how much fits it; only the first call does.
   * @param plans checkpoints to be computed, for the forecast
   * @throws EngineError; what `forecastSweep` throws
   */
  readonly open: (plans: readonly RunPlan[]) => Promise<Machine>;
  readonly close: () => Promise<void>;
}

export interface MachineEvents {
  /** What the sweep will need; told before any weights are computed on. */
  onForecast?(forecast: SweepForecast): void;
}

export function machineOpener(
  request: SweepRequest,
  { access }: HubOpener,
  events: MachineEvents = {},
): MachineOpener {
  const { suite, config, signal, onNote, workers: threads } = request;
  let pool: Promise<TaskPool> | null = null;
  let opened: Promise<Machine> | null = null;
  const start = async (plans: readonly RunPlan[]): Promise<Machine> => {
    pool = openTaskPool({ engine: config.engine, threads, signal, onNote });
    const { engine, engines } = await pool;
    const found = await forecastSweep({
      ...{ suite, config, plans, signal, access },
      room: await roomOf(engine.name, engines),
      gigaflops: engineSpeed(engine.name),
    });
    events.onForecast?.(found);
    const { batch, inFlight } = found;
    const mapBytes = Math.min(found.mapBytes, request.mapBytes ?? Infinity);
    return { pool: await pool, batch, inFlight, mapBytes };
  };
  return {
    open: (plans) => (opened ??= start(plans)),
    close: async () => {
      const started = await pool?.catch(() => null); // whoever opened it was told
      await started?.close();
    },
  };
}
