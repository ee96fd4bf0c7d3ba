import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isHubSuite, type Suite } from '../../config/find-suite.js';
import { shapeOf } from '../../config/hub-suite.js';
import type { ModelShape } from '../../config/model-size.js';
import { DEFAULT_MAX_OPERAND, type SweepConfig } from '../../config/sweep-fields.js';
import { isOperator } from '../../domain/operator.js';
import { checkDiskSpace } from '../../hub/cache/disk-space.js';
import { buildUniverse } from '../../prompts/universe.js';
import { readModelConfig } from '../../weights/checkpoint.js';
import type { RunPlan } from '../sources/checkpoints.js';
import { planMemory, type Room } from '../cost/memory.js';
import { stepFlops } from '../cost/step-flops.js';
import { countOf } from '../measures/measure-attribution.js';
import { measuresOf } from '../measures/measures.js';
import { exactNeuronsOf } from '../run-context.js';
import type { HubAccess } from '../sources/sources.js';

/** What a sweep will need, at most: what is stored already is found later. */
export interface SweepForecast {
  /** Checkpoints to analyse. */
  readonly checkpoints: number;
  /** Bytes to fetch, what the cache holds already not counted; 0 of a suite in folders. */
  readonly fetchBytes: number;
  /** Most bytes on disk that the sweep adds at any time: all it fetches, or the disk budget. */
  readonly diskBytes: number;
  /** Bytes of this machine's memory, an estimate. */
  readonly memoryBytes: number;
  /** Prompts computed together: the setting, or as many as fit. */
  readonly batch: number;
  /** Checkpoints under way together. */
  readonly inFlight: number;
  /** Bytes that the maps of one checkpoint may take. */
  readonly mapBytes: number;
  /** GFLOP/s of all engines together on products of matrices, as measured. */
  readonly gigaflops: number;
  /** Seconds of the engines, an estimate from the operations of the matrix products. */
  readonly computeSeconds: number;
  /** Seconds that fetching takes at `FETCH_RATE`, while the engines compute. */
  readonly fetchSeconds: number;
}

export interface ForecastInput {
  readonly suite: Suite;
  readonly config: SweepConfig;
  readonly plans: readonly RunPlan[];
  readonly room: Room;
  /** GFLOP/s of one engine. */
  readonly gigaflops: number;
  /** Asked for where the suite is on the Hub. */
  readonly access: () => Promise<HubAccess>;
  readonly signal: AbortSignal | undefined;
}

/** Bytes a second at which a fetch is taken to go: no cache records how fast it was filled. */
export const FETCH_RATE = 20e6;
/** Share of its speed on large matrices that an engine reaches in a step: smaller ones, and passes over elements. */
const ACHIEVED = 0.6;

/**
 * Says what a sweep will need, and refuses what cannot fit, before anything is fetched.
 * @throws DoesNotFitError when the model is too large for the engine or the memory; DiskBudgetError when the disk is too
 *   small; MissingCheckpointError, ArchitectureError of a suite in folders; errors of the Hub
 */
export async function forecastSweep(input: ForecastInput): Promise<SweepForecast> {
  const { suite, config, plans, room, signal } = input;
  const { manifest } = suite;
  const shape = await modelShape(input);
  const maxOperand = config.maxOperand ?? manifest.maxOperand ?? DEFAULT_MAX_OPERAND;
  const known = isHubSuite(suite) ? suite.manifest.hub.tokenizer.largestNumber : null;
  const maxAnswer = known ?? 2 * maxOperand;
  const firstLayer = firstLayerOf(config.firstLayer ?? manifest.firstHeuristicLayer, shape);
  const operators = config.operators.filter(isOperator);
  const memory = planMemory(
    manifest.name,
    shape,
    {
      recordedShare: recordedShare(config, shape, shape.nLayers - firstLayer),
      heuristicLayers: shape.nLayers - firstLayer,
      prompts: operators.reduce((sum, one) => sum + buildUniverse(one, maxOperand, maxAnswer).count, 0),
      answers: maxAnswer + 1,
      batch: config.batch,
    },
    room,
  );
  const flops = stepFlops({
    ...{ shape, config, maxOperand, maxAnswer, firstLayer },
    measures: measuresOf(config, config.neurons ?? 'top'),
    exactNeurons: exactNeuronsOf(config, (shape.nLayers - firstLayer) * shape.dMlp),
  });
  const checkpoints = plans.reduce((sum, { selected }) => sum + selected.length, 0);
  const gigaflops = input.gigaflops * Math.min(room.engines, availableParallelism());
  const operations = checkpoints * [...flops.values()].reduce((sum, own) => sum + own, 0);
  const { fetchBytes, diskBytes } = isHubSuite(suite)
    ? await forecastFetch(plans, await input.access(), signal)
    : { fetchBytes: 0, diskBytes: 0 };
  return {
    ...{ checkpoints, fetchBytes, diskBytes, gigaflops },
    memoryBytes: memory.machineBytes,
    batch: memory.batch,
    inFlight: memory.inFlight,
    mapBytes: memory.mapBytes,
    computeSeconds: operations / (ACHIEVED * gigaflops * 1e9),
    fetchSeconds: fetchBytes / FETCH_RATE,
  };
}

async function modelShape({ suite, plans }: ForecastInput): Promise<ModelShape> {
  if (isHubSuite(suite)) return shapeOf(suite.manifest);
  const [plan] = plans;
  const folder = plan === undefined ? suite.folder : join(suite.folder, plan.reference.source.revision);
  return readModelConfig(folder, suite.manifestPath);
}

/** What a probe will choose is not known yet: half, as the default. */
function firstLayerOf(wanted: string | number | undefined, { nLayers }: ModelShape): number {
  const first = Number(wanted);
  return Number.isInteger(first) && first < nLayers ? first : Math.ceil(nLayers / 2);
}

/** Share of the neurons of the heuristic layers whose maps are recorded: the top ones, and those whose maps are kept. */
function recordedShare(
  { neurons, topNeurons, mapNeurons }: SweepConfig,
  { dMlp }: ModelShape,
  layers: number,
): number {
  if (neurons === 'all') return 1;
  return Math.min(1, (countOf(topNeurons, dMlp) + mapNeurons / layers) / dMlp);
}

async function forecastFetch(
  plans: readonly RunPlan[],
  { hub, budget }: HubAccess,
  signal: AbortSignal | undefined,
): Promise<{ fetchBytes: number; diskBytes: number }> {
  const missing = await Promise.all(
    plans.flatMap(
      ({ selected }) => selected.map(({ source }) => source.missingBytes(signal).catch(() => 0)), // the sweep will say what is wrong
    ),
  );
  const fetchBytes = missing.reduce((sum, bytes) => sum + bytes, 0);
  const diskBytes = Math.min(fetchBytes, budget.limitBytes);
  await checkDiskSpace({ folder: hub.cacheDir, neededBytes: diskBytes });
  return { fetchBytes, diskBytes };
}
