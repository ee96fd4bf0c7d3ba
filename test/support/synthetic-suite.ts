import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSuite, type LocalSuite } from '../../src/config/find-suite.js';
import type { LocalManifest } from '../../src/config/suite-manifest.js';
import type { ModelConfig } from '../../src/domain/model-config.js';
import { BOS, tokenizerFiles, vocabulary } from '../../src/training/vocabulary.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { CHECKPOINT_FILES } from '../../src/weights/checkpoint.js';
import { formatModelConfig } from '../../src/weights/config-json.js';
import { toStored } from '../../src/weights/layout.js';
import { encodeSafetensors, sha256 } from '../../src/weights/safetensors.js';
import type { RawTensor } from '../../src/weights/tensor-source.js';
import { randomWeights } from './models.js';
import { SMALL_RECIPE } from './suites.js';

/**
 * Writes a suite of one run with random float16 weights, another set at each step, and the tokenizer of the small
 * recipe, whose vocabulary replaces the config's.
 */
export async function syntheticSuite(
  folder: string,
  shape: ModelConfig,
  steps: readonly number[],
): Promise<LocalSuite> {
  const tokens = vocabulary(SMALL_RECIPE);
  const config = { ...shape, dVocab: tokens.length };
  const manifest: LocalManifest = {
    name: `synthetic-${config.architecture}`,
    description: 'random weights',
    architecture: config.architecture,
    maxOperand: SMALL_RECIPE.maxOperand,
    tokensPerStep: null,
    runs: [
      {
        seed: 0,
        checkpoints: steps.map((step) => {
          const files: Record<string, string | Uint8Array> = {
            [CHECKPOINT_FILES.config]: formatModelConfig(config, tokens.indexOf(BOS)),
            [CHECKPOINT_FILES.weights]: encodeSafetensors(storedWeights(config, step), 'F16', {}),
            [CHECKPOINT_FILES.tokenizer]: tokenizerFiles(SMALL_RECIPE)['tokenizer.json'],
          };
          mkdirSync(join(folder, `step${step}`), { recursive: true });
          for (const [name, content] of Object.entries(files))
            writeFileSync(join(folder, `step${step}`, name), content);
          const hashes = Object.entries(files).map(([name, content]) => [name, sha256(content)]);
          return { step, folder: `step${step}`, files: Object.fromEntries(hashes) as Record<string, string> };
        }),
      },
    ],
  };
  writeFileSync(join(folder, 'suite.json'), JSON.stringify(manifest));
  return { ...(await findSuite(folder, () => undefined)), manifest };
}

function storedWeights(config: ModelConfig, seed: number): Map<string, RawTensor> {
  const weights = randomWeights(config, seed);
  return new Map(
    weightSpecs(config).map((spec) => {
      const ours = weights.get(spec.ours);
      if (ours === undefined) throw new Error(spec.ours);
      return [spec.stored, toStored(spec, ours, config)];
    }),
  );
}
