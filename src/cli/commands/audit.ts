import { Command } from '@commander-js/extra-typings';
import { UsageError } from '../../errors/errors.js';
import type { AuditDepth } from '../../domain/audit-finding.js';
import type { Terminal } from '../terminal/terminal.js';

interface AuditOptions {
  readonly steps: string;
  readonly seeds?: string;
  readonly pattern?: string;
  readonly deep?: true | string;
  readonly db?: string;
  readonly json?: true;
}

/** `heuristrace audit`: whether the checkpoints of a suite can be trusted. */
export function auditCommand(terminal: Terminal) {
  return new Command('audit')
    .description('check the checkpoints of a suite before a sweep trusts them')
    .argument('<suite>', 'name of a shipped one, path of a manifest or its folder, or hf:owner/name')
    .option('--steps <list>', 'training steps, as for `heuristrace sweep`', 'all')
    .option('--seeds <list>', 'seeds of the training runs, separated by commas (default: all that are there)')
    .option(
      '--pattern <pattern>',
      'names of the revisions of a repo without a manifest, e.g. step{step} (default: guessed)',
    )
    .option('--deep [how]', 'read weights too: headers and the start of some tensors; `all`: every value')
    .option('--db <file>', 'store the findings in this database, table checkpoint_audit')
    .option('--json', 'print as JSON')
    .addHelpText('after', HELP)
    .action((name, options) => run(terminal, name, options));
}

const HELP = `
Without --deep only listings, config.json and the index of shards are read: a request or two for each
revision. Compared are hashes of files over steps and with main, config, tokenizer and format.
--deep reads parts of the weight files by Range and compares values: copies that differ in a signed
zero, NaN, and weights that lie off the path of the training show only there. A sample may miss a
fault in what it does not read; --deep=all reads everything.
Exit code 51 says that some checkpoints are bad. What is expected, such as step 0 = step 1 where the
first update has learning rate 0, is listed and counts as sound.

Examples:
  heuristrace audit embedded --deep=all
  heuristrace audit pythia-2.8b
  heuristrace audit polypythia-410m --seeds 1,2 --steps log --deep --db audit.duckdb
`;

function depthOf(deep: AuditOptions['deep']): AuditDepth {
  if (deep === undefined) return 'listing';
  if (deep === true || deep === 'sample') return 'sample';
  if (deep === 'all') return 'all';
  throw new UsageError(`--deep=${deep} is not known`, 'Write --deep, or --deep=all.');
}

async function run(terminal: Terminal, name: string, options: AuditOptions): Promise<void> {
  const depth = depthOf(options.deep);
  const { AuditFindingsError } = await import('../../errors/sweep-errors.js');
  const { openHub } = await import('../../hub/hub.js');
  const { auditSuite } = await import('../../sweep/audit/audit-suite.js');
  const { findSuiteOrRepo } = await import('../../sweep/sources/own-repo-suite.js');
  const { formatBytes } = await import('../../config/byte-size.js');
  const { auditText, countSteps } = await import('../text/audit-text.js');
  const { interruptible } = await import('../terminal/interrupt.js');
  const { nearestName } = await import('../options/nearest.js');
  const { parseNames } = await import('../options/parse-names.js');
  const hub = (): ReturnType<typeof openHub> =>
    openHub({
      onRetry: ({ problem, waitMs }) =>
        terminal.note(`the Hub: ${problem}, again in ${Math.max(1, Math.round(waitMs / 1000))} s`),
    });
  const suite = await findSuiteOrRepo({ name, pattern: options.pattern, hub, nearest: nearestName });
  const known = suite.manifest.runs.map(({ seed }) => String(seed));
  const seeds = options.seeds === undefined ? [] : parseNames('seed', options.seeds, known).map(Number);
  const report = await interruptible(terminal, (signal) =>
    auditSuite({
      suite,
      hub,
      seeds,
      depth,
      steps: options.steps,
      signal,
      onProgress: ({ stage, done, total, bytesRead }) =>
        terminal.progress(
          stage === 'listing'
            ? `${done}/${total} revisions listed`
            : `${done}/${total} checkpoints read, ${formatBytes(bytesRead)}`,
        ),
    }),
  );
  terminal.endProgress();
  if (options.db !== undefined) {
    const { storeAudit } = await import('../../store/store-audit.js');
    const { auditRows } = await import('../../sweep/audit/audit-rows.js');
    const { programVersion } = await import('../../files/package.js');
    const rows = auditRows(report, new Date());
    const { defaultSpool } = await import('../../store/spool/layout.js');
    const { db } = options;
    await storeAudit({ db, spool: defaultSpool(db), programVersion: programVersion(), rows });
    terminal.note(`stored: ${options.db}`);
  }
  terminal.out(options.json === true ? JSON.stringify(report, null, 2) : auditText(report));
  const bad = countSteps(report.findings, 'bad');
  if (bad > 0) throw new AuditFindingsError(report.suite, bad);
}
