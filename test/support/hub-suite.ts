import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubManifest } from '../../src/config/suite-manifest.js';
import { scratchFolder } from './scratch.js';
import type { StandInHub } from './stand-in-hub.js';
import { noise } from './hubs.js';
import type { Files } from './stand-in-repo.js';

/** Repo of the run with seed 0. */
export const SUITE_REPO = 'someone/tiny-suite';
/** Steps that the manifest lists. */
export const SUITE_STEPS = [0, 8, 16];

const CONFIG = JSON.stringify({
  architectures: ['GPTNeoXForCausalLM'],
  model_type: 'gpt_neox',
  hidden_size: 16,
  intermediate_size: 64,
  num_attention_heads: 2,
  num_hidden_layers: 2,
  vocab_size: 64,
  max_position_embeddings: 16,
  rotary_pct: 0.25,
  hidden_act: 'gelu',
  use_parallel_residual: true,
  layer_norm_eps: 1e-5,
  tie_word_embeddings: false,
});

/** Weights that are only fetched, never read. */
export const weightsOf = (step: number): Buffer => noise(1_500_000 + step, step + 1);

/** Files of a checkpoint, with some that nobody needs. */
export function filesOf(step: number, weights = weightsOf(step)): Files {
  return {
    'README.md': `step ${step}`,
    'config.json': CONFIG,
    'model.safetensors': weights,
    'pytorch_model.bin': noise(10_000, step + 50),
  };
}

/** Branches of the suite's repo: a checkpoint each, and `main` with the tokenizer. */
export function branchesOf(steps: readonly number[]): Record<string, Files> {
  return {
    main: { ...filesOf(16), 'tokenizer.json': '{}' },
    ...Object.fromEntries(steps.map((step) => [`step${step}`, filesOf(step)])),
  };
}

/** A manifest of a small suite on the Hub. */
export function hubManifest(change: Partial<HubManifest> = {}): HubManifest {
  return {
    kind: 'hub',
    name: 'tiny',
    description: 'a small suite for tests',
    architecture: 'gpt_neox',
    tokensPerStep: 1024,
    hub: {
      revision: 'step{step}',
      steps: SUITE_STEPS.join(','),
      tokenizer: { revision: 'main', largestNumber: null },
      weights: { formats: ['safetensors', 'bin'], dtype: 'F32', bytes: null },
    },
    model: { nLayers: 2, dModel: 16, nHeads: 2, dMlp: 64, dVocab: 64 },
    runs: [{ seed: 0, repo: SUITE_REPO }],
    faults: [],
    unverified: [],
    ...change,
  };
}

/** Writes the manifest. @returns its path */
export function writeHubManifest(manifest: HubManifest = hubManifest()): string {
  const path = join(scratchFolder(), 'suite.json');
  writeFileSync(path, JSON.stringify(manifest));
  return path;
}

/** Environment in which the program sees only a stand-in, and an empty cache unless one is given. */
export function hubEnv(standing: StandInHub, cacheDir = scratchFolder()): Record<string, string> {
  return {
    HF_ENDPOINT: standing.endpoint,
    HF_HUB_CACHE: cacheDir,
    HF_HOME: scratchFolder(),
    HF_HUB_DOWNLOAD_TIMEOUT: '1',
    HF_HUB_OFFLINE: '0',
    HF_TOKEN: '',
    ...{ HTTP_PROXY: '', HTTPS_PROXY: '', ALL_PROXY: '', http_proxy: '', https_proxy: '', all_proxy: '' },
  };
}
