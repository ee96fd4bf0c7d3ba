import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ModelConfig } from '../domain/model-config.js';
import { ChecksumError, MissingCheckpointError, WeightNamesError } from '../errors/errors.js';
import { parseModelConfig } from './config-json.js';
import { ARCHITECTURE_FILES, weightSpecs, type WeightSpec } from './architectures.js';
import { toOurs } from './layout.js';
import { openSafetensors, type RawTensor, type SafetensorsFile } from './safetensors.js';

/** The files of a checkpoint folder in the layout of the Hugging Face Hub. */
export const CHECKPOINT_FILES = {
  config: 'config.json',
  weights: 'model.safetensors',
  tokenizer: 'tokenizer.json',
} as const;

/** A checkpoint's weights in memory, under our names (`W_E`, `blocks.0.W_in`, ...), float32. */
export interface LoadedCheckpoint {
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, RawTensor>;
  readonly weightsHash: string;
  /** Dtypes as stored, e.g. `F16` or `F16+F32`. */
  readonly dtype: string;
  readonly bytes: number;
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
 * Loads a checkpoint folder: config.json and model.safetensors.
 * @param namedBy what named the folder, for errors
 * @param expectedHash sha256 that the manifest promises of the weights, or undefined
 * @throws MissingCheckpointError, ArchitectureError, SafetensorsError, WeightNamesError, ChecksumError
 */
export async function loadCheckpoint(
  folder: string,
  namedBy: string,
  expectedHash?: string,
): Promise<LoadedCheckpoint> {
  const weightsPath = join(folder, CHECKPOINT_FILES.weights);
  const config = await readModelConfig(folder, namedBy);
  const bytes = await requireFile(weightsPath, namedBy);
  const weightsHash = await hashFile(weightsPath, namedBy);
  if (expectedHash !== undefined && weightsHash !== expectedHash)
    throw new ChecksumError(weightsPath, expectedHash, weightsHash);
  const file = await openSafetensors(weightsPath);
  try {
    const specs = weightSpecs(config).map((spec) => asStored(spec, file));
    checkNames(weightsPath, file, specs, ARCHITECTURE_FILES[config.architecture].ignored);
    const weights = new Map<string, RawTensor>();
    for (const spec of specs) weights.set(spec.ours, toOurs(spec, await file.read(spec.stored), config));
    const dtype = [...new Set([...file.header.tensors.values()].map((t) => t.dtype))].sort().join('+');
    return { config, weights, weightsHash, dtype, bytes };
  } finally {
    await file.close();
  }
}

/** Reads from `orElse` what the file does not hold itself. */
function asStored(spec: WeightSpec, { header }: SafetensorsFile): WeightSpec {
  return spec.orElse === null || header.tensors.has(spec.stored) ? spec : { ...spec, stored: spec.orElse };
}

/** Both directions: every tensor the config needs is there, and nothing else is. */
function checkNames(
  path: string,
  file: SafetensorsFile,
  wanted: readonly WeightSpec[],
  ignored: RegExp,
): void {
  const specs = new Map(wanted.map((spec) => [spec.stored, spec]));
  const stored = file.header.tensors;
  const problems = {
    missing: [...specs.keys()].filter((name) => !stored.has(name)),
    unexpected: [...stored.keys()].filter((name) => !specs.has(name) && !ignored.test(name)),
    misshapen: [...specs.values()].flatMap(({ stored: name, storedShape }) => {
      const found = stored.get(name)?.shape;
      return found === undefined || found.join() === storedShape.join()
        ? []
        : [`${name} is [${found.join(', ')}], expected [${storedShape.join(', ')}]`];
    }),
  };
  if (problems.missing.length + problems.unexpected.length + problems.misshapen.length > 0)
    throw new WeightNamesError(path, problems);
}
