import * as tf from '@tensorflow/tfjs-core';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResumeError } from '../../src/errors/checkpoint-errors.js';
import { ConfigError, InterruptedError } from '../../src/errors/errors.js';
import { startEngine } from '../../src/model/engine.js';
import { learningRate } from '../../src/training/adamw.js';
import { parseRecipe, recipeHash } from '../../src/training/recipe.js';
import { trainSuite } from '../../src/training/train-suite.js';
import { hashFile, loadCheckpoint } from '../../src/weights/checkpoint.js';
import { projectPath } from '../support/fixtures.js';
import { scratchFolder } from '../support/scratch.js';
import { SMALL_RECIPE } from '../support/suites.js';

const ENGINE = 'wasm test';
const RECIPE = projectPath('checkpoints/embedded/recipe.json');
let undisturbed: string;

beforeAll(async () => {
  await startEngine('wasm');
  undisturbed = mkdtempSync(join(tmpdir(), 'heuristrace-train-'));
  await trainSuite({ recipe: SMALL_RECIPE, seeds: [0, 1], out: undisturbed, engine: ENGINE });
});

afterAll(() => {
  rmSync(undisturbed, { recursive: true });
});

async function weightHashes(folder: string, seed: number): Promise<string[]> {
  const run = SMALL_RECIPE.runs.find((candidate) => candidate.seed === seed);
  return Promise.all(
    (run?.checkpoints ?? []).map((step) =>
      hashFile(join(folder, `seed${seed}/step${step}/model.safetensors`), 'the test'),
    ),
  );
}

/** Trains until `stopAt` and stops as Ctrl-C does. */
async function interrupted(out: string, stopAt: number): Promise<unknown> {
  const controller = new AbortController();
  return trainSuite({
    recipe: {
      ...SMALL_RECIPE,
      runs: SMALL_RECIPE.runs.map((run) => ({ ...run, checkpoints: [...run.checkpoints] })),
    },
    seeds: [0],
    out,
    engine: ENGINE,
    signal: controller.signal,
    onProgress: (_seed, { step }) => {
      if (step >= stopAt) controller.abort();
    },
  }).catch((error: unknown) => error);
}

