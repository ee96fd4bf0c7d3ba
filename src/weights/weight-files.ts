import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import { MissingCheckpointError } from '../errors/checkpoint-errors.js';
import { ShardIndexError } from '../errors/weight-file-errors.js';
import { errnoOf } from '../files/write.js';
import { openSafetensors } from './safetensors.js';
import { contradiction, joinShards, type ShardIndex } from './shards.js';
import type { TensorSource } from './tensor-source.js';
import { openTorchFile } from './torch-file.js';

interface WeightFormat {
  readonly name: 'safetensors' | 'bin';
  readonly single: string;
  readonly index: string;
  /** Names that transformers gives to shards. */
  readonly shard: RegExp;
  readonly open: (path: string) => Promise<TensorSource>;
}

/** Formats of weight files on the Hub, the preferred first: safetensors cannot ask for anything to be run. */
const FORMATS: readonly WeightFormat[] = [
  {
    name: 'safetensors',
    single: 'model.safetensors',
    index: 'model.safetensors.index.json',
    shard: /^model-\d{5}-of-(\d{5})\.safetensors$/,
    open: openSafetensors,
  },
  {
    name: 'bin',
    single: 'pytorch_model.bin',
    index: 'pytorch_model.bin.index.json',
    shard: /^pytorch_model-\d{5}-of-(\d{5})\.bin$/,
    open: openTorchFile,
  },
];

/** The weight files of one checkpoint. */
interface Found {
  readonly format: WeightFormat;
  readonly single: string | null;
  readonly index: string | null;
  readonly shards: readonly string[];
}

/** The weight files that are read. */
export interface ChosenFiles {
  readonly format: WeightFormat;
  /** Sorted names in the folder. */
  readonly files: readonly string[];
  readonly index: ShardIndex | null;
}

/** The first format of which there are weights. */
function findFiles(names: readonly string[]): Found | null {
  for (const format of FORMATS) {
    const only = (name: string): string | null => (names.includes(name) ? name : null);
    const shards = names.filter((name) => format.shard.test(name)).sort();
    const found = { format, single: only(format.single), index: only(format.index), shards };
    if (found.single !== null || shards.length > 0) return found;
  }
  return null;
}

/**
 * The files that a checkpoint's weights need, for a listing of what there is: one format only, safetensors before
 * PyTorch; the single file where there is one, with the index that it is checked against, else the shards.
 * @param fileNames of the checkpoint's top folder
 * @returns nothing where there are no weights in a known format
 */
export function weightFilesOf(fileNames: readonly string[]): readonly string[] {
  const found = findFiles(fileNames);
  if (found === null) return [];
  const weights = found.single === null ? found.shards : [found.single];
  return found.index === null ? weights : [...weights, found.index];
}

/**
 * Decides which weight files of a folder are read.
 *
 * Where a single file and an index of shards lie side by side, as in some revisions of Pythia, the index decides: the
 * single file is read, as transformers would, if it holds just the tensors that the index names; else the shards, if
 * they agree with the index; else neither.
 * @param fileNames of the folder, or those that are to be used
 * @param namedBy what named the folder, for errors
 * @throws MissingCheckpointError where there are no weights or a shard is missing, ShardIndexError
 */
export async function chooseFiles(
  folder: string,
  fileNames: readonly string[],
  namedBy: string,
): Promise<ChosenFiles> {
  const found = findFiles(fileNames);
  if (found === null) throw new MissingCheckpointError(join(folder, 'model.safetensors'), namedBy);
  const { format, single, shards } = found;
  const index = found.index === null ? null : await readIndex(join(folder, found.index), format);
  if (single !== null && index !== null) return chooseByIndex(folder, format, index);
  if (single !== null) return { format, files: [single], index: null };
  return { format, files: index?.files ?? completeShards(folder, shards, format), index };
}

