import { ShardIndexError } from '../errors/weight-file-errors.js';
import type { TensorInfo, TensorSource } from './tensor-source.js';

/** The index of a checkpoint in several files, `*.index.json`. */
export interface ShardIndex {
  readonly path: string;
  /** Which file holds each tensor. */
  readonly shardOf: ReadonlyMap<string, string>;
  /** The files that it names, sorted. */
  readonly files: readonly string[];
  /** Bytes of all tensors; null where it does not say. */
  readonly totalSize: number | null;
}

/** How shards become one. */
export interface ShardOptions {
  /** Names them all in errors. */
  readonly path: string;
  /** What the files must agree with; null where there is none. */
  readonly index: ShardIndex | null;
  readonly files: readonly string[];
  readonly open: (file: string) => Promise<TensorSource>;
}

/**
 * Opens the files of a sharded checkpoint as one source.
 * @throws ShardIndexError when a tensor lies in another file than the index says, in none, or in two, or is not in the
 *   index, or when the sizes do not add up; and what `open` throws. All files are closed then.
 */
export async function joinShards({ path, index, files, open }: ShardOptions): Promise<TensorSource> {
  const shards: TensorSource[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.close()));
  };
  try {
    const owners = new Map<string, { readonly file: string; readonly shard: TensorSource }>();
    const tensors = new Map<string, TensorInfo>();
    for (const file of files) {
      const shard = await open(file);
      shards.push(shard);
      for (const [name, info] of shard.tensors) {
        const other = owners.get(name);
        if (other !== undefined)
          throw new ShardIndexError(path, `'${name}' is in ${other.file} and again in ${file}`);
        const expected = index?.shardOf.get(name);
        if (expected !== undefined && expected !== file)
          throw new ShardIndexError(path, `says that '${name}' is in ${expected}, but ${file} holds it`);
        owners.set(name, { file, shard });
        // Keys of storages are counted anew in each file.
        tensors.set(
          name,
          info.storage === undefined ? info : { ...info, storage: `${file}/${info.storage}` },
        );
      }
    }
    const problem = index === null ? null : contradiction(index, tensors);
    if (problem !== null) throw new ShardIndexError(path, problem);
    const shardOf = (name: string): TensorSource => {
      const owner = owners.get(name);
      if (owner === undefined) throw new ShardIndexError(path, `no shard holds '${name}'`);
      return owner.shard;
    };
    return {
      path,
      tensors,
      read: async (name) => shardOf(name).read(name),
      readStart: async (name, count) => shardOf(name).readStart(name, count),
      strips: (name, most) => shardOf(name).strips(name, most),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * What an index and the tensors of its checkpoint disagree about, in whatever files these lie.
 * @returns null when they agree
 */
export function contradiction(index: ShardIndex, tensors: ReadonlyMap<string, TensorInfo>): string | null {
  const missing = [...index.shardOf.keys()].find((name) => !tensors.has(name));
  if (missing !== undefined)
    return `'${missing}' should be in ${index.shardOf.get(missing) ?? ''}, which does not hold it`;
  const extra = [...tensors.keys()].find((name) => !index.shardOf.has(name));
  if (extra !== undefined) return `'${extra}' is in the files but not in the index`;
  if (index.totalSize === null) return null;
  const [least, most] = totalSizes(tensors);
  if (index.totalSize < least || index.totalSize > most)
    return `total_size is ${index.totalSize}, the tensors have ${least === most ? most : `${least} to ${most}`} bytes`;
  return null;
}

/**
 * Versions of transformers differ in what `total_size` counts: tensors that share a storage once or each, and BOOL
 * values as bits or bytes.
 * @returns the least and the greatest bytes
 */
function totalSizes(tensors: ReadonlyMap<string, TensorInfo>): [least: number, most: number] {
  let most = 0;
  const leastOf = new Map<string, number>();
  for (const [name, { dtype, bytes, storage = `tensor ${name}` }] of tensors) {
    const least = dtype === 'BOOL' ? Math.floor(bytes / 8) : bytes;
    most += bytes;
    leastOf.set(storage, Math.min(least, leastOf.get(storage) ?? least));
  }
  return [[...leastOf.values()].reduce((sum, bytes) => sum + bytes, 0), most];
}
