import type { HubSuite } from '../../src/config/find-suite.js';
import { parseSuiteManifest, type HubManifest } from '../../src/config/suite-manifest.js';
import { randomStream } from '../../src/domain/random.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { formatModelConfig } from '../../src/weights/config-json.js';
import { toStored } from '../../src/weights/layout.js';
import { encodeSafetensors } from '../../src/weights/safetensors.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import { randomWeights, TINY } from './models.js';
import type { StandInHub } from './stand-in-hub.js';
import type { Files } from './stand-in-repo.js';

/** Steps of the suite, spaced as Pythia's. */
export const STEPS = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 3000];
export const LAST = 3000;

export type Tensors = ReadonlyMap<string, RawTensor>;
type Revision = Record<string, string | Buffer>;

/** sha256 lines of files, by path. */
const TOKENIZER = '{"version":"1.0","model":{"type":"WordLevel","vocab":{"0":0,"1":1}}}';

/** How far the training is at a step, 0 to 1: fast at first, then ever slower, as losses go. */
const progress = (step: number): number => Math.log1p(step) / Math.log1p(LAST);

/**
 * Weights of a step under their stored names: on the way from one random point to another, with a step of a random
 * walk of its own, and growing in norm.
 */
export function weightsAt(step: number, seed = 0): Tensors {
  const [from, to] = [randomWeights(TINY, 2 * seed + 1, 0.02), randomWeights(TINY, 2 * seed + 2, 0.08)];
  // The first update has learning rate 0.
  const t = step <= 1 ? 0 : progress(step);
  return new Map(
    weightSpecs(TINY).map((spec) => {
      const [a, b] = [from.get(spec.ours), to.get(spec.ours)];
      if (a === undefined || b === undefined) throw new Error(spec.ours);
      const noise = randomStream(seed, 'walk', Math.max(step, 1), spec.ours);
      const data = a.data.map((x, i) => (1 - t) * x + t * (b.data[i] ?? 0) + 0.002 * t * noise.normal());
      return [spec.stored, toStored(spec, { shape: a.shape, data }, TINY)];
    }),
  );
}

/** The weights with one value changed. */
export function withValue(tensors: Tensors, name: string, change: (data: Float32Array) => void): Tensors {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(name);
  const data = tensor.data.slice();
  change(data);
  return new Map([...tensors, [name, { shape: tensor.shape, data }]]);
}

const SHARDS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const INDEX = 'model.safetensors.index.json';

/** The files of a revision with its weights in two shards and their index. */
export function revision(tensors: Tensors, config = formatModelConfig(TINY, 0)): Revision {
  const names = [...tensors.keys()];
  const shardOf = new Map(names.map((name, i) => [name, SHARDS[i < names.length / 2 ? 0 : 1]]));
  const shard = (file: string): Buffer =>
    Buffer.from(
      encodeSafetensors(new Map([...tensors].filter(([name]) => shardOf.get(name) === file)), 'F32', {
        format: 'pt',
      }),
    );
  return {
    'README.md': 'a suite',
    'config.json': config,
    'tokenizer.json': TOKENIZER,
    [SHARDS[0]]: shard(SHARDS[0]),
    [SHARDS[1]]: shard(SHARDS[1]),
    [INDEX]: JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(shardOf) }),
  };
}

/** A suite on a stand-in Hub: each branch can be spoiled before it is added. */
export interface FaultyRepo {
  readonly branches: Map<string, Revision>;
  /** The files of a step's branch, to change. */
  at(step: number): Revision;
  /** Replaces the weights of a step. */
  weights(step: number, tensors: Tensors): void;
}

/** A repo whose checkpoints are as they should be; step 0 = step 1. */
export function soundRepo(seed = 0): FaultyRepo {
  const branches = new Map(STEPS.map((step) => [`step${step}`, revision(weightsAt(step, seed))]));
  branches.set('main', revision(weightsAt(LAST, seed)));
  const at = (step: number): Revision => {
    const files = branches.get(`step${step}`);
    if (files === undefined) throw new Error(`there is no step ${step}`);
    return files;
  };
  return {
    branches,
    at,
    weights: (step, tensors) => Object.assign(at(step), revision(tensors)),
  };
}

/** Adds repos to a stand-in Hub. @returns the suite of them, whose manifest knows that step 0 = step 1 */
export function faultySuite(
  hub: StandInHub,
  repos: readonly FaultyRepo[],
  faults: HubManifest['faults'] = [],
): HubSuite {
  const runs = repos.map((repo, seed) => {
    const id = `test/faulty-seed${seed}`;
    hub.addRepo(id, Object.fromEntries<Files>(repo.branches));
    return { seed, repo: id };
  });
  const manifest = parseSuiteManifest(
    'faulty.json',
    JSON.stringify({
      kind: 'hub',
      name: 'faulty',
      description: 'tiny weights that move over steps',
      architecture: TINY.architecture,
      tokensPerStep: null,
      hub: {
        revision: 'step{step}',
        steps: STEPS.join(','),
        tokenizer: { revision: 'main', largestNumber: null },
        weights: { formats: ['safetensors'], dtype: 'F32', bytes: null },
      },
      model: { nLayers: TINY.nLayers, dModel: 12, nHeads: 3, dMlp: 10, dVocab: 23 },
      runs,
      faults: [STEP0_IS_STEP1, ...faults],
      unverified: [],
    }),
  );
  if (manifest.kind !== 'hub') throw new Error('a suite on the Hub');
  return { manifest, manifestPath: 'faulty.json', folder: '.' };
}

const STEP0_IS_STEP1: HubManifest['faults'][number] = {
  kind: 'duplicate',
  steps: '0,1',
  state: 'present',
  expected: true,
  note: 'The first update has learning rate 0.',
  report: 'https://example.org/issues/83',
};