/** Opens weight files that were chosen. @throws as their formats do, ShardIndexError, MissingCheckpointError */
export async function openChosen(
  folder: string,
  { format, files, index }: ChosenFiles,
): Promise<TensorSource> {
  const [first] = files;
  if (index === null && files.length === 1 && first !== undefined)
    return openOne(folder, first, format, folder);
  return joinShards({
    path: index?.path ?? join(folder, format.index),
    index,
    files,
    open: (name) => openOne(folder, name, format, index?.path ?? folder),
  });
}

/**
 * Opens whatever weights a folder holds: safetensors or PyTorch, one file or shards.
 * @see chooseFiles for which are read where there are several
 * @throws MissingCheckpointError, ShardIndexError, SafetensorsError, TorchFileError, PickleError
 */
export async function openCheckpointFiles(
  folder: string,
  fileNames: readonly string[],
  namedBy: string,
): Promise<TensorSource> {
  return openChosen(folder, await chooseFiles(folder, fileNames, namedBy));
}

async function openOne(
  folder: string,
  name: string,
  format: WeightFormat,
  namedBy: string,
): Promise<TensorSource> {
  const path = join(folder, name);
  try {
    return await format.open(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new MissingCheckpointError(path, namedBy);
    throw error;
  }
}

async function chooseByIndex(folder: string, format: WeightFormat, index: ShardIndex): Promise<ChosenFiles> {
  const single = { format, files: [format.single], index: null };
  const source = await openChosen(folder, single);
  const problem = contradiction(index, source.tensors);
  await source.close();
  if (problem === null) return single;
  const sharded = { format, files: index.files, index };
  try {
    await (await openChosen(folder, sharded)).close();
  } catch (error) {
    if (!(error instanceof ShardIndexError || error instanceof MissingCheckpointError)) throw error;
    throw new ShardIndexError(
      index.path,
      `fits neither ${format.single} (${problem}) nor the shards (${error.message})`,
    );
  }
  return sharded;
}

/** Shards without an index must be all of `1-of-n` to `n-of-n`. */
function completeShards(folder: string, shards: readonly string[], format: WeightFormat): readonly string[] {
  const total = Number(format.shard.exec(shards[0] ?? '')?.[1]);
  const prefix = format.single.replace(/\.\w+$/, '');
  const numbered = (n: number): string => String(n).padStart(5, '0');
  const expected = Array.from(
    { length: total },
    (_, i) => `${prefix}-${numbered(i + 1)}-of-${numbered(total)}${format.single.slice(prefix.length)}`,
  );
  const missing = expected.find((name) => !shards.includes(name));
  if (missing !== undefined) throw new MissingCheckpointError(join(folder, missing), shards[0] ?? folder);
  if (shards.length !== total)
    throw new ShardIndexError(folder, `shards of several sets lie here: ${shards.join(', ')}`);
  return shards;
}

const IndexJson = z.object({
  metadata: z.object({ total_size: z.number().optional() }).optional(),
  weight_map: z.record(z.string(), z.string()),
});

async function readIndex(path: string, format: WeightFormat): Promise<ShardIndex> {
  return parseShardIndex(path, await readFile(path, 'utf8'), extname(format.single));
}

/**
 * Parses the index of a sharded checkpoint.
 * @param path names it in errors
 * @param ending of the files that it may name, e.g. `.bin`
 * @throws ShardIndexError
 */
export function parseShardIndex(path: string, text: string, ending: string): ShardIndex {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ShardIndexError(path, 'is not JSON');
  }
  const parsed = IndexJson.safeParse(json);
  if (!parsed.success)
    throw new ShardIndexError(
      path,
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    );
  const { metadata, weight_map: shardOf } = parsed.data;
  const files = [...new Set(Object.values(shardOf))].sort();
  // A name with a folder in it could lead out of the checkpoint.
  const odd = files.find((name) => !/^[\w-][\w.-]*$/.test(name) || !name.endsWith(ending));
  if (odd !== undefined) throw new ShardIndexError(path, `names '${odd}', which is no shard of its format`);
  if (files.length === 0) throw new ShardIndexError(path, 'names no tensors');
  return { path, shardOf: new Map(Object.entries(shardOf)), files, totalSize: metadata?.total_size ?? null };
}
