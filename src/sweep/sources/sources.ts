import { dirname, join } from 'node:path';
import type { HubSuite, LocalSuite } from '../../config/find-suite.js';
import type { ManifestCheckpoint } from '../../config/suite-manifest.js';
import { MissingCheckpointError } from '../../errors/checkpoint-errors.js';
import { OfflineError } from '../../errors/hub-errors.js';
import type { CacheBudget } from '../../hub/cache/budget.js';
import { fetchFiles, missingBytes, type FetchEvent } from '../../hub/download/fetch-files.js';
import type { Hub } from '../../hub/hub.js';
import { listFiles, type HubFile } from '../../hub/listing/list-files.js';
import { resolveRevision } from '../../hub/listing/resolve-revision.js';
import type { ModelConfig } from '../../domain/model-config.js';
import {
  CHECKPOINT_FILES,
  combinedHash,
  hashFile,
  hashWeights,
  readModelConfig,
  type CheckpointFolder,
} from '../../weights/checkpoint.js';
import { identityOf } from '../identity.js';
import { filesForCheckpoint, lackingFile } from './needed-files.js';

/** Where the files of one checkpoint come from. */
export interface CheckpointSource {
  /** Folder or branch that holds it. */
  readonly revision: string;
  /** Commit on the Hub that the branch named when the sweep began; null for a folder. */
  readonly commit: string | null;
  /** Identity of the weights, without fetching them where a listing states it. */
  weightsHash(signal?: AbortSignal): Promise<string>;
  /** Changes when its files, or what is promised of them, do: what failed may succeed then. */
  state(signal?: AbortSignal): Promise<string>;
  /** Its config.json, without the weights. */
  modelConfig(signal?: AbortSignal): Promise<ModelConfig>;
  /** Bytes that `fetch` would have to fetch now. */
  missingBytes(signal?: AbortSignal): Promise<number>;
  /** Brings config.json and weights here, and holds them until `release`. */
  fetch(signal?: AbortSignal): Promise<CheckpointFolder>;
  /** Says that the files are done with: they may be evicted where there is a budget. */
  release(): Promise<void>;
}

/** Where the tokenizer of a run is. */
export interface TokenizerSource {
  /** @returns its path, and the sha256 that the manifest promises, if any */
  fetch(signal?: AbortSignal): Promise<{ readonly path: string; readonly promised: string | undefined }>;
}

/** A checkpoint in a folder beside its manifest. */
export function localSource(
  { folder, manifestPath }: LocalSuite,
  entry: ManifestCheckpoint,
): CheckpointSource {
  const where = { folder: join(folder, entry.folder), namedBy: manifestPath, promised: entry.files };
  return {
    revision: entry.folder,
    commit: null,
    weightsHash: () => hashWeights(where),
    state: async () => {
      const config = join(where.folder, CHECKPOINT_FILES.config);
      const found = [hashWeights(where), hashFile(config, manifestPath)];
      const hashes = await Promise.all(found.map((hash) => hash.catch(() => null)));
      return identityOf({ hashes, promised: entry.files });
    },
    modelConfig: () => readModelConfig(where.folder, manifestPath),
    missingBytes: () => Promise.resolve(0),
    fetch: () => Promise.resolve(where),
    release: () => Promise.resolve(),
  };
}

/** The tokenizer beside a checkpoint in a folder. */
export function localTokenizer({ folder }: LocalSuite, entry: ManifestCheckpoint): TokenizerSource {
  const path = join(folder, entry.folder, CHECKPOINT_FILES.tokenizer);
  return { fetch: () => Promise.resolve({ path, promised: entry.files[CHECKPOINT_FILES.tokenizer] }) };
}

/** How checkpoints on the Hub are fetched. */
export interface HubAccess {
  readonly hub: Hub;
  /** Keeps what the sweep fetches within its disk budget. */
  readonly budget: CacheBudget;
  readonly onFetch?: (event: FetchEvent & { readonly repo: string; readonly revision: string }) => void;
}

const isIndex = (path: string): boolean => path.endsWith('.index.json');

