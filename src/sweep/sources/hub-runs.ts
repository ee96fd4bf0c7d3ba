import type { HubSuite } from '../../config/find-suite.js';
import { expectedSteps, faultsAt, matchRefs } from '../../config/hub-suite.js';
import { OfflineError } from '../../errors/hub-errors.js';
import { listRefs } from '../../hub/listing/list-refs.js';
import {
  hubSource,
  hubTokenizer,
  type HubAccess,
  type CheckpointSource,
  type TokenizerSource,
} from './sources.js';

type OnNote = ((line: string) => void) | undefined;

/** The checkpoints that one training run has, wherever they are. */
export interface AvailableRun {
  readonly seed: number;
  /** Repository or folder. */
  readonly repo: string;
  readonly tokenizer: TokenizerSource;
  readonly checkpoints: readonly { readonly step: number; readonly source: CheckpointSource }[];
  /** Steps that the manifest states and the cache has not, where the Hub cannot be asked; ascending. */
  readonly absent: readonly number[];
}

/**
 * Asks the Hub which revisions of a suite there are, one request a run.
 * @param onNote told that offline the cache alone says which checkpoints there are
 * @throws OfflineError when the cache holds no checkpoint of a run; errors of the Hub
 */
export async function hubRuns(
  suite: HubSuite,
  access: HubAccess,
  seeds: readonly number[],
  { signal, onNote }: { readonly signal?: AbortSignal | undefined; readonly onNote?: OnNote } = {},
): Promise<AvailableRun[]> {
  const runs: AvailableRun[] = [];
  for (const { seed, repo } of suite.manifest.runs.filter((run) => seeds.includes(run.seed))) {
    const refs = await listRefs({ hub: access.hub, repo, signal });
    const commits = new Map(refs.map(({ name, commit }) => [name, commit]));
    const { present, missing } = matchRefs(suite.manifest, [...commits.keys()]);
    const { offline } = access.hub;
    const last = present.at(-1);
    if (offline && last === undefined) throw new OfflineError(`any checkpoint of ${repo}`);
    if (offline && expectedSteps(suite.manifest) === null)
      onNote?.(
        `offline: of ${repo} only what the cache holds is known; the last of it, step ${last?.step ?? '?'}, is the reference checkpoint`,
      );
    const isKnownToBeMissing = (step: number): boolean =>
      faultsAt(suite.manifest, seed, step).some(({ kind }) => kind === 'missing');
    runs.push({
      seed,
      repo,
      absent: offline ? missing.filter((step) => !isKnownToBeMissing(step)) : [],
      tokenizer: hubTokenizer(suite, access, repo),
      checkpoints: present.flatMap(({ step, revision }) => {
        const commit = commits.get(revision);
        return commit === undefined ? [] : [{ step, source: hubSource(access, { repo, revision, commit }) }];
      }),
    });
  }
  return runs;
}
