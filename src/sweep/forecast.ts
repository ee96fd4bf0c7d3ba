import { totalmem } from 'node:os';
import type { HubSuite } from '../config/find-suite.js';
import { shapeOf } from '../config/hub-suite.js';
import { analysisMemory } from '../config/model-size.js';
import { DEFAULT_MAX_OPERAND, type SweepConfig } from '../config/sweep-fields.js';
import { DoesNotFitError } from '../errors/errors.js';
import { likelyEngine } from '../model/engine-places.js';
import { checkDiskSpace } from '../hub/disk-space.js';
import type { RunPlan } from './checkpoints.js';
import { countOf } from './measure-attribution.js';
import type { HubAccess } from './sources.js';

/** What a sweep of a suite on the Hub will need. */
export interface SweepForecast {
  /** Bytes to fetch, what the cache holds already not counted. */
  readonly fetchBytes: number;
  /** Most bytes on disk that the sweep adds at any time: all it fetches, or the disk budget. */
  readonly diskBytes: number;
  /** Bytes of memory, an estimate. */
  readonly memoryBytes: number;
}

/** Checkpoints whose maps are in memory at any time. */
const IN_MEMORY = 2;
/** The program, the engine and DuckDB. */
const BASE_BYTES = 300e6;
/** A `wasm` engine addresses 4 GiB, and keeps some for itself. */
const WASM_BYTES = 3.75 * 2 ** 30;

/**
 * Says what a sweep will need, and refuses what cannot fit, before anything is fetched.
 * @throws DoesNotFitError when the model is too large for the engine or the memory; DiskBudgetError when the disk is too
 *   small; errors of the Hub
 */
export async function forecastSweep(
  suite: HubSuite,
  config: SweepConfig,
  plans: readonly RunPlan[],
  { hub, budget }: HubAccess,
  signal?: AbortSignal,
): Promise<SweepForecast> {
  const { manifest } = suite;
  const shape = shapeOf(manifest);
  const maxOperand = config.maxOperand ?? manifest.maxOperand ?? DEFAULT_MAX_OPERAND;
  const largest = manifest.hub.tokenizer.largestNumber ?? 2 * maxOperand;
  const memory = analysisMemory(shape, {
    recordedShare: config.neurons === 'all' ? 1 : countOf(config.topNeurons, shape.dMlp) / shape.dMlp,
    heuristicLayers: shape.nLayers - Math.ceil(shape.nLayers / 2),
    prompts: config.operators.length * maxOperand ** 2,
    answers: largest + 1,
    batch: config.batch,
  });
  const inEngine = memory.weights + memory.activations;
  if (likelyEngine(config.engine) === 'wasm' && inEngine > WASM_BYTES)
    throw new DoesNotFitError(manifest.name, inEngine, WASM_BYTES, 'the wasm engine');
  const memoryBytes = IN_MEMORY * memory.maps + IN_MEMORY * memory.weights + memory.activations + BASE_BYTES;
  if (memoryBytes > totalmem())
    throw new DoesNotFitError(manifest.name, memoryBytes, totalmem(), "this machine's memory");
  const missing = await Promise.all(
    plans.flatMap(
      ({ selected }) => selected.map(({ source }) => source.missingBytes(signal).catch(() => 0)), // the sweep will say what is wrong
    ),
  );
  const fetchBytes = missing.reduce((sum, bytes) => sum + bytes, 0);
  const diskBytes = Math.min(fetchBytes, budget.limitBytes);
  await checkDiskSpace({ folder: hub.cacheDir, neededBytes: diskBytes });
  return { fetchBytes, diskBytes, memoryBytes };
}
