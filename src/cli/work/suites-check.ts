import type { HubSuite } from '../../config/find-suite.js';
import { expectedSteps, faultsAt, matchRefs } from '../../config/hub-suite.js';
import { openHub, type Hub } from '../../hub/hub.js';
import { listRefs } from '../../hub/listing/list-refs.js';

/** One run's repo held against the manifest. */
export interface CheckedRun {
  readonly seed: number;
  readonly repo: string;
  /** Steps that there should be; null where the repo alone says. */
  readonly expected: number | null;
  readonly present: number;
  readonly missing: readonly { readonly step: number; readonly reports: readonly string[] }[];
  readonly unexpected: readonly string[];
}

/**
 * Asks the Hub for the branches and tags of each run of a suite, one request a run, and compares them with its manifest.
 * Offline, with the refs that the cache knows.
 * @throws errors of the Hub
 */
export async function checkSuite(
  { manifest }: HubSuite,
  hub: Hub = openHub(),
): Promise<{ readonly cached: boolean; readonly runs: readonly CheckedRun[] }> {
  const expected = expectedSteps(manifest)?.length ?? null;
  const runs: CheckedRun[] = [];
  for (const { seed, repo } of manifest.runs) {
    const refs = await listRefs({ hub, repo });
    const { present, missing, unexpected } = matchRefs(
      manifest,
      refs.map(({ name }) => name),
    );
    runs.push({
      seed,
      repo,
      expected,
      present: present.length,
      missing: missing.map((step) => {
        const known = faultsAt(manifest, seed, step).filter(({ kind }) => kind === 'missing');
        return { step, reports: known.map(({ report }) => report) };
      }),
      unexpected,
    });
  }
  return { cached: hub.offline, runs };
}

/**
 * What is not as the manifest says, a few words for each run: steps that are missing and not known to be, and steps that
 * it does not list. Other branches are nobody's fault.
 */
export function differences(runs: readonly CheckedRun[]): string[] {
  return runs.flatMap(({ repo, expected, present, missing }) => {
    const gone = missing.filter(({ reports }) => reports.length === 0).length;
    const more = expected === null ? 0 : Math.max(0, present + missing.length - expected);
    return [
      ...(gone > 0 ? [`${repo} lacks ${gone} of ${expected ?? 0} steps`] : []),
      ...(more > 0 ? [`${repo} has ${more} more`] : []),
      ...(expected === null && present === 0 ? [`${repo} has no checkpoints`] : []),
    ];
  });
}

const SHOWN = 12;

/** The outcome of a check, a few lines for each run. */
export function checkLines(runs: readonly CheckedRun[]): string[] {
  return runs.flatMap(({ seed, repo, expected, present, missing, unexpected }) => [
    `seed ${seed}, ${repo}: ${present} checkpoints${expected === null ? '' : `, ${expected} expected`}`,
    ...listed(
      'missing',
      missing.map(({ step, reports }) => `step ${step}${reports.length > 0 ? ' (known)' : ''}`),
    ),
    ...listed('not expected', unexpected),
  ]);
}

function listed(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const rest = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return [`  ${title}: ${names.slice(0, SHOWN).join(', ')}${rest}`];
}
