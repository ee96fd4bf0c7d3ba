import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { randomStream } from '../../src/domain/random.js';
import { openSpool } from '../../src/store/spool/open-spool.js';
import { projectPath } from '../support/fixtures.js';
import { scratchFolder } from '../support/scratch.js';
import { smallSuite } from '../support/suites.js';
import { facts, QUICK, rows } from '../support/sweeping.js';

/** HEURISTRACE_KILLS=100 for a long run. */
const KILLS = Number(process.env['HEURISTRACE_KILLS'] ?? '10');

/** Names of what a sweep writes before it is whole. */
const UNFINISHED = /\.writing\.|\.running\.|\.creating|\.rebuilding|\.part$|\.wal$/;

function below(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return []; // not made yet, or changed while it was read
  }
}

/**
 * Runs a sweep until it ends, or `kill` asks for its end.
 * @param kill asked every few milliseconds, with the milliseconds since the start
 * @returns whether it ended by itself
 */
async function run(args: readonly string[], kill: (ms: number) => boolean): Promise<boolean> {
  const started = performance.now();
  const child = spawn(process.execPath, [projectPath('dist/cli/main.js'), ...args], { stdio: 'pipe' });
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

it(
  `a sweep killed ${KILLS} times at random moments, and resumed, stores what an undisturbed one stores`,
  { timeout: 60_000 + KILLS * 20_000 },
  async () => {
    const random = randomStream(0, 'kills');
    const home = scratchFolder();
    await smallSuite(join(home, 'suite'));
    const config = join(home, 'config.json');
    writeFileSync(config, JSON.stringify({ ...QUICK, engine: 'wasm', workers: 1 }));
    const sweep = (db: string) => [
      'sweep',
      '--suite',
      join(home, 'suite'),
      '--config',
      config,
      '--db',
      db,
      '-q',
    ];
    const whole = join(home, 'whole', 'a.duckdb');
    const started = performance.now();
    expect(await run(sweep(whole), () => false)).toBe(true);
    const usual = performance.now() - started;
    const stored = async (db: string) => [
      await facts(db),
      await rows(db, 'SELECT unit_id, state FROM units ORDER BY ALL'),
    ];
    const expected = await stored(whole);

    let resumed = 0;
    for (let kills = 0; kills < KILLS;) {
      const folder = scratchFolder();
      const db = join(folder, 'a.duckdb');
      for (let ended = false; !ended;) {
        // Half of them at any time, half soon after a batch began to be written: while it is written, placed, stored.
        const at = random.uniform() * usual;
        const later = random.uniform() * 150;
        const whileWriting = random.uniform() < 0.5;
        let seen = Infinity;
        ended = await run(sweep(db), (ms) => {
          if (kills >= KILLS) return false;
          if (
            whileWriting &&
            seen === Infinity &&
            below(`${db}.spool`).some((name) => name.includes('.writing.'))
          )
            seen = ms;
          return ms > (whileWriting ? seen + later : at);
        });
        if (!ended) kills++;
      }
      resumed++;
      expect(await stored(db)).toEqual(expected);
      expect(below(folder).filter((name) => UNFINISHED.test(name))).toEqual([]);
      const { batches, damaged } = await openSpool(`${db}.spool`);
      expect([batches.length, damaged.length]).toEqual([3, 0]);
    }
    expect(resumed).toBeGreaterThan(0);
  },
);
