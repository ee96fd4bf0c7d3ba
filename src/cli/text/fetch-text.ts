import { formatBytes } from '../../config/byte-size.js';
import type { FetchHooks, FetchOutcome } from '../../sweep/sources/fetch-suite.js';
import type { FetchFailure, SuiteRevision } from '../../sweep/sources/plan-fetch.js';
import { formatDuration, type Terminal } from '../terminal/terminal.js';

const SHOWN = 12;

/** Where something is, as in `owner/name@step512`. */
export function placeOf({ repo, revision }: Pick<FetchFailure, 'repo' | 'revision'>): string {
  return revision === null ? repo : `${repo}@${revision}`;
}

/** Says on the terminal how a fetch goes. */
export function fetchHooks(terminal: Terminal): FetchHooks {
  let revisions = 0;
  return {
    onForecast: (forecast, plan) => {
      revisions = forecast.revisions;
      for (const { repo, steps } of plan.missing)
        terminal.note(`${repo} lacks ${count(steps.length, 'step')} that the suite lists: ${someOf(steps)}`);
      terminal.note(
        `${count(revisions, 'revision')}: ${formatBytes(forecast.fetchBytes)} to fetch, ${formatBytes(forecast.presentBytes)} in the cache already, ${formatBytes(forecast.freeBytes)} free on its disk`,
      );
    },
    onProgress: ({ bytes, totalBytes, bytesPerSecond, secondsLeft, finished }) => {
      if (totalBytes === 0) return;
      const pace =
        bytesPerSecond === null || secondsLeft === null
          ? ''
          : `, ${formatBytes(bytesPerSecond)}/s, ${formatDuration(secondsLeft)} left`;
      terminal.progress(
        `${finished}/${revisions} revisions, ${formatBytes(bytes)} of ${formatBytes(totalBytes)}${pace}`,
      );
    },
    onWait: (text) => terminal.note(text),
    onFailure: (failure) => terminal.note(`${placeOf(failure)} failed: ${failure.error.message}`),
  };
}

/** The outcome in a few lines. */
export function fetchSummary(
  { complete, forecast, failures, untried }: FetchOutcome,
  cacheDir: string,
): string {
  const received = complete.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
  const checkpoints = complete.filter(({ step }) => step !== null).length;
  return [
    `${count(checkpoints, 'checkpoint')} and ${count(complete.length - checkpoints, 'tokenizer')} in ${cacheDir}`,
    `  ${formatBytes(received)} fetched, ${formatBytes(forecast.presentBytes)} were there`,
    ...(failures.length === 0 ? [] : [`  failed: ${someOf(failures.map(placeOf))}`]),
    ...(untried.length === 0 ? [] : [`  not tried: ${someOf(untried.map(placeOf))}`]),
  ].join('\n');
}

/** The outcome for programs. */
export function fetchJson(
  suite: string,
  { forecast, complete, failures, untried, missing }: FetchOutcome,
): object {
  const where = ({ seed, step, repo, revision }: SuiteRevision): SuiteRevision => ({
    seed,
    step,
    repo,
    revision,
  });
  return {
    suite,
    forecast,
    complete: complete.map((one) => ({
      ...where(one),
      commit: one.commit,
      bytes: one.files.reduce((sum, { size }) => sum + size, 0),
      receivedBytes: one.receivedBytes,
      files: one.files.map(({ path }) => path),
    })),
    failures: failures.map(({ seed, step, repo, revision, error }) => ({
      ...{ seed, step, repo, revision },
      kind: error.kind,
      message: error.message,
    })),
    untried: untried.map(where),
    missing,
  };
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function someOf(names: readonly (string | number)[]): string {
  const rest = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${rest}`;
}
