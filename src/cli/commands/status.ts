import { Command } from '@commander-js/extra-typings';
import type { FoundSweep } from '../../store/spool/running.js';
import type { FailedCheckpoint } from '../../store/spool/spool-status.js';
import type { Terminal } from '../terminal/terminal.js';

const FAILURES_SHOWN = 5;

/** `heuristrace status`: how far sweeps have come. */
export function statusCommand(terminal: Terminal) {
  return new Command('status')
    .description('say how far the sweeps of a database have come, also while they run')
    .option('--db <file>', 'database', 'heuristrace-out/embedded.duckdb')
    .option('--spool <folder>', 'spool (default: the one beside the database)')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExamples:\n  heuristrace status --db my.duckdb\n')
    .action(async ({ db, spool: given, json }) => {
      const { sweepStatus } = await import('../../store/spool/spool-status.js');
      const { defaultSpool } = await import('../../store/spool/layout.js');
      const { formatBytes } = await import('../../config/byte-size.js');
      const status = await sweepStatus({ db, spool: given ?? defaultSpool(db) });
      if (json === true) {
        terminal.out(JSON.stringify(status));
        return;
      }
      const { suites, spool, sweeps } = status;
      if (suites === null) terminal.out(`database: ${db} does not exist yet`);
      for (const { suite, checkpoints, done, failed, latest } of suites ?? []) {
        terminal.out(
          `${suite}: ${done} units of ${checkpoints} checkpoints done; the latest began ${latest} UTC`,
        );
        for (const line of failedLines(failed)) terminal.out(line);
      }
      terminal.out(
        `spool: ${spool.units} units in ${spool.batches} batches, ${formatBytes(spool.bytes)}; ${spool.notStored === 0 ? 'all are in the database' : `${spool.notStored} are not in the database yet`}`,
      );
      if (spool.damaged > 0) terminal.out(`  ${spool.damaged} batches are damaged`);
      if (spool.otherVersions > 0)
        terminal.out(`  ${spool.otherVersions} batches are of another version of heuristrace`);
      for (const sweep of sweeps) terminal.out(sweepLine(sweep));
      if (sweeps.length === 0) terminal.out('no sweep is running');
    });
}

/** The first few of the checkpoints that failed. */
function failedLines(failed: readonly FailedCheckpoint[]): string[] {
  if (failed.length === 0) return [];
  const shown = failed
    .slice(0, FAILURES_SHOWN)
    .map(({ seed, step, error }) => `    seed ${seed} step ${step}: ${error}`);
  const rest = failed.length - shown.length;
  return [
    `  ${failed.length} checkpoints failed (sweep --retry-failed tries them again):`,
    ...shown,
    ...(rest > 0 ? [`    and ${rest} more`] : []),
  ];
}

function sweepLine({ suite, shard, startedAt, finished, failed, todo, running }: FoundSweep): string {
  const state = { true: 'running', false: 'killed', null: 'on another machine' }[`${running}`];
  const what = shard === null ? suite : `${suite}, shard ${shard}`;
  return `sweep of ${what}: ${state}, ${finished} of ${todo} checkpoints finished${failed > 0 ? `, ${failed} of them failed` : ''}, since ${startedAt}`;
}
