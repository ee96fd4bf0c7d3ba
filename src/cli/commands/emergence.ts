import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import type { Terminal } from '../terminal/terminal.js';

const whole =
  (least: number) =>
  (given: string): number => {
    const value = Number(given);
    if (given.trim() === '' || !Number.isInteger(value) || value < least || value >= 2 ** 31)
      throw new InvalidArgumentError(`Give a whole number from ${least}.`);
    return value;
  };

/** `heuristrace emergence`: verdicts on how accuracy and heuristics emerge. */
export function emergenceCommand(terminal: Terminal) {
  return new Command('emergence')
    .description('judge when accuracy and heuristics emerge, gradually or abruptly, and store the verdicts')
    .option('--db <file>', 'database', 'heuristrace-out/embedded.duckdb')
    .option('--suite <name>', 'suite to judge (default: every one)')
    .option('--samples <number>', 'resamples of each bootstrap', whole(100), 1000)
    .option(
      '--permutations <number>',
      'permutations of each test (default: 40 for each trajectory, at least 999)',
      whole(99),
    )
    .option('--seed <number>', 'seed of resamples and permutations', whole(0), 0)
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
Judged are accuracy (on all and on held-out prompts), classified neurons in all and by family, the share
of the final heuristics, and the drop by knock-outs. Sweeps, merge, rebuild and report do this by themselves when
results have changed; verdicts that are up to date are left as they are.

Examples:
  heuristrace emergence
  heuristrace emergence --db my.duckdb --samples 5000
  heuristrace query emergence-verdicts --db my.duckdb --param quantity=accuracy
`,
    )
    .action(async ({ db, suite, samples, permutations, seed, json }) => {
      const { performEmergence } = await import('../work/perform-emergence.js');
      const settings = { samples, permutations: permutations ?? null, seed };
      const refreshed = await performEmergence(terminal, { db, suite, settings });
      if (json === true) terminal.out(JSON.stringify(refreshed));
      else {
        for (const one of refreshed)
          terminal.note(
            one.computed
              ? `${one.suite}: ${one.trajectories} trajectories judged (${one.seconds.toFixed(1)} s)`
              : `${one.suite}: the verdicts on ${one.trajectories} trajectories are up to date`,
          );
        const { printVerdicts } = await import('../text/verdicts.js');
        await printVerdicts(terminal, db, suite ?? null);
      }
    });
}
