import { existsSync } from 'node:fs';
import { Command } from '@commander-js/extra-typings';
import type { MergeOutcome } from '../../store/spool/merge-spools.js';
import type { Terminal } from '../terminal/terminal.js';

/** `heuristrace merge`: unites the spools of many machines. */
export function mergeCommand(terminal: Terminal) {
  return new Command('merge')
    .description('unite the spools of sweeps, of many machines too, in one database')
    .argument('<spool...>', 'folders that sweeps wrote beside their databases or with --spool')
    .requiredOption('--db <file>', 'database to add to; made when there is none')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
What the database has already is left as it is, so that merging twice does no harm.

Examples:
  heuristrace merge shard-1.spool shard-2.spool --db whole.duckdb
`,
    )
    .action(async (spools, { db, json }) => {
      const { mergeSpools } = await import('../../store/spool/merge-spools.js');
      const { SpoolDamagedError } = await import('../../store/spool/spool-damaged-error.js');
      const { programVersion } = await import('../../files/package.js');
      const { watchMerge } = await import('../work/watch-merge.js');
      const { refreshVerdicts } = await import('../work/perform-emergence.js');
      const outcome = await watchMerge(terminal, async (watched) => {
        const merged = await mergeSpools({ db, spools, programVersion: programVersion(), ...watched });
        if (existsSync(db)) await refreshVerdicts(terminal, db); // spools without results make none
        return merged;
      });
      printMerge(terminal, db, outcome, json === true);
      for (const { batch, error } of outcome.conflicts)
        terminal.note(`left out: ${batch.folder}: ${error.message}`);
      const [conflict] = outcome.conflicts;
      if (conflict !== undefined) throw conflict.error;
      if (outcome.damaged.length > 0) throw new SpoolDamagedError(outcome.damaged, 'the others were taken');
    });
}

/** Says what became of the units of spools. */
export function printMerge(terminal: Terminal, db: string, outcome: MergeOutcome, json: boolean): void {
  const { batches, inserted, replaced, unchanged, damaged, otherVersions } = outcome;
  if (otherVersions > 0)
    terminal.note(`${otherVersions} batches were left out: another version of heuristrace wrote them`);
  if (json)
    terminal.out(
      JSON.stringify({
        ...{ db, batches, inserted: inserted.length, replaced: replaced.length },
        ...{ unchanged: unchanged.length, damaged: damaged.length, otherVersions },
      }),
    );
  else
    terminal.note(
      `${db}: ${inserted.length + replaced.length} units added, ${unchanged.length} were there already (${batches} batches)`,
    );
}
