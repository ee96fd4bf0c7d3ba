import { dirname } from 'node:path';
import { findSuite, type HubSuite, type Suite } from '../../config/find-suite.js';
import { hubRepoOf } from '../../config/hub-name.js';
import { ownRepoManifest } from '../../config/own-repo.js';
import { guessPattern, numberOfRevision, parsePattern } from '../../config/revision-pattern.js';
import { UnknownNameError } from '../../errors/errors.js';
import { HubFileNotFoundError, OfflineError } from '../../errors/hub-errors.js';
import { aheadAccount } from '../../hub/download/fetched-ahead.js';
import { fetchFiles } from '../../hub/download/fetch-files.js';
import type { Hub } from '../../hub/hub.js';
import { listFiles, type HubFile } from '../../hub/listing/list-files.js';
import { listRefs, type HubRef } from '../../hub/listing/list-refs.js';
import { CHECKPOINT_FILES, readModelConfig } from '../../weights/checkpoint.js';

/** Branch that most repos keep the finished model in. */
const MAIN = 'main';

/**
 * Finds a suite as `findSuite` does, and else makes one of a repo on the Hub that no manifest is shipped for.
 * @param params.pattern of the names of such a repo's revisions; guessed where none is given
 * @param params.hub opened only where it is needed
 * @throws what `findSuite` throws; for a repo without a manifest the Hub's errors, and UsageError when its revisions
 *   follow no pattern
 */
export async function findSuiteOrRepo(params: {
  readonly name: string;
  readonly pattern?: string | undefined;
  readonly hub: () => Hub;
  readonly nearest: (given: string, known: readonly string[]) => string | undefined;
}): Promise<Suite> {
  const { name, pattern, nearest } = params;
  try {
    return await findSuite(name, nearest);
  } catch (error) {
    const repo = hubRepoOf(name);
    if (repo === null || !(error instanceof UnknownNameError)) throw error;
    return ownRepoSuite({ hub: params.hub(), repo, pattern });
  }
}

/** The suite of a repo by its refs and the config.json of `main` or its last step. @throws see `findSuiteOrRepo` */
async function ownRepoSuite(params: {
  readonly hub: Hub;
  readonly repo: string;
  readonly pattern: string | undefined;
}): Promise<HubSuite> {
  const { hub, repo, pattern } = params;
  const refs = await listRefs({ hub, repo });
  if (hub.offline && refs.length === 0) throw new OfflineError(`the revisions of ${repo}`);
  const names = refs.map(({ name }) => name);
  const parsed = parsePattern(pattern ?? guessPattern(names) ?? '');
  const last = names
    .flatMap((name) => {
      const number = parsed === null ? null : numberOfRevision(parsed, name);
      return number === null ? [] : [{ name, number }];
    })
    .reduce<{ name: string; number: number } | null>(
      (a, b) => (a === null || b.number > a.number ? b : a),
      null,
    );
  const places: { readonly ref: HubRef; readonly listing: readonly HubFile[] }[] = [];
  for (const ref of refs.filter(({ name }) => name === MAIN || name === last?.name))
    places.push({ ref, listing: await listFiles({ hub, repo, commit: ref.commit }) });
  const holding = (path: string) => places.find(({ listing }) => listing.some((file) => file.path === path));
  const from = holding(CHECKPOINT_FILES.config);
  if (from === undefined) throw new HubFileNotFoundError(repo, last?.name ?? MAIN, CHECKPOINT_FILES.config);
  const [config] = await fetchFiles({
    hub,
    repo,
    commit: from.ref.commit,
    revision: from.ref.name,
    files: from.listing.filter(({ path }) => path === CHECKPOINT_FILES.config),
    budget: aheadAccount({ hub }),
  });
  const name = `hf:${repo}`;
  const manifest = ownRepoManifest({
    repo,
    refs: names,
    ...(pattern === undefined ? {} : { pattern }),
    model: await readModelConfig(dirname(config?.localPath ?? ''), name),
    tokenizerRevision: (holding(CHECKPOINT_FILES.tokenizer) ?? from).ref.name,
  });
  return { manifest, manifestPath: name, folder: '' };
}
