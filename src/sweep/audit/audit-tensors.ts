import { fingerprint } from '../../audit/fingerprint.js';
import type { TensorFacts } from '../../audit/facts.js';
import { evenly } from '../../domain/evenly.js';
import type { Architecture } from '../../domain/model-config.js';
import { ARCHITECTURE_FILES } from '../../weights/architectures.js';
import { readSafetensors } from '../../weights/safetensors.js';
import { joinShards } from '../../weights/shards.js';
import { isFloat, type TensorSource } from '../../weights/tensor-source.js';
import { readTorchFile } from '../../weights/torch-file.js';
import type { Listing } from './audit-checkpoint.js';

/** Matrices and vectors whose start is read, spread over the model by name. */
const SAMPLED_MATRICES = 8;
const SAMPLED_VECTORS = 2;
/** Values read of each: as many bytes as one request brings anyway. */
const SAMPLED_VALUES = 8192;

/**
 * Opens the weights of a checkpoint where they are and reads headers and values.
 * @param params.depth `sample`: the start of a few tensors, the same at all steps; `all`: everything
 * @param params.onBytes told of the bytes read of each file
 * @returns tensors by name, without buffers
 * @throws SafetensorsError, WeightFileError and its kin for malformed files; what the source throws
 */
export async function readTensors(params: {
  readonly listing: Listing;
  readonly architecture: Architecture;
  readonly depth: 'sample' | 'all';
  readonly onBytes: (path: string, bytes: number) => void;
}): Promise<Map<string, TensorFacts>> {
  const { listing, architecture, depth, onBytes } = params;
  const source = await openListed(listing, onBytes);
  try {
    const { ignored } = ARCHITECTURE_FILES[architecture];
    const names = [...source.tensors.keys()].filter((name) => !ignored.test(name));
    const chosen = new Set(depth === 'all' ? names : sampleOf(names, source));
    const tensors = new Map<string, TensorFacts>();
    for (const name of names) {
      const info = source.tensors.get(name);
      if (info === undefined) continue;
      const { dtype, shape } = info;
      const read = chosen.has(name) && isFloat(dtype);
      tensors.set(name, { dtype, shape, values: read ? await valuesOf(source, name, depth) : null });
    }
    return tensors;
  } finally {
    await source.close();
  }
}

async function valuesOf(source: TensorSource, name: string, depth: 'sample' | 'all') {
  if (depth === 'all') return fingerprint((await source.read(name)).data);
  return fingerprint(await source.readStart(name, SAMPLED_VALUES));
}

async function openListed(
  { source, weights, index, checkpoint }: Listing,
  onBytes: (path: string, bytes: number) => void,
): Promise<TensorSource> {
  const open = async (name: string): Promise<TensorSource> => {
    const file = weights.find(({ path }) => path === name);
    if (file === undefined) throw new RangeError(`${name} is none of the weight files`);
    const bytes = await source.open(file, (count) => onBytes(name, count));
    return name.endsWith('.bin') ? readTorchFile(bytes) : readSafetensors(bytes);
  };
  const [first] = weights;
  if (weights.length === 1 && index === null && first !== undefined) return open(first.path);
  const files = weights.map(({ path }) => path);
  return joinShards({ path: index?.path ?? checkpoint.revision, index, files, open });
}

/** Evenly spread over the names in the order of their layers, so that every shard is met. */
function sampleOf(names: readonly string[], { tensors }: TensorSource): string[] {
  const order = new Intl.Collator('en', { numeric: true });
  const sorted = [...names].sort((a, b) => order.compare(a, b));
  const isMatrix = (name: string): boolean => (tensors.get(name)?.shape.length ?? 0) > 1;
  return [
    ...evenly(sorted.filter(isMatrix), SAMPLED_MATRICES),
    ...evenly(
      sorted.filter((name) => !isMatrix(name)),
      SAMPLED_VECTORS,
    ),
  ];
}