export interface HubPlace {
  readonly repo: string;
  readonly revision: string;
  readonly commit: string;
}

/** A checkpoint that is a revision of a repo on the Hub. */
export function hubSource({ hub, budget, onFetch }: HubAccess, place: HubPlace): CheckpointSource {
  const { repo, revision, commit } = place;
  let listed: Promise<HubFile[]> | null = null;
  const files = async (signal?: AbortSignal): Promise<HubFile[]> => {
    listed ??= listFiles({ hub, repo, commit, ...(signal && { signal }) });
    const lacking = lackingFile(await listed);
    if (lacking !== null)
      throw hub.offline
        ? new OfflineError(`${lacking} of ${repo} at ${revision}`)
        : new MissingCheckpointError(`${repo}@${revision}: ${lacking}`, 'its listing on the Hub');
    return filesForCheckpoint(await listed);
  };
  const missingConfig = (): MissingCheckpointError =>
    new MissingCheckpointError(`${repo}@${revision}: config.json`, 'its listing on the Hub');
  const fetch = async (signal?: AbortSignal): Promise<CheckpointFolder> => {
    const wanted = await files(signal);
    const fetched = await fetchFiles({
      hub,
      repo,
      commit,
      revision,
      files: wanted,
      budget,
      ...(onFetch && { onProgress: (event: FetchEvent) => onFetch({ ...event, repo, revision }) }),
      ...(signal && { signal }),
    });
    const config = fetched.find(({ path }) => path === CHECKPOINT_FILES.config);
    if (config === undefined) throw missingConfig();
    const promised = wanted.flatMap(({ path, sha256 }) => (sha256 === null ? [] : [[path, sha256] as const]));
    return {
      folder: dirname(config.localPath),
      namedBy: `${repo}@${revision}`,
      promised: Object.fromEntries(promised),
    };
  };
  return {
    revision,
    commit,
    weightsHash: async (signal) => {
      const weights = (await files(signal)).filter(
        ({ path }) => path !== CHECKPOINT_FILES.config && !isIndex(path),
      );
      const known = weights.flatMap(({ path, sha256 }) => (sha256 === null ? [] : [{ file: path, sha256 }]));
      // Weights too small for LFS have no sha256 in the listing.
      return known.length === weights.length ? combinedHash(known) : hashWeights(await fetch(signal));
    },
    state: () => Promise.resolve(commit),
    modelConfig: async (signal) => {
      const wanted = (await files(signal)).filter(({ path }) => path === CHECKPOINT_FILES.config);
      try {
        const at = { hub, repo, commit, revision, budget, ...(signal && { signal }) };
        const [config] = await fetchFiles({ ...at, files: wanted });
        if (config === undefined) throw missingConfig();
        return await readModelConfig(dirname(config.localPath), `${repo}@${revision}`);
      } finally {
        await budget.release({ repo, commit });
      }
    },
    missingBytes: async (signal) => missingBytes({ hub, repo, commit, files: await files(signal) }),
    fetch,
    release: () => budget.release({ repo, commit }),
  };
}

/** The one tokenizer that serves all revisions of a run on the Hub. */
export function hubTokenizer({ manifest }: HubSuite, { hub }: HubAccess, runRepo: string): TokenizerSource {
  const { repo = runRepo, revision } = manifest.hub.tokenizer;
  return {
    fetch: async (signal) => {
      const at = { hub, repo, ...(signal && { signal }) };
      const commit = await resolveRevision({ ...at, revision });
      const listing = await listFiles({ ...at, commit });
      const files = listing.filter(({ path }) => path === CHECKPOINT_FILES.tokenizer);
      const [tokenizer] = files.length === 0 ? [] : await fetchFiles({ ...at, commit, revision, files });
      if (tokenizer === undefined)
        throw new MissingCheckpointError(`${repo}@${revision}: tokenizer.json`, 'its listing on the Hub');
      return { path: tokenizer.localPath, promised: files[0]?.sha256 ?? undefined };
    },
  };
}
