import { Command } from '@commander-js/extra-typings';
import { UnknownNameError, UsageError } from '../../errors/errors.js';
import type { CleanChoice } from '../../hub/cache/clean.js';
import type { CachedRepo } from '../../hub/cache/inventory.js';
import type { Terminal } from '../terminal/terminal.js';

interface CleanOptions {
  readonly repo?: string;
  readonly olderThan?: string;
  readonly incomplete?: true;
  readonly allFetched?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** `heuristrace cache`: what the Hugging Face cache holds. */
export function cacheCommand(terminal: Terminal) {
  const command = new Command('cache')
    .description('show what the Hugging Face cache holds of models, and what of it heuristrace fetched')
    .argument('[owner/name]', 'show the revisions of this repository')
    .option('--json', 'print all as JSON')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  heuristrace cache
  heuristrace cache EleutherAI/pythia-70m
  heuristrace cache clean --all-fetched --older-than 30
`,
    )
    .action((repo, options) => list(terminal, repo, options.json === true));
  command
    .command('clean')
    .description('remove files from the Hugging Face cache; without --yes, only show which')
    .option('--repo <owner/name>', 'of this repository only; alone: all of it, whoever fetched it')
    .option('--older-than <days>', 'only what was not used for so many days')
    .option('--incomplete', 'files that heuristrace began and did not finish')
    .option('--all-fetched', 'files that heuristrace fetched')
    .option('--yes', 'remove them')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `
Files that heuristrace did not fetch itself go only with --repo alone. What a running sweep needs,
and what another program has linked, stays.

Examples:
  heuristrace cache clean --incomplete --yes
  heuristrace cache clean --all-fetched --older-than 30 --yes
  heuristrace cache clean --repo EleutherAI/pythia-70m --yes
`,
    )
    // Commander gives --json to `cache`, which has it too.
    .action((options) => clean(terminal, { ...options, ...command.opts() }));
  return command;
}

async function list(terminal: Terminal, repo: string | undefined, json: boolean): Promise<void> {
  const { hubSettings } = await import('../../hub/requests/settings.js');
  const { cacheInventory } = await import('../../hub/cache/inventory.js');
  const { cacheTable, revisionsTable } = await import('../text/cache-text.js');
  const { cacheDir } = hubSettings({});
  const repos = await cacheInventory({ cacheDir });
  const shown = repo === undefined ? repos : [await named(repos, repo)];
  if (json) terminal.out(JSON.stringify({ cacheDir, repos: shown }, null, 2));
  else if (repo === undefined) terminal.out(cacheTable(repos));
  else for (const one of shown) terminal.out(revisionsTable(one));
  terminal.note(`cache: ${cacheDir}`);
}

async function clean(terminal: Terminal, options: CleanOptions): Promise<void> {
  const { hubSettings } = await import('../../hub/requests/settings.js');
  const { cacheInventory } = await import('../../hub/cache/inventory.js');
  const { clean: remove, findCleanable, removeRest } = await import('../../hub/cache/clean.js');
  const { realClock } = await import('../../hub/requests/clock.js');
  const { cleanTable } = await import('../text/cache-text.js');
  const choice = choiceOf(options);
  const { cacheDir } = hubSettings({});
  const repos = await cacheInventory({ cacheDir });
  const chosen = options.repo === undefined ? repos : [await named(repos, options.repo)];
  const files = [];
  for (const { repo } of chosen) files.push(...(await findCleanable({ cacheDir, repo, choice })));
  const free = files.filter(({ keeps }) => keeps === null);
  const stays = files.filter(({ keeps }) => keeps !== null);
  const yes = options.yes === true;
  const [removed, busy]: [typeof files, typeof files] = [[], []];
  for (const { repo } of yes ? chosen : []) {
    const own = free.filter((file) => file.repo === repo);
    const outcome = await remove({ cacheDir, repo, files: own, clock: realClock });
    removed.push(...outcome.removed);
    busy.push(...outcome.busy);
    const whole = choice.contents === 'all' && choice.unusedSinceMs === Infinity;
    if (whole) await removeRest({ cacheDir, repo });
  }
  if (options.json === true)
    terminal.out(JSON.stringify({ cacheDir, removed, wouldRemove: yes ? [] : free, stays, busy }, null, 2));
  else terminal.out(cleanTable({ gone: yes ? removed : free, stays: [...stays, ...busy], yes }));
  if (!yes && free.length > 0) terminal.note('nothing was removed: add --yes');
}

/** @throws UsageError when nothing is chosen, or the days are no number */
function choiceOf({ repo, olderThan, incomplete, allFetched }: CleanOptions): CleanChoice {
  const days = olderThan === undefined ? null : Number(olderThan.trim() === '' ? NaN : olderThan);
  if (days !== null && !(days >= 0 && Number.isFinite(days)))
    throw new UsageError(`'${olderThan ?? ''}' is no number of days`, 'Write e.g. --older-than 30.');
  const kinds = incomplete === true || allFetched === true;
  if (!kinds && repo === undefined && days === null)
    throw new UsageError(
      'nothing is chosen to be removed',
      'Give --all-fetched, --incomplete, --older-than DAYS or --repo OWNER/NAME.',
    );
  const unusedSinceMs = days === null ? Infinity : Date.now() - days * 24 * 3_600_000;
  if (!kinds && repo !== undefined) return { contents: 'all', unfinished: 'all', unusedSinceMs };
  return {
    contents: allFetched === true || !kinds ? 'fetched' : 'none',
    unfinished: incomplete === true || !kinds ? 'own' : 'none',
    unusedSinceMs,
  };
}

/** @throws UnknownNameError for a repository that the cache does not hold */
async function named(repos: readonly CachedRepo[], name: string): Promise<CachedRepo> {
  const found = repos.find(({ repo }) => repo === name);
  if (found !== undefined) return found;
  const { nearestName } = await import('../options/nearest.js');
  const known = repos.map(({ repo }) => repo);
  throw new UnknownNameError('repository of the cache', name, known, nearestName(name, known));
}
