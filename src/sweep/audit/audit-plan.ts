import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installedRuns, isHubSuite, type HubSuite, type LocalSuite } from '../../config/find-suite.js';
import { expectedSteps, matchRefs } from '../../config/hub-suite.js';
import { selectSteps } from '../../config/step-selection.js';
import { UnknownNameError } from '../../errors/errors.js';
import { OfflineError } from '../../errors/hub-errors.js';
import type { Hub } from '../../hub/hub.js';
import { listRefs } from '../../hub/listing/list-refs.js';
import { folderSource, hubRevisionSource, type AuditSource } from './audit-sources.js';
import type { AuditRequest } from './audit-request.js';

/** A checkpoint to list. */
export interface PlannedCheckpoint {
  readonly seed: number;
  /** Null for `main`. */
  readonly step: number | null;
  readonly source: AuditSource;
  /** sha256 that the manifest states of files. */
  readonly promised: Readonly<Record<string, string>>;
}

/** What is audited of one run. */
export interface AuditPlan {
  readonly seed: number;
  /** Repository or folder. */
  readonly source: string;
  /** Steps that findings speak of, ascending. */
  readonly audited: readonly number[];
  readonly missing: readonly number[];
  readonly lastStep: number | null;
  readonly unexpected: readonly string[];
  /** Those audited that are there, and the last one for comparison, ascending. */
  readonly checkpoints: readonly PlannedCheckpoint[];
  readonly main: PlannedCheckpoint | null;
}

/** What a run has, before steps are chosen. */
interface Available {
  readonly seed: number;
  readonly source: string;
  readonly present: readonly PlannedCheckpoint[];
  readonly missing: readonly number[];
  readonly unexpected: readonly string[];
  readonly main: PlannedCheckpoint | null;
}

const MAIN = 'main';

/**
 * Decides what to list: runs, steps, and the final model beside them.
 * @throws UnknownNameError for a seed or step that the suite has not; UsageError for a selection of another form;
 *   the errors of the Hub
 */
export async function planAudit(request: AuditRequest): Promise<AuditPlan[]> {
  const { suite, hub, seeds = [], steps = '', signal } = request;
  const known = suite.manifest.runs.map(({ seed }) => seed);
  const unknown = seeds.find((seed) => !known.includes(seed));
  if (unknown !== undefined)
    throw new UnknownNameError('seed', String(unknown), known.map(String), undefined);
  const runs = isHubSuite(suite)
    ? await availableOnHub(suite, hub(), seeds, signal)
    : availableInFolders(suite, seeds);
  const wanted = new Set(
    selectSteps(
      steps,
      runs.flatMap(({ present, missing }) => [...present.flatMap(({ step }) => step ?? []), ...missing]),
    ),
  );
  return runs.map(({ present, missing, ...run }) => {
    const all = [...present.flatMap(({ step }) => step ?? []), ...missing].sort((a, b) => a - b);
    const lastStep = all.at(-1) ?? null;
    return {
      ...run,
      audited: all.filter((step) => wanted.has(step)),
      missing: missing.filter((step) => wanted.has(step)),
      lastStep,
      checkpoints: present.filter(({ step }) => step !== null && (wanted.has(step) || step === lastStep)),
    };
  });
}

function availableInFolders(suite: LocalSuite, seeds: readonly number[]): Available[] {
  const { manifest, folder, manifestPath } = suite;
  const runs =
    seeds.length === 0 ? installedRuns(suite) : manifest.runs.filter(({ seed }) => seeds.includes(seed));
  return runs.map(({ seed, checkpoints }) => {
    const sorted = [...checkpoints].sort((a, b) => a.step - b.step);
    const isHere = (entry: (typeof sorted)[number]): boolean => existsSync(join(folder, entry.folder));
    return {
      seed,
      source: folder,
      unexpected: [],
      main: null,
      missing: sorted.filter((entry) => !isHere(entry)).map(({ step }) => step),
      present: sorted.filter(isHere).map((entry) => ({
        seed,
        step: entry.step,
        source: folderSource(join(folder, entry.folder), entry.folder, manifestPath),
        promised: entry.files,
      })),
    };
  });
}

async function availableOnHub(
  { manifest }: HubSuite,
  hub: Hub,
  seeds: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Available[]> {
  const runs = manifest.runs.filter(({ seed }) => seeds.length === 0 || seeds.includes(seed));
  const found: Available[] = [];
  for (const { seed, repo } of runs) {
    const refs = await listRefs({ hub, repo, signal });
    if (hub.offline && refs.length === 0) throw new OfflineError(`the revisions of ${repo}`);
    const commits = new Map(refs.map(({ name, commit }) => [name, commit]));
    const { present, missing, unexpected } = matchRefs(manifest, [...commits.keys()]);
    const planned = (revision: string, step: number | null): PlannedCheckpoint[] => {
      const commit = commits.get(revision);
      if (commit === undefined) return [];
      const source = hubRevisionSource({ hub, repo, revision, commit, ...(signal && { signal }) });
      return [{ seed, step, source, promised: {} }];
    };
    found.push({
      seed,
      source: repo,
      // Of what is not in the cache nothing is known offline.
      missing: hub.offline || expectedSteps(manifest) === null ? [] : missing,
      unexpected,
      present: present.flatMap(({ step, revision }) => planned(revision, step)),
      main: planned(MAIN, null)[0] ?? null,
    });
  }
  return found;
}
