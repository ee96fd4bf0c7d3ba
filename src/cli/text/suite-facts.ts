import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { installedRuns, isLocalSuite, type LocalSuite, type Suite } from '../../config/find-suite.js';
import { checkpointBytes, expectedSteps, shapeOf, type CheckpointBytes } from '../../config/hub-suite.js';
import {
  analysisMemory,
  LEAST_BATCH,
  parameterCount,
  type AnalysisMemory,
  type ModelShape,
} from '../../config/model-size.js';
import type { HubManifest, ManifestFault, SuiteManifest } from '../../config/suite-manifest.js';
import { DEFAULT_MAX_OPERAND, SWEEP_FIELDS } from '../../config/sweep-fields.js';
import { OPERATORS } from '../../domain/operator.js';
import { buildUniverse } from '../../prompts/universe.js';
import { arithmeticTokens } from '../../tokenizer/tokenizer.js';
import { readModelConfig } from '../../weights/checkpoint.js';

/** What the table of suites says of one. Null: not known. */
export interface SuiteFacts {
  readonly name: string;
  readonly kind: 'local' | 'hub';
  readonly description: string;
  readonly architecture: string;
  readonly manifest: string;
  readonly parameters: number | null;
  readonly tokensPerStep: number | null;
  /** `installed` is null for repos on the Hub, `repo` for folders. */
  readonly runs: readonly {
    readonly seed: number;
    readonly repo: string | null;
    readonly installed: boolean | null;
    readonly steps: readonly number[] | null;
  }[];
  readonly checkpointBytes: CheckpointBytes | { readonly bytes: number; readonly from: 'measured' } | null;
  /** Bytes of all checkpoints of all runs. */
  readonly allBytes: number | null;
  /** Bytes of memory to analyse one checkpoint with the default settings. */
  readonly memory: AnalysisMemory | null;
  /** Known faults, without those that are as they should be, claimed without evidence, or repaired. */
  readonly openFaults: number;
  readonly faults: readonly ManifestFault[];
}

/** Gathers the facts of a suite from its manifest and, for a local one, from the checkpoints that are here. */
export async function suiteFacts(suite: Suite): Promise<SuiteFacts> {
  const { manifest, manifestPath } = suite;
  const { shape, largestNumber, ...found } = isLocalSuite(suite)
    ? await localFacts(suite)
    : hubFacts(suite.manifest);
  const steps = found.runs.map((run) => run.steps);
  const total = steps.reduce<number | null>(
    (sum, own) => (sum === null || own === null ? null : sum + own.length),
    0,
  );
  return {
    name: manifest.name,
    kind: manifest.kind ?? 'local',
    description: manifest.description,
    architecture: manifest.architecture,
    manifest: manifestPath,
    tokensPerStep: manifest.tokensPerStep,
    ...found,
    parameters: shape === null ? null : parameterCount(shape),
    allBytes: found.checkpointBytes === null || total === null ? null : found.checkpointBytes.bytes * total,
    memory: shape === null || largestNumber === null ? null : memoryOf(manifest, shape, largestNumber),
    openFaults: found.faults.filter(({ expected, state }) => !expected && state === 'present').length,
  };
}

type Found = Pick<SuiteFacts, 'runs' | 'checkpointBytes' | 'faults'> & {
  readonly shape: ModelShape | null;
  /** Largest n for which 0 .. n are single tokens. */
  readonly largestNumber: number | null;
};

function hubFacts(manifest: HubManifest): Found {
  const steps = expectedSteps(manifest);
  return {
    runs: manifest.runs.map(({ seed, repo }) => ({ seed, repo, installed: null, steps })),
    checkpointBytes: checkpointBytes(manifest),
    faults: manifest.faults,
    shape: shapeOf(manifest),
    largestNumber: manifest.hub.tokenizer.largestNumber,
  };
}

async function localFacts(suite: LocalSuite): Promise<Found> {
  const { manifest, manifestPath, folder } = suite;
  const installed = installedRuns(suite);
  const runs = manifest.runs.map((run) => ({
    seed: run.seed,
    repo: null,
    installed: installed.includes(run),
    steps: run.checkpoints.map(({ step }) => step),
  }));
  const last = installed[0]?.checkpoints.at(-1);
  const here = last === undefined ? null : join(folder, last.folder);
  if (last === undefined || here === null || !existsSync(here))
    return { runs, faults: [], checkpointBytes: null, shape: null, largestNumber: null };
  const sizes = await Promise.all(
    Object.keys(last.files).map(async (name) => (await stat(join(here, name))).size),
  );
  const tokenizer = join(here, 'tokenizer.json');
  const needed = (manifest.maxOperand ?? DEFAULT_MAX_OPERAND) - 1;
  return {
    runs,
    faults: [],
    checkpointBytes: { bytes: sizes.reduce((a, b) => a + b, 0), from: 'measured' },
    shape: await readModelConfig(here, manifestPath),
    largestNumber: arithmeticTokens(tokenizer, await readFile(tokenizer, 'utf8'), needed).maxSingleToken,
  };
}

function memoryOf(manifest: SuiteManifest, shape: ModelShape, largestNumber: number): AnalysisMemory {
  const maxOperand = manifest.maxOperand ?? DEFAULT_MAX_OPERAND;
  const first = manifest.firstHeuristicLayer ?? Math.ceil(shape.nLayers / 2);
  return analysisMemory(shape, {
    heuristicLayers: shape.nLayers - first,
    recordedShare: manifest.settings?.['neurons'] === 'all' ? 1 : SWEEP_FIELDS.topNeurons.default,
    prompts: promptsOf(maxOperand, largestNumber),
    answers: largestNumber + 1,
    batch: LEAST_BATCH,
  });
}

const counted = new Map<string, number>();

/** Prompts of all operators; counted once, as many suites share a tokenizer. */
function promptsOf(maxOperand: number, largestNumber: number): number {
  const key = `${maxOperand}/${largestNumber}`;
  const known = counted.get(key);
  if (known !== undefined) return known;
  const counts = OPERATORS.map((operator) => buildUniverse(operator, maxOperand, largestNumber).count);
  const total = counts.reduce((a, b) => a + b, 0);
  counted.set(key, total);
  return total;
}
