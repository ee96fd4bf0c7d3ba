import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSuite, type Suite } from '../../src/config/find-suite.js';
import type { SuiteManifest } from '../../src/config/suite-manifest.js';
import { resolveConfig } from '../../src/config/sweep-config.js';
import type { Measure } from '../../src/domain/measure.js';
import type { HeuristicPreset } from '../../src/heuristics/preset.js';
import { runSweep } from '../../src/sweep/run-sweep.js';
import { BOS, tokenizerFiles, vocabulary } from '../../src/training/vocabulary.js';
import { weightSpecs } from '../../src/weights/architectures.js';
import { CHECKPOINT_FILES } from '../../src/weights/checkpoint.js';
import { formatModelConfig } from '../../src/weights/config-json.js';
import { toStored } from '../../src/weights/layout.js';
import { encodeSafetensors, sha256 } from '../../src/weights/safetensors.js';
import { plantedConfig, plantedWeights } from './planted-model.js';
import { HEURISTIC_LAYER, MAX_ANSWER, MAX_OPERAND, STEPS } from './planted-neurons.js';
import { SMALL_RECIPE } from './suites.js';

/** Writes the suite of the planted model: weights written by hand, of which it is known what they do at each step. */
async function plantedSuite(folder: string): Promise<Suite> {
  const recipe = { ...SMALL_RECIPE, name: 'planted', maxOperand: MAX_OPERAND, maxAnswer: MAX_ANSWER };
  const tokens = vocabulary(recipe);
  const config = plantedConfig(tokens.length);
  const checkpoints = STEPS.map((step) => {
    const weights = plantedWeights(step, tokens);
    const stored = weightSpecs(config).map((spec) => {
      const ours = weights.get(spec.ours);
      if (ours === undefined) throw new Error(spec.ours);
      return [spec.stored, toStored(spec, ours, config)] as const;
    });
    const files: Record<string, string | Uint8Array> = {
      [CHECKPOINT_FILES.config]: formatModelConfig(config, tokens.indexOf(BOS)),
      [CHECKPOINT_FILES.weights]: encodeSafetensors(new Map(stored), 'F32', {}),
      [CHECKPOINT_FILES.tokenizer]: tokenizerFiles(recipe)['tokenizer.json'],
    };
    mkdirSync(join(folder, `step${step}`), { recursive: true });
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, `step${step}`, name), content);
    const hashes = Object.entries(files).map(([name, content]) => [name, sha256(content)] as const);
    return { step, folder: `step${step}`, files: Object.fromEntries(hashes) };
  });
  const manifest: SuiteManifest = {
    name: recipe.name,
    description: 'weights written by hand',
    architecture: config.architecture,
    maxOperand: MAX_OPERAND,
    tokensPerStep: null,
    firstHeuristicLayer: HEURISTIC_LAYER,
    runs: [{ seed: 0, checkpoints }],
  };
  writeFileSync(join(folder, 'suite.json'), JSON.stringify(manifest));
  return findSuite(folder, () => undefined);
}

/** Writes the planted model and takes some measures, each neuron classified. */
export async function sweepPlanted({
  folder,
  db,
  presets,
  measures,
}: {
  readonly folder: string;
  readonly db: string;
  readonly presets: readonly HeuristicPreset[];
  readonly measures: readonly Measure[];
}): Promise<void> {
  const config = resolveConfig('the test', {
    measures,
    neurons: 'all',
    analysisPrompts: 30,
    minPrompts: 10,
    bootstrapSamples: 100,
    circuitHeads: ['0', '1', '2', '3'],
    circuitNeurons: ['8'],
    knockoutLeastNeurons: 1,
    knockoutPrompts: 40,
    knockoutLimits: ['30'],
    casePrompts: MAX_OPERAND ** 2,
  });
  const suite = await plantedSuite(folder);
  await runSweep({ suite, config, presets, db, workers: 0, nearest: () => undefined });
}
