import { Command } from '@commander-js/extra-typings';
import type { Terminal } from './terminal.js';

/** `heuristrace suites`: what can be swept. */
export function suitesCommand(terminal: Terminal) {
  return new Command('suites')
    .description('list the suites that ship with the program')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExamples:\n  heuristrace suites\n  heuristrace suites --json\n')
    .action(async (options) => {
      const { installedRuns, shippedSuites } = await import('../config/find-suite.js');
      const suites = await shippedSuites();
      if (options.json === true) {
        const rows = suites.map(({ manifest, manifestPath }) => ({
          name: manifest.name,
          description: manifest.description,
          architecture: manifest.architecture,
          manifest: manifestPath,
          runs: manifest.runs.map(({ seed, checkpoints }) => ({
            seed,
            steps: checkpoints.map(({ step }) => step),
          })),
        }));
        terminal.out(JSON.stringify(rows, null, 2));
        return;
      }
      for (const suite of suites) {
        const { manifest, manifestPath } = suite;
        terminal.out(`${manifest.name}: ${manifest.description}`);
        const installed = installedRuns(suite);
        for (const run of manifest.runs) {
          const last = run.checkpoints.at(-1)?.step ?? 0;
          const absent = installed.includes(run) ? '' : ', not installed';
          terminal.out(
            `  seed ${run.seed}: ${run.checkpoints.length} checkpoints, steps 0 to ${last}${absent}`,
          );
        }
        terminal.out(`  manifest: ${manifestPath}`);
      }
      terminal.note('A suite of your own: `heuristrace train --out FOLDER`, then `--suite FOLDER`.');
    });
}
