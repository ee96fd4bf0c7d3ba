import type { HubSuite } from '../../config/find-suite.js';
import { matchRefs } from '../../config/hub-suite.js';
import { listRefs } from '../../hub/listing/list-refs.js';
import {
  hubSource,
  hubTokenizer,
  type HubAccess,
  type CheckpointSource,
  type TokenizerSource,
} from './sources.js';

/** The checkpoints that one training run has, wherever they are. */
export interface AvailableRun {
  readonly seed: number;
  readonly tokenizer: TokenizerSource;
  readonly checkpoints: readonly { readonly step: number; readonly source: CheckpointSource }[];
}

/** Asks the Hub which revisions of a suite there are, one request a run. */
export async function hubRuns(
  suite: HubSuite,
  access: HubAccess,
  seeds: readonly number[],
  signal?: AbortSignal,
): Promise<AvailableRun[]> {
  const runs: AvailableRun[] = [];
  for (const { seed, repo } of suite.manifest.runs.filter((run) => seeds.includes(run.seed))) {
    const refs = await listRefs({ hub: access.hub, repo, signal });
    const commits = new Map(refs.map(({ name, commit }) => [name, commit]));
    const { present } = matchRefs(suite.manifest, [...commits.keys()]);
    runs.push({
      seed,
      tokenizer: hubTokenizer(suite, access, repo),
      checkpoints: present.flatMap(({ step, revision }) => {
        const commit = commits.get(revision);
        return commit === undefined ? [] : [{ step, source: hubSource(access, { repo, revision, commit }) }];
      }),
    });
  }
  return runs;
}
