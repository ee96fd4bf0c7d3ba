import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ResumeError } from '../errors/checkpoint-errors.js';
import { errnoOf, writeWhole } from '../files/write.js';
import { encodeSafetensors, openSafetensors } from '../weights/safetensors.js';
import { recipeHash, type Recipe } from './recipe.js';
import type { TrainingState } from './trainer.js';

/** What an unfinished run leaves in its folder: weights and moments in float32. */
const STATE_FILE = 'unfinished.safetensors';

const PARTS = ['parameters', 'm', 'v'] as const;

/** Saves where a run stands, whole or not at all. @throws DiskFullError, UnwritableError */
export async function writeState(
  folder: string,
  recipe: Recipe,
  engine: string,
  state: TrainingState,
): Promise<void> {
  const tensors = new Map(PARTS.map((part) => [part, { shape: [state[part].length], data: state[part] }]));
  const metadata = { step: String(state.step), recipe: recipeHash(recipe), engine };
  await writeWhole(join(folder, STATE_FILE), encodeSafetensors(tensors, 'F32', metadata));
}

/**
 * Reads where an interrupted run stopped.
 * @returns undefined when there is nothing to go on with
 * @throws ResumeError when it belongs to another recipe or engine (the weights would be a mixture)
 */
export async function readState(
  folder: string,
  recipe: Recipe,
  engine: string,
): Promise<TrainingState | undefined> {
  const path = join(folder, STATE_FILE);
  try {
    await readFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const file = await openSafetensors(path);
  try {
    const { metadata } = file.header;
    if (metadata['recipe'] !== recipeHash(recipe))
      throw new ResumeError(path, 'was made with another recipe');
    if (metadata['engine'] !== engine)
      throw new ResumeError(path, `was made on the engine ${String(metadata['engine'])}, not ${engine}`);
    const [parameters, m, v] = await Promise.all(PARTS.map(async (part) => (await file.read(part)).data));
    if (parameters === undefined || m === undefined || v === undefined)
      throw new ResumeError(path, 'is incomplete');
    return { step: Number(metadata['step']), parameters, m, v };
  } finally {
    await file.close();
  }
}

/** Removes the state of a finished run. */
export async function removeState(folder: string): Promise<void> {
  await rm(join(folder, STATE_FILE), { force: true });
}
