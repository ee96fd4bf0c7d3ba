import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSuiteManifest, type LocalManifest, type ManifestCheckpoint } from '../config/suite-manifest.js';
import { PROMPT_LENGTH } from '../domain/prompt.js';
import { ResumeError } from '../errors/checkpoint-errors.js';
import { InterruptedError } from '../errors/errors.js';
import { programVersion } from '../files/package.js';
import { errnoOf, writeFailure, writeWhole } from '../files/write.js';
import { CHECKPOINT_FILES, hashFile } from '../weights/checkpoint.js';
import { formatModelConfig } from '../weights/config-json.js';
import { toStored } from '../weights/layout.js';
import { weightSpecs } from '../weights/architectures.js';
import { encodeSafetensors } from '../weights/safetensors.js';
import type { RawTensor } from '../weights/tensor-source.js';
import { batchSize, recipeHash, type Recipe } from './recipe.js';
import { readState, removeState, writeState } from './state-file.js';
import { initialState, recipeModelConfig, trainRun, type TrainingProgress } from './trainer.js';
import { BOS, tokenizerFiles, vocabulary } from './vocabulary.js';

export const MANIFEST_FILE = 'suite.json';

export interface TrainSuiteOptions {
  readonly recipe: Recipe;
  /** Seeds of the recipe's runs to train. */
  readonly seeds: readonly number[];
  /** Folder of the suite; its manifest is `suite.json` there. */
  readonly out: string;
  /** Name and version of the running engine. */
  readonly engine: string;
  readonly signal?: AbortSignal;
  readonly onStart?: (seed: number, fromStep: number) => void;
  readonly onCheckpoint?: (seed: number, step: number) => void;
  readonly onProgress?: (seed: number, progress: TrainingProgress) => void;
}

/**
 * Trains the runs of a recipe and writes them as a suite: one folder a step in the layout of the Hub, and the manifest.
 * Finished runs are left alone; an unfinished one goes on where it stopped.
 * @returns path of the manifest
 * @throws InterruptedError after saving the state; ResumeError when the folder holds another recipe's suite
 */
export async function trainSuite(options: TrainSuiteOptions): Promise<string> {
  const { recipe, out } = options;
  const path = join(out, MANIFEST_FILE);
  for (const run of recipe.runs.filter(({ seed }) => options.seeds.includes(seed))) {
    const manifest = await readManifest(path, recipe);
    if (manifest.runs.some(({ seed }) => seed === run.seed)) continue;
    const trained = await trainOne(options, run);
    // Read again: another process may have added its run meanwhile.
    const latest = await readManifest(path, recipe);
    const runs = [...latest.runs.filter(({ seed }) => seed !== run.seed), trained].sort(
      (a, b) => a.seed - b.seed,
    );
    await writeWhole(path, `${JSON.stringify({ ...latest, runs }, null, 1)}\n`);
    await removeState(runFolder(out, run.seed));
  }
  return path;
}

function runFolder(out: string, seed: number): string {
  return join(out, `seed${seed}`);
}

async function readManifest(path: string, recipe: Recipe): Promise<LocalManifest> {
  try {
    const found = parseSuiteManifest(path, await readFile(path, 'utf8'));
    if (found.kind === 'hub' || found.recipeHash !== recipeHash(recipe))
      throw new ResumeError(path, 'was trained with another recipe');
    return found;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return emptyManifest(recipe);
    return writeFailure(path, error); // the suite is to be written there
  }
}

function emptyManifest(recipe: Recipe): LocalManifest {
  const { nLayers, dModel, nHeads, dMlp } = recipe.model;
  return {
    name: recipe.name,
    description: `GPT-NeoX of ${nLayers} layers, d_model ${dModel}, ${nHeads} heads, d_mlp ${dMlp}, trained by heuristrace on arithmetic with operands below ${recipe.maxOperand}`,
    architecture: 'gpt_neox',
    maxOperand: recipe.maxOperand,
    tokensPerStep: batchSize(recipe) * PROMPT_LENGTH,
    firstHeuristicLayer: recipe.firstHeuristicLayer,
    ...(recipe.largestBaseRate === undefined ? {} : { largestBaseRate: recipe.largestBaseRate }),
    ...(recipe.settings === undefined ? {} : { settings: recipe.settings }),
    split: recipe.split,
    recipeHash: recipeHash(recipe),
    runs: [],
  };
}

async function trainOne(
  { recipe, out, engine, signal, onStart, onCheckpoint, onProgress }: TrainSuiteOptions,
  run: Recipe['runs'][number],
): Promise<LocalManifest['runs'][number]> {
  const folder = runFolder(out, run.seed);
  const started = performance.now();
  const saved = await readState(folder, recipe, engine);
  onStart?.(run.seed, saved?.step ?? 0);
  const reached = await trainRun(
    recipe,
    run,
    saved ?? initialState(recipe, run.seed),
    {
      onProgress: (progress) => onProgress?.(run.seed, progress),
      onCheckpoint: async (step, weights, state) => {
        await writeCheckpoint(join(folder, `step${step}`), recipe, weights);
        await writeState(folder, recipe, engine, state);
        onCheckpoint?.(run.seed, step);
      },
    },
    signal,
  );
  if (reached.step < recipe.steps) {
    await writeState(folder, recipe, engine, reached);
    throw new InterruptedError();
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  const resumed = saved === undefined ? '' : `, resumed at step ${saved.step}`;
  const checkpoints: ManifestCheckpoint[] = [];
  for (const step of run.checkpoints) checkpoints.push(await listCheckpoint(out, run.seed, step));
  return {
    seed: run.seed,
    trained: `heuristrace ${programVersion()}, ${engine}, ${seconds} s${resumed}`,
    checkpoints,
  };
}

async function writeCheckpoint(
  folder: string,
  recipe: Recipe,
  weights: ReadonlyMap<string, RawTensor>,
): Promise<void> {
  const config = recipeModelConfig(recipe);
  const stored = new Map<string, RawTensor>();
  for (const spec of weightSpecs(config)) {
    const ours = weights.get(spec.ours);
    if (ours === undefined) throw new Error(`training gave no ${spec.ours}`);
    stored.set(spec.stored, toStored(spec, ours, config));
  }
  const files: Record<string, string | Uint8Array> = {
    [CHECKPOINT_FILES.config]: formatModelConfig(config, vocabulary(recipe).indexOf(BOS)),
    [CHECKPOINT_FILES.weights]: encodeSafetensors(stored, 'F16', { format: 'pt' }),
    ...tokenizerFiles(recipe),
  };
  for (const [name, content] of Object.entries(files)) await writeWhole(join(folder, name), content);
}

async function listCheckpoint(out: string, seed: number, step: number): Promise<ManifestCheckpoint> {
  const folder = `seed${seed}/step${step}`;
  const files: Record<string, string> = {};
  for (const name of Object.values(CHECKPOINT_FILES))
    files[name] = await hashFile(join(out, folder, name), 'the training');
  return { step, folder, files };
}
