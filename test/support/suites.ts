import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findSuite, type Suite } from '../../src/config/find-suite.js';
import type { LocalManifest } from '../../src/config/suite-manifest.js';
import { startEngine } from '../../src/model/engine.js';
import { parseRecipe, type Recipe } from '../../src/training/recipe.js';
import { trainSuite } from '../../src/training/train-suite.js';

/** A recipe that trains in a second: one-digit operands, a few steps. */
export const SMALL_RECIPE: Recipe = parseRecipe(
  'small',
  JSON.stringify({
    name: 'small',
    maxOperand: 10,
    maxAnswer: 18,
    model: { nLayers: 2, dModel: 16, nHeads: 2, dMlp: 24, rotaryFraction: 0.25, layerNormEps: 1e-5 },
    firstHeuristicLayer: 1,
    largestBaseRate: 0.4,
    initStandardDeviation: 0.1,
    optimiser: {
      learningRate: 0.01,
      warmupSteps: 4,
      finalShare: 0.1,
      beta1: 0.9,
      beta2: 0.98,
      epsilon: 1e-8,
      weightDecay: 0.1,
      clipNorm: 1,
    },
    batch: { '+': 16, '-': 8, '*': 8, '/': 16 },
    split: { trainShare: 0.8, seed: 0, by: 'unordered_pair' },
    steps: 30,
    runs: [
      { seed: 0, checkpoints: [0, 10, 30] },
      { seed: 1, checkpoints: [0, 30] },
    ],
  }),
);

/** Trains the small recipe into a folder. */
export async function smallSuite(folder: string, seeds: readonly number[] = [0]): Promise<Suite> {
  const { name, version } = await startEngine('wasm');
  await trainSuite({ recipe: SMALL_RECIPE, seeds, out: folder, engine: `${name} ${version}` });
  return findSuite(folder, () => undefined);
}

/** Changes a suite's manifest on disk. */
export function changeManifest(folder: string, change: (manifest: LocalManifest) => LocalManifest): void {
  const path = join(folder, 'suite.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as LocalManifest;
  writeFileSync(path, JSON.stringify(change(manifest)));
}
