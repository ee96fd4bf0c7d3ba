import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { expect, it } from 'vitest';
import { cli } from '../support/cli.js';
import { TINY } from '../support/models.js';
import { scratchFolder } from '../support/scratch.js';
import { facts, QUICK, rows } from '../support/sweeping.js';
import { syntheticSuite } from '../support/synthetic-suite.js';

/** HEURISTRACE_STEPS=154 for as many as Pythia has. */
const STEPS = Number(process.env['HEURISTRACE_STEPS'] ?? '12');
const SHARDS = 8;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

it(
  `${SHARDS} shards of ${STEPS} checkpoints and four operators, merged, are what one sweep stores`,
  { timeout: 120_000 + STEPS * 20_000 },
  async () => {
    const home = scratchFolder();
    const steps = Array.from({ length: STEPS }, (_, i) => 1000 * i);
    const suite = join(home, 'suite');
    await syntheticSuite(suite, TINY, steps);
    const config = join(home, 'config.json');
    const settings = {
      ...QUICK,
      promptSet: 'all',
      threshold: 0.3,
      presets: ['paper'],
      engine: 'wasm',
      workers: 0,
    };
    writeFileSync(config, JSON.stringify(settings));
    const [whole, db, events] = ['whole.duckdb', 'a.duckdb', 'events.jsonl'].map((name) => join(home, name));
    if (whole === undefined || db === undefined || events === undefined) throw new Error('no names');
    const sweep = ['sweep', '--suite', suite, '--config', config, '--db'];
    const ok = async (args: readonly string[]): Promise<void> => {
      const { code, stderr } = await cli(args);
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('error')]);
    };
    const together = pLimit(4);
    const spools = Array.from({ length: SHARDS }, (_, index) => join(home, `spool-${index}`));
    await Promise.all([
      ok([...sweep, whole, '--events', events]),
      ...spools.map((spool, index) =>
        together(() => ok([...sweep, db, '--spool', spool, '--shard', `${index}/${SHARDS}`])),
      ),
    ]);
    await ok(['merge', ...spools, '--db', db]);

    expect(await facts(db)).toEqual(await facts(whole));
    const units = 'SELECT unit_id, step, state FROM units ORDER BY ALL';
    expect(await rows(db, units)).toEqual(await rows(whole, units));
    expect(await rows(db, 'SELECT count(DISTINCT step)::INTEGER FROM units')).toEqual([[STEPS]]);

    const memory = readFileSync(events, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly event: string; readonly memoryBytes: number })
      .filter(({ event }) => event === 'checkpoint')
      .map(({ memoryBytes }) => memoryBytes / 1e6);
    const half = Math.ceil(memory.length / 2);
    const [first, second] = [median(memory.slice(0, half)), median(memory.slice(half))];
    if (STEPS >= 100)
      process.stderr.write(`memory: first half ${first.toFixed(0)} MB, second ${second.toFixed(0)} MB\n`);
  },
);
