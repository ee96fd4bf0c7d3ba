import { Command } from '@commander-js/extra-typings';
import type { Terminal } from '../terminal/terminal.js';

/** `heuristrace suites`: what can be swept. */
export function suitesCommand(terminal: Terminal) {
  const command = new Command('suites')
    .description('list the suites that ship with the program, and what is known of them')
    .option('--json', 'print as JSON')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExamples:\n  heuristrace suites\n  heuristrace suites show pythia-2.8b\n  heuristrace suites check pythia-2.8b\n  heuristrace suites --json\n',
    )
    .action(async (options) => {
      const { shippedSuites } = await import('../../config/find-suite.js');
      const { suiteFacts } = await import('../text/suite-facts.js');
      const facts = [];
      for (const suite of await shippedSuites()) facts.push(await suiteFacts(suite));
      if (options.json === true) {
        terminal.out(JSON.stringify(facts, null, 2));
        return;
      }
      const { suitesTable } = await import('../text/suites-text.js');
      terminal.out(suitesTable(facts));
      terminal.note(
        'memory: to analyse one checkpoint; ?: not known. `heuristrace suites show NAME` says more.\nA suite of your own: `heuristrace train --out FOLDER`, then `--suite FOLDER`.',
      );
    });
  command
    .command('show')
    .description('show a suite: its runs, revisions, sizes and known faults')
    .argument('<name|path>', 'name of a shipped one, or path of a manifest or its folder')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  heuristrace suites show pythia-12b\n  heuristrace suites show ./my-suite --json\n',
    )
    .action(async (name, options) => {
      const { findSuite } = await import('../../config/find-suite.js');
      const { nearestName } = await import('../options/nearest.js');
      const { suiteFacts } = await import('../text/suite-facts.js');
      const suite = await findSuite(name, nearestName);
      const facts = await suiteFacts(suite);
      // Commander gives the option to `suites`, which has it too.
      if (options.json === true || command.opts().json === true) {
        const { hub, unverified } =
          suite.manifest.kind === 'hub' ? suite.manifest : { hub: null, unverified: [] };
        terminal.out(JSON.stringify({ ...facts, hub, unverified }, null, 2));
        return;
      }
      const { suiteText } = await import('../text/suites-text.js');
      terminal.out(suiteText(suite.manifest, facts));
    });
  command
    .command('check')
    .description('compare a suite on the Hub with the branches and tags that its repos have now')
    .argument('<suite>', 'name of a shipped one, path of a manifest, or hf:owner/name')
    .option('--pattern <pattern>', 'names of the revisions of a repo without a manifest (default: guessed)')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `
Ends with 52 where steps are missing that the suite lists and no known fault explains, or where there
are steps that it does not list.

Examples:
  heuristrace suites check polypythia-410m
  heuristrace suites check hf:someone/model --pattern 'checkpoint-{step}'
`,
    )
    // Commander gives --json to `suites`, which has it too.
    .action((name, options) => check(terminal, name, { ...options, ...command.opts() }));
  return command;
}

async function check(
  terminal: Terminal,
  name: string,
  { pattern, json }: { readonly pattern?: string; readonly json?: true },
): Promise<void> {
  const { isHubSuite } = await import('../../config/find-suite.js');
  const { UsageError } = await import('../../errors/errors.js');
  const { SuiteDiffersError } = await import('../../errors/hub-errors.js');
  const { openHub } = await import('../../hub/hub.js');
  const { findSuiteOrRepo } = await import('../../sweep/sources/own-repo-suite.js');
  const { nearestName } = await import('../options/nearest.js');
  const { checkLines, checkSuite, differences } = await import('../work/suites-check.js');
  const hub = openHub();
  const suite = await findSuiteOrRepo({ name, pattern, hub: () => hub, nearest: nearestName });
  if (!isHubSuite(suite))
    throw new UsageError(
      `${suite.manifest.name} is in folders, not on the Hub`,
      'A sweep checks the files of such a suite by their checksums.',
    );
  const { cached, runs } = await checkSuite(suite, hub);
  if (cached) terminal.note('offline: compared with what the cache knows of the repos');
  if (json === true) terminal.out(JSON.stringify(runs, null, 2));
  else terminal.out([`revisions: ${suite.manifest.hub.revision}`, ...checkLines(runs)].join('\n'));
  const found = cached ? [] : differences(runs);
  if (found.length > 0) throw new SuiteDiffersError(suite.manifest.name, found);
}