describe('training', () => {
  it('writes a suite that lists the bytes it wrote', async () => {
    const manifest = JSON.parse(readFileSync(join(undisturbed, 'suite.json'), 'utf8')) as {
      tokensPerStep: number;
      runs: { seed: number; checkpoints: { step: number; files: Record<string, string> }[] }[];
    };
    expect(manifest.tokensPerStep).toBe(48 * 5);
    expect(manifest.runs.map(({ seed, checkpoints }) => [seed, checkpoints.map(({ step }) => step)])).toEqual(
      [
        [0, [0, 10, 30]],
        [1, [0, 30]],
      ],
    );
    const listed = manifest.runs[0]?.checkpoints.map(({ files }) => files['model.safetensors']);
    expect(listed).toEqual(await weightHashes(undisturbed, 0));
    expect(new Set(listed).size).toBe(3);
  });

  it('learns', async () => {
    const losses: number[] = [];
    await trainSuite({
      recipe: { ...SMALL_RECIPE, steps: 150, runs: [{ seed: 3, checkpoints: [150] }] },
      seeds: [3],
      out: scratchFolder(),
      engine: ENGINE,
      onProgress: (_seed, { loss }) => {
        if (loss !== null) losses.push(loss);
      },
    });
    expect(losses).toHaveLength(3);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
  });

  it('gives other weights for another seed and the same for the same', async () => {
    const again = scratchFolder();
    await trainSuite({ recipe: SMALL_RECIPE, seeds: [0], out: again, engine: ENGINE });
    expect(await weightHashes(again, 0)).toEqual(await weightHashes(undisturbed, 0));
    const [first] = await weightHashes(undisturbed, 1);
    expect((await weightHashes(undisturbed, 0))[0]).not.toBe(first);
  });

  it('goes on after an interruption to the same weights, and leaves nothing unfinished', async () => {
    const out = scratchFolder();
    expect(await interrupted(out, 0)).toBeInstanceOf(InterruptedError);
    expect(existsSync(join(out, 'suite.json'))).toBe(false);
    expect(existsSync(join(out, 'seed0/unfinished.safetensors'))).toBe(true);
    const started: number[] = [];
    await trainSuite({
      recipe: SMALL_RECIPE,
      seeds: [0],
      out,
      engine: ENGINE,
      onStart: (_seed, step) => started.push(step),
    });
    expect(started).toEqual([0]);
    expect(await weightHashes(out, 0)).toEqual(await weightHashes(undisturbed, 0));
    expect(readdirSync(join(out, 'seed0')).sort()).toEqual(['step0', 'step10', 'step30']);
  });

  it('goes on from a state in the middle to the same weights', async () => {
    const out = scratchFolder();
    // Long enough that progress is reported between the checkpoints.
    const recipe = { ...SMALL_RECIPE, steps: 120, runs: [{ seed: 0, checkpoints: [0, 120] }] };
    const whole = scratchFolder();
    await trainSuite({ recipe, seeds: [0], out: whole, engine: ENGINE });
    const controller = new AbortController();
    const stopped = trainSuite({
      recipe,
      seeds: [0],
      out,
      engine: ENGINE,
      signal: controller.signal,
      onProgress: (_seed, { step }) => {
        if (step === 50) controller.abort();
      },
    });
    await expect(stopped).rejects.toBeInstanceOf(InterruptedError);
    const started: number[] = [];
    await trainSuite({
      recipe,
      seeds: [0],
      out,
      engine: ENGINE,
      onStart: (_seed, step) => started.push(step),
    });
    expect(started).toEqual([50]);
    const last = 'seed0/step120/model.safetensors';
    expect(await hashFile(join(out, last), 'x')).toBe(await hashFile(join(whole, last), 'x'));
  });

  it('does not mix recipes or engines', async () => {
    const out = scratchFolder();
    await interrupted(out, 0);
    const changed = { ...SMALL_RECIPE, steps: 31 };
    await expect(trainSuite({ recipe: changed, seeds: [0], out, engine: ENGINE })).rejects.toBeInstanceOf(
      ResumeError,
    );
    await expect(trainSuite({ recipe: SMALL_RECIPE, seeds: [0], out, engine: 'cpu' })).rejects.toThrow(
      /engine wasm test/,
    );
    const finished = scratchFolder();
    cpSync(undisturbed, finished, { recursive: true });
    await expect(
      trainSuite({
        recipe: { ...changed, runs: [{ seed: 2, checkpoints: [0] }] },
        seeds: [2],
        out: finished,
        engine: ENGINE,
      }),
    ).rejects.toThrow(/another recipe/);
  });

  it('leaves no tensor in the engine', async () => {
    const before = tf.memory().numTensors;
    await trainSuite({ recipe: SMALL_RECIPE, seeds: [1], out: scratchFolder(), engine: ENGINE });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the recipe', () => {
  it('names every wrong field', () => {
    const text = JSON.stringify({
      ...SMALL_RECIPE,
      steps: -1,
      model: { ...SMALL_RECIPE.model, nHeads: 'two' },
    });
    expect(() => parseRecipe('r.json', text)).toThrow(ConfigError);
    expect(() => parseRecipe('r.json', text)).toThrow(/steps: .*model\.nHeads|model\.nHeads: .*steps/s);
    expect(() => parseRecipe('r.json', '{')).toThrow(ConfigError);
  });

  it('has an identity that saved steps and names do not change', () => {
    expect(recipeHash({ ...SMALL_RECIPE, name: 'other', runs: [] })).toBe(recipeHash(SMALL_RECIPE));
    expect(recipeHash({ ...SMALL_RECIPE, steps: 31 })).not.toBe(recipeHash(SMALL_RECIPE));
  });

  it('warms up linearly and decays by a cosine to its share', () => {
    const rates = [1, 4, 17, 30].map((update) => learningRate(SMALL_RECIPE, update));
    [0.0025, 0.01, 0.0055, 0.001].forEach((rate, i) => {
      expect(rates[i]).toBeCloseTo(rate, 12);
    });
  });
});

describe('the shipped suite', () => {
  it('is what the shipped recipe makes: the first steps, trained again, have the same bytes', async () => {
    const recipe = parseRecipe(RECIPE, readFileSync(RECIPE, 'utf8'));
    const steps = [0, 1, 2, 4];
    const out = scratchFolder();
    const controller = new AbortController();
    // The schedule depends on the number of steps, so the training is stopped, not shortened.
    const stopped = trainSuite({
      recipe: { ...recipe, runs: [{ seed: 0, checkpoints: steps }] },
      seeds: [0],
      out,
      engine: ENGINE,
      signal: controller.signal,
      onCheckpoint: (_seed, step) => {
        if (step === 4) controller.abort();
      },
    });
    await expect(stopped).rejects.toBeInstanceOf(InterruptedError);
    for (const step of steps) {
      const [made, shipped] = await Promise.all(
        [out, projectPath('checkpoints/embedded')].map((root) =>
          hashFile(join(root, `seed0/step${step}/model.safetensors`), 'x'),
        ),
      );
      expect(`step ${step}: ${String(made)}`).toBe(`step ${step}: ${String(shipped)}`);
    }
  });

  it('has checkpoints in float16 with a tokenizer each, under 20 MB in all', async () => {
    const folder = projectPath('checkpoints/embedded/seed0/step0');
    const { dtype, bytes } = await loadCheckpoint(folder, 'the test');
    expect(dtype).toBe('F16');
    expect(bytes).toBeGreaterThan(352_896);
    expect(bytes).toBeLessThan(360_000);
  });
});
