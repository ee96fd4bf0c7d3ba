import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { randomStream } from '../../src/domain/random.js';
import { openSpool } from '../../src/store/spool/open-spool.js';
import { projectPath } from '../support/fixtures.js';
import { scratchFolder } from '../support/scratch.js';
import { smallOnHub } from '../support/small-on-hub.js';
import { smallSuite } from '../support/suites.js';
import { facts, QUICK, rows } from '../support/sweeping.js';

/** HEURISTRACE_KILLS=100 for a long run, HEURISTRACE_KILLS_SEED for another one. */
const KILLS = Number(process.env['HEURISTRACE_KILLS'] ?? '10');
const SEED = Number(process.env['HEURISTRACE_KILLS_SEED'] ?? '0');

/** Names of what a sweep writes before it is whole, and of files on their way from the Hub. */
const UNFINISHED = /\.writing\.|\.running\.|\.creating|\.rebuilding|\.part$|\.wal$|\.incomplete$/;

function below(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return []; // not made yet, or changed while it was read
  }
}

interface Sweep {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs a sweep until it ends, or `kill` asks for its end.
 * @param kill asked every few milliseconds, with the milliseconds since the start
 * @returns whether it ended by itself
 */
async function run({ args, env }: Sweep, kill: (ms: number) => boolean): Promise<boolean> {
  const started = performance.now();
  const child = spawn(process.execPath, [projectPath('dist/cli/main.js'), ...args], {
    stdio: 'pipe',
    env: { ...process.env, ...env },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const watch = setInterval(() => {
    if (kill(performance.now() - started)) child.kill('SIGKILL');
  }, 3);
  await once(child, 'close');
  clearInterval(watch);
  if (child.signalCode !== 'SIGKILL') expect([child.exitCode, said]).toEqual([0, expect.anything()]);
  return child.signalCode === null;
}

/** What a sweep is caught at: the first sight of such a name, below the database's folder or the cache. */
const MOMENTS = {
  'at any time': null,
  fetching: /\.incomplete$/,
  'asking or loading': /snapshots.*step|_answers|\.running\./,
  writing: /\.writing\./,
  committing: /batch=/,
} as const;
type Moment = keyof typeof MOMENTS;
const isMoment = (name: string): name is Moment => name in MOMENTS;
const NAMES = Object.keys(MOMENTS).filter(isMoment);

it(
  `a sweep killed ${KILLS} times at random moments, and resumed, stores what an undisturbed one stores`,
  { timeout: 60_000 + KILLS * 30_000 },
  async () => {
    const random = randomStream(SEED, 'kills');
    const { hub, manifest } = await smallOnHub(await smallSuite(join(scratchFolder(), 'suite')));
    hub.plant('cdn', /./, { kind: 'pause', after: 4000, ms: 150 }, Infinity);
    const config = join(scratchFolder(), 'config.json');
    writeFileSync(config, JSON.stringify({ ...QUICK, engine: 'wasm', workers: 1 }));
    const sweepOf = (folder: string): Sweep => ({
      args: ['sweep', '--suite', manifest, '--config', config, '--db', join(folder, 'a.duckdb'), '-q'],
      env: { HF_ENDPOINT: hub.endpoint, HF_HUB_CACHE: join(folder, 'cache'), HF_TOKEN: '' },
    });
    const stored = async (folder: string) => {
      const db = join(folder, 'a.duckdb');
      const units = await rows(db, 'SELECT unit_id, state FROM units ORDER BY ALL');
      const audits = await rows(db, 'SELECT * EXCLUDE (audited_at) FROM checkpoint_audit ORDER BY ALL');
      return [await facts(db), units, audits];
    };
    const undisturbed = scratchFolder();
    const started = performance.now();
    expect(await run(sweepOf(undisturbed), () => false)).toBe(true);
    const usual = performance.now() - started;
    const expected = await stored(undisturbed);

    const caught = new Map<Moment, number>();
    let turn = 0;
    for (let kills = 0; kills < KILLS;) {
      const folder = scratchFolder();
      for (let ended = false; !ended;) {
        const moment = NAMES[turn++ % NAMES.length] ?? 'at any time';
        const name = MOMENTS[moment];
        const before = new Set(below(folder));
        const later = random.uniform() * (name === null ? usual : 150);
        let seen = name === null ? 0 : Infinity;
        ended = await run(sweepOf(folder), (ms) => {
          if (kills >= KILLS) return false;
          if (
            seen === Infinity &&
            below(folder).some((path) => !before.has(path) && name?.test(path) === true)
          )
            seen = ms;
          return ms > seen + later;
        });
        if (ended) continue;
        kills++;
        caught.set(moment, (caught.get(moment) ?? 0) + 1);
      }
      expect(await stored(folder)).toEqual(expected);
      expect(below(folder).filter((path) => UNFINISHED.test(path))).toEqual([]);
      const { batches, damaged } = await openSpool(join(folder, 'a.duckdb.spool'));
      expect([batches.length, damaged.length]).toEqual([3, 0]);
    }
    if (KILLS > 10) process.stderr.write(`killed: ${JSON.stringify(Object.fromEntries(caught))}\n`);
    expect([...caught.values()].reduce((sum, count) => sum + count, 0)).toBe(KILLS);
  },
);
