import { extname } from 'node:path';
import type { ListedCheckpoint } from '../../audit/facts.js';
import { HeuristraceError } from '../../errors/errors.js';
import type { HubFile } from '../../hub/listing/list-files.js';
import { CHECKPOINT_FILES } from '../../weights/checkpoint.js';
import { parseModelConfig } from '../../weights/config-json.js';
import type { ShardIndex } from '../../weights/shards.js';
import { parseShardIndex, weightFilesOf } from '../../weights/weight-files.js';
import type { AuditSource } from './audit-sources.js';
import { lackingFile } from '../sources/needed-files.js';

/** A checkpoint as its listing, config and index show it. */
export interface Listing {
  readonly source: AuditSource;
  readonly checkpoint: ListedCheckpoint;
  /** Files to read weights from. */
  readonly weights: readonly HubFile[];
  readonly index: ShardIndex | null;
}

/** Texts of small files by the name of their content: most are the same at all steps. */
export type TextCache = Map<string, Promise<string>>;

const INDEX = '.index.json';

/** Failures that say what a file is, not that it could not be had. */
export function isAboutFile(error: unknown): error is HeuristraceError {
  return (
    error instanceof HeuristraceError &&
    ['safetensors', 'architecture', 'missingCheckpoint', 'weightNames'].includes(error.kind)
  );
}

/**
 * Lists a checkpoint and reads config.json and the index of its shards.
 * @param promised sha256 of files that the manifest states
 * @throws what the source throws when it cannot be reached
 */
export async function listCheckpoint(
  source: AuditSource,
  texts: TextCache,
  promised: Readonly<Record<string, string>> = {},
): Promise<Listing> {
  const listing = await source.list();
  const named = new Map(listing.map((file) => [file.path, file]));
  const textOf = (file: HubFile): Promise<string> => {
    const text = texts.get(file.blob) ?? source.text(file);
    texts.set(file.blob, text);
    return text;
  };
  const lacks: string[] = [];
  const faulty: string[] = [];
  const needed = weightFilesOf(listing.map(({ path }) => path));
  const indexFile = named.get(needed.find((name) => name.endsWith(INDEX)) ?? '');
  const single = needed.length === (indexFile === undefined ? 1 : 2) && !/-of-\d+/.test(needed.join());
  let index: ShardIndex | null = null;
  if (indexFile !== undefined && !single)
    try {
      const ending = extname(indexFile.path.slice(0, -INDEX.length));
      index = parseShardIndex(indexFile.path, await textOf(indexFile), ending);
    } catch (error) {
      if (!isAboutFile(error)) throw error;
      faulty.push(error.message);
    }
  const lacking = lackingFile(listing);
  if (index === null) lacks.push(...(lacking === null ? [] : [`${lacking} is missing`]));
  else {
    if (!named.has(CHECKPOINT_FILES.config)) lacks.push(`${CHECKPOINT_FILES.config} is missing`);
    for (const file of index.files)
      if (!named.has(file)) lacks.push(`${file} is missing, ${index.path} names it`);
  }
  const files = index?.files ?? needed.filter((name) => !name.endsWith(INDEX));
  const weights = files.flatMap((name) => named.get(name) ?? []);
  for (const { path, size } of weights) if (size === 0) faulty.push(`${path} is empty`);
  for (const [path, expected] of Object.entries(promised)) {
    const hash = named.get(path)?.blob;
    if (hash === undefined) lacks.push(`${path} is missing, the manifest names it`);
    else if (hash !== expected)
      faulty.push(
        `${path} has sha256 ${hash.slice(0, 12)}..., the manifest says ${expected.slice(0, 12)}...`,
      );
  }
  const configFile = named.get(CHECKPOINT_FILES.config);
  const config = configFile === undefined ? null : readConfig(configFile.path, await textOf(configFile));
  if (config?.problem !== undefined) faulty.push(config.problem);
  return {
    source,
    weights,
    index,
    checkpoint: {
      revision: source.revision,
      files: listing.map(toListed),
      weights: weights.map(toListed),
      config: config?.keys ?? null,
      model: config?.model ?? null,
      lacks: [...new Set(lacks)],
      faulty,
      tensors: null,
    },
  };
}

const toListed = ({ path, size, blob }: HubFile) => ({ path, size, hash: blob });

interface ReadConfig {
  readonly keys: Readonly<Record<string, unknown>> | null;
  readonly model: Readonly<Record<string, unknown>> | null;
  readonly problem?: string;
}

function readConfig(path: string, text: string): ReadConfig {
  const keys = asObject(text);
  try {
    return { keys, model: { ...parseModelConfig(path, text) } };
  } catch (error) {
    if (!isAboutFile(error)) throw error;
    return { keys, model: null, problem: error.message };
  }
}

function asObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? { ...json } : null;
  } catch {
    return null;
  }
}
