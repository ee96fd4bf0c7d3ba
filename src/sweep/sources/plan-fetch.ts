import pLimit from 'p-limit';
import type { HubSuite } from '../../config/find-suite.js';
import { matchRefs } from '../../config/hub-suite.js';
import { selectSteps } from '../../config/step-selection.js';
import { HeuristraceError, InterruptedError } from '../../errors/errors.js';
import { HubFileNotFoundError, OfflineError, RevisionNotFoundError } from '../../errors/hub-errors.js';
import { missingBytes } from '../../hub/download/fetch-files.js';
import type { Hub } from '../../hub/hub.js';
import { listFiles, type HubFile } from '../../hub/listing/list-files.js';
import { listRefs } from '../../hub/listing/list-refs.js';
import { resolveRevision } from '../../hub/listing/resolve-revision.js';
import { CHECKPOINT_FILES } from '../../weights/checkpoint.js';
import { filesForCheckpoint, filesForTokenizer, lackingFile } from './needed-files.js';

export interface FetchRequest {
  readonly suite: HubSuite;
  readonly hub: Hub;
  /** Empty for all runs. */
  readonly seeds: readonly number[];
  /** As `--steps`; empty for all. */
  readonly steps: string;
  readonly signal?: AbortSignal | undefined;
}

/** A revision of a suite: a checkpoint, or what holds the tokenizer. */
export interface SuiteRevision {
  readonly seed: number;
  /** Null for the tokenizer. */
  readonly step: number | null;
  readonly repo: string;
  readonly revision: string;
}

/** A revision to have in the cache. */
export interface PlannedRevision extends SuiteRevision {
  readonly commit: string;
  /** Only what is needed of it. */
  readonly files: readonly HubFile[];
}

/** A revision, or with `revision` null a whole run, that cannot be had. */
export interface FetchFailure extends Omit<SuiteRevision, 'revision'> {
  readonly revision: string | null;
  readonly error: HeuristraceError;
}

export interface FetchPlan {
  readonly revisions: readonly PlannedRevision[];
  readonly failures: readonly FetchFailure[];
  /** `repo blob` -> bytes of the content and those still to be fetched; shared contents are there once. */
  readonly contents: ReadonlyMap<string, { readonly size: number; readonly missing: number }>;
  /** Steps that the manifest lists and the repo has not, by run. */
  readonly missing: readonly { readonly seed: number; readonly repo: string; readonly steps: number[] }[];
}

/** Requests for listings at the same time. */
const LISTINGS = 8;

export const contentKey = (repo: string, { blob }: HubFile): string => `${repo} ${blob}`;

interface Branch extends SuiteRevision {
  /** Null: not asked yet. */
  readonly commit: string | null;
}

/**
 * Lists what of a suite is to be in the cache: the needed files of each chosen checkpoint, and the tokenizer. What
 * cannot be listed becomes a failure.
 * @throws UnknownNameError for a step that no run has, UsageError; InterruptedError; the first failure when there are
 *   no revisions at all
 */
export async function planFetch(request: FetchRequest): Promise<FetchPlan> {
  const { hub, signal } = request;
  const failures: FetchFailure[] = [];
  const { branches, missing } = await branchesOf(request, failures);
  const limit = pLimit(LISTINGS);
  const planned = await Promise.all(
    branches.map((branch) =>
      limit(() => orFailure(branch, failures, signal, () => planRevision(request, branch))),
    ),
  );
  const revisions = planned.filter((revision) => revision !== null);
  const [first] = failures;
  if (revisions.length === 0 && first !== undefined) throw first.error;
  return { revisions, failures, contents: await contentsOf(hub, revisions), missing };
}

/** Tokenizers first, as the smallest, then the checkpoints of each run. */
async function branchesOf(
  { suite: { manifest }, hub, seeds, steps, signal }: FetchRequest,
  failures: FetchFailure[],
) {
  const runs = manifest.runs.filter(({ seed }) => seeds.length === 0 || seeds.includes(seed));
  const missing: { seed: number; repo: string; steps: number[] }[] = [];
  const found: Branch[] = [];
  const tokenizers = new Map<string, Branch>();
  for (const { seed, repo } of runs) {
    const refs = await orFailure({ seed, step: null, repo, revision: null }, failures, signal, async () => {
      const listed = await listRefs({ hub, repo, signal });
      if (hub.offline && listed.length === 0) throw new OfflineError(`the revisions of ${repo}`);
      return listed;
    });
    if (refs === null) continue;
    const commits = new Map(refs.map(({ name, commit }) => [name, commit]));
    const matched = matchRefs(manifest, [...commits.keys()]);
    for (const { step, revision } of matched.present)
      found.push({ seed, step, repo, revision, commit: commits.get(revision) ?? null });
    if (matched.present.length === 0)
      failures.push({
        seed,
        step: null,
        repo,
        revision: null,
        error: new RevisionNotFoundError(repo, manifest.hub.revision),
      });
    if (matched.missing.length > 0) missing.push({ seed, repo, steps: [...matched.missing] });
    const { repo: source = repo, revision } = manifest.hub.tokenizer;
    tokenizers.set(source, { seed, step: null, repo: source, revision, commit: null });
  }
  const chosen = new Set(
    found.length === 0
      ? []
      : selectSteps(
          steps,
          found.map(({ step }) => step ?? 0),
        ),
  );
  const checkpoints = found.filter(({ step }) => step !== null && chosen.has(step));
  return { branches: checkpoints.length === 0 ? [] : [...tokenizers.values(), ...checkpoints], missing };
}

async function planRevision({ hub, signal }: FetchRequest, branch: Branch): Promise<PlannedRevision> {
  const { repo, revision, step } = branch;
  const commit = branch.commit ?? (await resolveRevision({ hub, repo, revision, signal }));
  const listing = await listFiles({ hub, repo, commit, signal });
  const files = step === null ? filesForTokenizer(listing) : filesForCheckpoint(listing);
  const ownLack =
    step === null ? (files.length === 0 ? CHECKPOINT_FILES.tokenizer : null) : lackingFile(listing);
  if (ownLack !== null)
    throw hub.offline
      ? new OfflineError(`${ownLack} of ${repo} at ${revision}`)
      : new HubFileNotFoundError(repo, revision, ownLack);
  return { ...branch, commit, files };
}

async function contentsOf(hub: Hub, revisions: readonly PlannedRevision[]) {
  const contents = new Map<string, { size: number; missing: number }>();
  for (const { repo, commit, files } of revisions)
    for (const file of files) {
      const key = contentKey(repo, file);
      if (!contents.has(key))
        contents.set(key, {
          size: file.size,
          missing: await missingBytes({ hub, repo, commit, files: [file] }),
        });
    }
  return contents;
}

/** The work's result; null after a failure that is no fault of the program and no interruption, which is noted. */
async function orFailure<T>(
  where: Omit<FetchFailure, 'error'>,
  failures: FetchFailure[],
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | null> {
  if (signal?.aborted === true) throw new InterruptedError();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HeuristraceError) || error.kind === 'interrupted') throw error;
    const { seed, step, repo, revision } = where;
    failures.push({ seed, step, repo, revision, error });
    return null;
  }
}
