import { ScaleFigures } from '../scale/figures.js';
import type { Measurement } from '../results.js';
import { partOf } from './summaries.js';
import { number, table } from './text.js';

/** Queries named one by one: those that take longest. */
const NAMED = 12;

const megabytes = (bytes: number): string => `${number(bytes / 1e6)} MB`;

/** The store at the size of Pythia-6.9b: rates and sizes, and the slowest queries. */
export function scaleSection(measurements: readonly Measurement[]): string {
  const found = partOf(measurements, 'scale').at(-1);
  if (found === undefined) return '## A sweep of Pythia-6.9b in the database\n\nNot measured.';
  const { spool, ingest, report, queries } = ScaleFigures.parse(found);
  const work = (name: string, one: typeof ingest, told: string): string[] => [
    ...[name, number(one.seconds), number(one.cpu), megabytes(one.peak), told],
  ];
  const slowest = queries.toSorted((a, b) => b.cpu - a.cpu).slice(0, NAMED);
  const seconds = queries.map((one) => one.seconds).sort((a, b) => a - b);
  return [
    '## A sweep of Pythia-6.9b in the database',
    `Made-up rows of ${number(found.checkpoints)} checkpoints x 4 operators: ${number(found.rows)} in all, ${number(found.matches)} of them matches. Spool ${megabytes(found.spoolBytes)}, database ${megabytes(found.databaseBytes)}, page of the report ${megabytes(report.bytes)}. Seconds of processors are those of all threads together: on a machine that does nothing else, two cores take half as long by the clock; what the clock says beyond that is other work on the machine.`,
    table(
      ['', 'seconds', 'of processors', 'peak memory', 'rows/s'],
      [
        work('spool, made-up rows included', spool, number(found.rows / spool.seconds)),
        work('ingest', ingest, number(found.rows / ingest.seconds)),
        work('report', report, '-'),
      ],
    ),
    `Every named query was asked with what it needs, and as the report asks it: ${queries.length} questions, ${queries.filter((one) => one.seconds < 1).length} of them under a second by the clock, ${queries.filter((one) => one.cpu < 2).length} under two seconds of processors; median ${number(seconds[Math.floor(seconds.length / 2)] ?? null)} s. The slowest:`,
    table(
      ['query', 'seconds', 'of processors', 'rows'],
      slowest.map((one) => [
        `\`${one.name}\` ${one.params === '{}' ? '' : one.params.replaceAll('|', ' ')}`.trim(),
        ...[number(one.seconds), number(one.cpu), number(one.rows)],
      ]),
    ),
  ].join('\n\n');
}
