/**
 * What ten queries a second cost a sweep of the embedded suite, and whether any fails: sweeps alone and with queries in
 * turns. npm run build && node --import ./bench/typescript.js bench/queries-while-sweeping.ts [rounds]
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { packagePath } from '../src/files/package.js';
import { runSql } from '../src/queries/run-query.js';
import { median } from './results.js';
import { runProcess } from './run-process.js';

/** Milliseconds between the starts of two queries. */
const EVERY_MS = 100;
const SQL = 'SELECT step, operator, avg(accuracy) FROM accuracy GROUP BY ALL ORDER BY ALL';
const SWEEP = [
  ...['--engine', 'wasm', '--seeds', '0', '--steps', '0,16,128,512,1024,4000', '--max-operand', '50'],
  ...['--measures', 'accuracy,components,classification', '--quiet'],
];

interface Round {
  readonly seconds: number;
  readonly queries: number;
  readonly failed: number;
  /** Milliseconds of the longest query, waiting for commits included. */
  readonly longest: number;
}

async function sweepOnce(withQueries: boolean): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'heuristrace-bench-'));
  const db = join(folder, 'a.duckdb');
  const args = [packagePath('dist/cli/main.js'), 'sweep', '--suite', 'embedded', '--db', db, ...SWEEP];
  const started = performance.now();
  const ended = new AbortController();
  const sweeping = runProcess({ command: process.execPath, args }).finally(() => {
    ended.abort();
  });
  let [queries, failed, longest] = [0, 0, 0];
  for (let next = started + EVERY_MS; withQueries && !ended.signal.aborted; next += EVERY_MS) {
    await wait(Math.max(0, next - performance.now()));
    if (!existsSync(db)) continue;
    const asked = performance.now();
    try {
      await runSql({ db, sql: SQL });
      queries++;
    } catch (error) {
      failed++;
      process.stdout.write(`${String(error)}\n`);
    }
    longest = Math.max(longest, performance.now() - asked);
  }
  await sweeping;
  const seconds = (performance.now() - started) / 1000;
  rmSync(folder, { recursive: true, force: true });
  return { seconds, queries, failed, longest };
}

const rounds = Number(process.argv[2] ?? '4');
const alone: Round[] = [];
const queried: Round[] = [];
for (let round = 0; round < rounds; round++) {
  alone.push(await sweepOnce(false));
  queried.push(await sweepOnce(true));
}
const [before, after] = [alone, queried].map((all) => median(all.map(({ seconds }) => seconds)));
const sum = (of: 'queries' | 'failed'): number => queried.reduce((total, round) => total + round[of], 0);
process.stdout.write(
  `alone ${(before ?? NaN).toFixed(2)} s, with queries ${(after ?? NaN).toFixed(2)} s ` +
    `(${((100 * ((after ?? NaN) - (before ?? NaN))) / (before ?? NaN)).toFixed(1)} % more), medians of ${rounds}; ` +
    `${sum('queries')} queries, ${sum('failed')} failed, the longest ${Math.max(...queried.map(({ longest }) => longest)).toFixed(0)} ms\n`,
);
