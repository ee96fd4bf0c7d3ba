import { Command } from '@commander-js/extra-typings';
import type { FetchHooks, FetchOutcome } from '../../sweep/sources/fetch-suite.js';
import type { Terminal } from '../terminal/terminal.js';

interface FetchOptions {
  readonly steps: string;
  readonly seeds?: string;
  readonly pattern?: string;
  readonly diskBudget?: string;
  readonly json?: true;
}

/** `heuristrace fetch`: fills the cache ahead of a sweep. */
export function fetchCommand(terminal: Terminal) {
  return new Command('fetch')
    .description('fetch checkpoints of a suite on the Hub, and its tokenizer, into the Hugging Face cache')
    .argument('<suite>', 'name of a shipped one, path of a manifest, or hf:owner/name')
    .option('--steps <list>', 'training steps, as for `heuristrace sweep`', 'all')
    .option('--seeds <list>', 'seeds of the training runs, separated by commas (default: all)')
    .option(
      '--pattern <pattern>',
      'names of the revisions of a repo without a manifest, e.g. step{step} (default: guessed)',
    )
    .option('--disk-budget <size>', 'refuse to fetch more than this, e.g. 50GB')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
What is in the cache is not fetched again, and what was begun is continued. A sweep never evicts
what was fetched here; \`heuristrace cache clean\` removes it. HF_ENDPOINT, HF_TOKEN, HF_HUB_CACHE,
HF_HUB_OFFLINE and the variables of proxies are followed.

Examples:
  heuristrace fetch pythia-70m --steps log
  heuristrace fetch polypythia-160m --seeds 1,2 --steps every:10000 --disk-budget 50GB
  heuristrace fetch hf:someone/model --pattern 'checkpoint-{step}' --steps last:10
`,
    )
    .action((name, options) => run(terminal, name, options));
}

async function run(terminal: Terminal, name: string, options: FetchOptions): Promise<void> {
  const { parseByteSize } = await import('../../config/byte-size.js');
  const { isHubSuite } = await import('../../config/find-suite.js');
  const { UsageError } = await import('../../errors/errors.js');
  const { RevisionsFailedError } = await import('../../errors/hub-errors.js');
  const { openHub } = await import('../../hub/hub.js');
  const { fetchSuite } = await import('../../sweep/sources/fetch-suite.js');
  const { findSuiteOrRepo } = await import('../../sweep/sources/own-repo-suite.js');
  const { fetchHooks, fetchJson, fetchSummary, placeOf } = await import('../text/fetch-text.js');
  const { interruptible } = await import('../terminal/interrupt.js');
  const { nearestName } = await import('../options/nearest.js');
  const { parseNames } = await import('../options/parse-names.js');
  const limitBytes =
    options.diskBudget === undefined ? Infinity : parseByteSize(options.diskBudget, '--disk-budget');
  const hub = openHub({
    onRetry: ({ problem, waitMs }) =>
      terminal.note(`the Hub: ${problem}, again in ${Math.max(1, Math.round(waitMs / 1000))} s`),
  });
  const suite = await findSuiteOrRepo({
    name,
    pattern: options.pattern,
    hub: () => hub,
    nearest: nearestName,
  });
  if (!isHubSuite(suite))
    throw new UsageError(
      `the checkpoints of ${suite.manifest.name} are in folders`,
      'There is nothing to fetch: `heuristrace sweep` reads them where they are.',
    );
  const known = suite.manifest.runs.map(({ seed }) => String(seed));
  const seeds = parseNames('seed', options.seeds, known).map(Number);
  terminal.note(
    `${suite.manifest.name}: asking ${hub.offline ? 'the cache (offline)' : hub.endpoint} what there is`,
  );
  const hooks: FetchHooks = fetchHooks(terminal);
  const outcome: FetchOutcome = await interruptible(terminal, (signal) =>
    fetchSuite({ suite, hub, seeds, steps: options.steps, limitBytes, signal }, hooks),
  );
  terminal.endProgress();
  if (options.json === true) terminal.out(JSON.stringify(fetchJson(suite.manifest.name, outcome), null, 2));
  else terminal.out(fetchSummary(outcome, hub.cacheDir));
  if (outcome.failures.length > 0)
    throw new RevisionsFailedError(
      outcome.failures.map((failure) => ({ where: placeOf(failure), error: failure.error })),
      outcome.untried.length,
    );
}
