import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ModelConfig } from '../domain/model-config.js';
import { ChecksumError, MissingCheckpointError, WeightNamesError } from '../errors/checkpoint-errors.js';
import { ARCHITECTURE_FILES, weightSpecs, type WeightSpec } from './architectures.js';
import { parseModelConfig } from './config-json.js';
import { readOurs } from './read-ours.js';
import { isFloat, type RawTensor, type TensorSource } from './tensor-source.js';
import { chooseFiles, openChosen, weightFilesOf, type ChosenFiles } from './weight-files.js';

/** The files of a checkpoint folder that heuristrace writes, in the layout of the Hugging Face Hub. */
export const CHECKPOINT_FILES = {
  config: 'config.json',
  weights: 'model.safetensors',
  tokenizer: 'tokenizer.json',
} as const;

/** What rows say of a checkpoint's weights. */
export interface CheckpointFacts {
  readonly config: ModelConfig;
  /** sha256 of the weight file; of several files, see `hashWeights`. */
  readonly weightsHash: string;
  /** Format of the weight files: `safetensors` or `bin`. */
  readonly format: 'safetensors' | 'bin';
  /** Dtypes of the weights as stored, e.g. `F16` or `F16+F32`. */
  readonly dtype: string;
  /** Bytes of all weight files. */
  readonly bytes: number;
}

/** A checkpoint whose files are open and fit its config. */
export interface OpenWeights {
  readonly facts: CheckpointFacts;
  /**
   * Reads one weight after the other, under our names (`W_E`, `blocks.0.W_in`, ...) and in our layout; only the one in
   * hand is in memory.
   */
  tensors(): AsyncGenerator<readonly [name: string, tensor: RawTensor]>;
  close(): Promise<void>;
}

/** Where a checkpoint lies. */
export interface CheckpointFolder {
  readonly folder: string;
  /** What named the folder, for errors. */
  readonly namedBy: string;
  /** sha256 that is promised of each file; weights are then read from the files that it names. */
  readonly promised?: Readonly<Record<string, string>>;
  /**
   * `weightsHash` as another reader found it, who also held the files against what is promised: `openWeights` then
   * hashes nothing.
   */
  readonly verifiedHash?: string;
}

/** A checkpoint's weights in memory, under our names, float32. */
interface LoadedCheckpoint extends CheckpointFacts {
  readonly weights: ReadonlyMap<string, RawTensor>;
}

/**
 * sha256 of a file, read as a stream.
 * @param namedBy what promised the file, for the error
 * @throws MissingCheckpointError when it is not there
 */
export async function hashFile(path: string, namedBy: string): Promise<string> {
  await requireFile(path, namedBy);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function requireFile(path: string, namedBy: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    throw new MissingCheckpointError(path, namedBy);
  }
}

/**
 * Reads a checkpoint folder's config.json.
 * @throws MissingCheckpointError, ArchitectureError
 */
export async function readModelConfig(folder: string, namedBy: string): Promise<ModelConfig> {
  const path = join(folder, CHECKPOINT_FILES.config);
  await requireFile(path, namedBy);
  return parseModelConfig(path, await readFile(path, 'utf8'));
}

/**
 * Opens a checkpoint folder: config.json and the weights in whatever format they are.
 * @throws MissingCheckpointError, ArchitectureError, ChecksumError, WeightNamesError, and as the formats do:
 *   SafetensorsError, WeightFileError (ShardIndexError, TorchFileError, PickleError)
 */
