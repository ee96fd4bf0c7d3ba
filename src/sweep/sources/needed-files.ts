import type { HubFile } from '../../hub/listing/list-files.js';
import { CHECKPOINT_FILES } from '../../weights/checkpoint.js';
import { weightFilesOf } from '../../weights/weight-files.js';

/** Name of a shard, with how many there are. */
const SHARD = /^(.+-)\d{5}(-of-(\d{5})\.\w+)$/;

/**
 * The files of a revision that a checkpoint is read from: config.json, the weights in one format, and their index.
 * @param listing all files of the revision
 * @returns in the order of the listing; without what the revision lacks, see `lackingFile`
 */
export function filesForCheckpoint(listing: readonly HubFile[]): HubFile[] {
  const needed = new Set([CHECKPOINT_FILES.config, ...weightFilesOf(listing.map(({ path }) => path))]);
  return listing.filter(({ path }) => needed.has(path));
}

/** The files of a revision that a tokenizer is read from; empty where it has none. */
export function filesForTokenizer(listing: readonly HubFile[]): HubFile[] {
  return listing.filter(({ path }) => path === CHECKPOINT_FILES.tokenizer);
}

/** Name of a file without which no checkpoint can be read from a revision; null when there are all. */
export function lackingFile(listing: readonly HubFile[]): string | null {
  const names = new Set(filesForCheckpoint(listing).map(({ path }) => path));
  if (!names.has(CHECKPOINT_FILES.config)) return CHECKPOINT_FILES.config;
  const weights = weightFilesOf([...names]);
  if (weights.length === 0) return CHECKPOINT_FILES.weights;
  const [, head, tail, total] = weights.map((name) => SHARD.exec(name)).find((match) => match !== null) ?? [];
  if (head === undefined || tail === undefined) return null;
  const shards = Array.from(
    { length: Number(total) },
    (_, i) => `${head}${String(i + 1).padStart(5, '0')}${tail}`,
  );
  return shards.find((name) => !names.has(name)) ?? null;
}