export async function openWeights(where: CheckpointFolder): Promise<OpenWeights> {
  const { folder, namedBy } = where;
  const config = await readModelConfig(folder, namedBy);
  const chosen = await chooseWeights(where);
  const weightsHash = where.verifiedHash ?? combinedHash(await verifiedHashes(where, chosen));
  const sizes = await Promise.all(chosen.files.map((file) => requireFile(join(folder, file), namedBy)));
  const source = await openChosen(folder, chosen);
  try {
    const specs = weightSpecs(config).map((spec) => asStored(spec, source));
    checkWeights(source, specs, ARCHITECTURE_FILES[config.architecture].ignored);
    const dtypes = specs.flatMap(({ stored }) => source.tensors.get(stored)?.dtype ?? []);
    return {
      facts: {
        config,
        weightsHash,
        format: chosen.format.name,
        dtype: [...new Set(dtypes)].sort().join('+'),
        bytes: sizes.reduce((sum, size) => sum + size, 0),
      },
      tensors: async function* () {
        for (const spec of specs) yield [spec.ours, await readOurs(source, spec, config)];
      },
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/**
 * Loads all weights of a checkpoint into memory; `openWeights` holds but one at a time.
 * @throws what `openWeights` throws
 */
export async function loadCheckpoint(
  folder: string,
  namedBy: string,
  promised: Readonly<Record<string, string>> = {},
): Promise<LoadedCheckpoint> {
  const open = await openWeights({ folder, namedBy, promised });
  try {
    const weights = new Map<string, RawTensor>();
    for await (const [name, tensor] of open.tensors()) weights.set(name, tensor);
    return { ...open.facts, weights };
  } finally {
    await open.close();
  }
}

/**
 * Identity of a checkpoint's weights: the sha256 of the one weight file, or of the lines `<name> <sha256>` of several,
 * sorted by name. Whether it is the promised one is for `openWeights` to say.
 * @throws MissingCheckpointError, ShardIndexError
 */
export async function hashWeights(where: CheckpointFolder): Promise<string> {
  return combinedHash(await hashFiles(where, await chooseWeights(where)));
}

async function chooseWeights({ folder, namedBy, promised = {} }: CheckpointFolder): Promise<ChosenFiles> {
  const named = weightFilesOf(Object.keys(promised));
  if (named.length === 0) await requireFile(folder, namedBy);
  return chooseFiles(folder, named.length > 0 ? named : await readdir(folder), namedBy);
}

/** sha256 of each file, in their order. */
async function hashFiles(
  { folder, namedBy }: CheckpointFolder,
  { files }: ChosenFiles,
): Promise<{ readonly file: string; readonly sha256: string }[]> {
  const hashes = [];
  for (const file of files) hashes.push({ file, sha256: await hashFile(join(folder, file), namedBy) });
  return hashes;
}

/** As `hashFiles`. @throws ChecksumError where a file is not the promised one */
async function verifiedHashes(where: CheckpointFolder, chosen: ChosenFiles): ReturnType<typeof hashFiles> {
  const hashes = await hashFiles(where, chosen);
  for (const { file, sha256 } of hashes) {
    const expected = where.promised?.[file] ?? sha256;
    if (sha256 !== expected) throw new ChecksumError(join(where.folder, file), expected, sha256);
  }
  return hashes;
}

/** One identity of several files, see `hashWeights`. @param hashes in any order */
export function combinedHash(hashes: readonly { readonly file: string; readonly sha256: string }[]): string {
  const [first] = hashes;
  if (hashes.length === 1 && first !== undefined) return first.sha256;
  const lines = hashes.map(({ file, sha256 }) => `${file} ${sha256}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** Reads from `orElse` what the files do not hold themselves. */
function asStored(spec: WeightSpec, { tensors }: TensorSource): WeightSpec {
  return spec.orElse === null || tensors.has(spec.stored) ? spec : { ...spec, stored: spec.orElse };
}

/** Both directions: every tensor the config needs is there as floats, and nothing else is. */
function checkWeights(source: TensorSource, wanted: readonly WeightSpec[], ignored: RegExp): void {
  const specs = new Map(wanted.map((spec) => [spec.stored, spec]));
  const { tensors: stored } = source;
  const problems = {
    missing: [...specs.keys()].filter((name) => !stored.has(name)),
    unexpected: [...stored.keys()].filter((name) => !specs.has(name) && !ignored.test(name)),
    misshapen: [...specs.values()].flatMap(({ stored: name, storedShape }) => {
      const found = stored.get(name);
      if (found === undefined) return [];
      if (found.shape.join() !== storedShape.join())
        return [`${name} is [${found.shape.join(', ')}], expected [${storedShape.join(', ')}]`];
      return isFloat(found.dtype) ? [] : [`${name} is ${found.dtype}, expected F32, F16 or BF16`];
    }),
  };
  if (problems.missing.length + problems.unexpected.length + problems.misshapen.length > 0)
    throw new WeightNamesError(source.path, problems);
}
