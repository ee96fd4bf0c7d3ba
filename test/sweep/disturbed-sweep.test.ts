import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { InterruptedError } from '../../src/errors/errors.js';
import { defaultSpool } from '../../src/store/spool/layout.js';
import { scratchFolder } from '../support/scratch.js';
import { smallDisk } from '../support/small-disk.js';
import { smallSuite } from '../support/suites.js';
import { facts, rows, sweepSuite, type SweepOptions } from '../support/sweeping.js';

let folder: string;
/** What an undisturbed sweep stores. */
let expected: unknown;

const settings = { measures: ['accuracy', 'classification'], presets: ['paper'] };
const sweep = (db: string, options: Partial<SweepOptions> = {}) =>
  sweepSuite(db, { folder, settings, ...options });
const stored = async (db: string) => [
  await facts(db),
  await rows(db, 'SELECT unit_id, state FROM units ORDER BY ALL'),
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heuristrace-suite-'));
  await smallSuite(folder);
  const whole = join(folder, 'whole.duckdb');
  await sweep(whole);
  expected = await stored(whole);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  vi.useRealTimers();
});

it('a clock that is set back, while a sweep runs and between two, decides nothing', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2030-06-01T12:00:00Z') });
  const db = join(scratchFolder(), 'a.duckdb');
  const controller = new AbortController();
  const onCheckpoint = () => {
    vi.setSystemTime(new Date('2001-01-01T00:00:00Z'));
    controller.abort();
  };
  await expect(sweep(db, { signal: controller.signal, onCheckpoint })).rejects.toBeInstanceOf(
    InterruptedError,
  );
  vi.setSystemTime(new Date('1999-12-31T23:59:59Z'));
  const { reused } = await sweep(db);
  expect(reused).toBeGreaterThan(0);
  expect(await stored(db)).toEqual(expected);
  expect(await sweep(db)).toMatchObject({ reused: 3 });
  rmSync(db);
  vi.setSystemTime(new Date('2040-01-01T00:00:00Z'));
  expect(await sweep(db)).toMatchObject({ reused: 3 });
  expect(await stored(db)).toEqual(expected);
});

it('a disk that fills up at any write loses nothing', async (context) => {
  const disk = smallDisk(context, 24);
  const [db, spare] = [join(disk, 'a.duckdb'), scratchFolder()];
  await sweep(db, { settings: { ...settings, steps: [30] } });
  cpSync(disk, spare, { recursive: true });
  let [failed, succeeded] = [0, 0];
  for (const freeKilobytes of [0, 16, 60, 300, 1000, 4000]) {
    rmSync(db);
    rmSync(defaultSpool(db), { recursive: true });
    cpSync(spare, disk, { recursive: true });
    fill(disk, freeKilobytes);
    const outcome = await sweep(db).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      expect(outcome).toMatchObject({ kind: 'diskFull' });
      failed++;
    } else succeeded++;
    for (const name of readdirSync(disk)) if (name.startsWith('filler')) rmSync(join(disk, name));
    expect(await sweep(db)).toMatchObject({ checkpoints: 3 });
    expect(await stored(db)).toEqual(expected);
    expect(readdirSync(disk).sort()).toEqual(['a.duckdb', 'a.duckdb.spool']);
    const inSpool = readdirSync(defaultSpool(db)).filter((name) => name.startsWith('.'));
    expect(inSpool).toEqual([]);
  }
  expect(failed).toBeGreaterThan(1);
  expect(succeeded).toBeGreaterThan(0);
});

/** Leaves so much room on a disk. */
function fill(disk: string, freeKilobytes: number): void {
  const reserve = join(disk, 'filler-reserve');
  writeFileSync(reserve, Buffer.alloc(freeKilobytes * 1024));
  const part = Buffer.alloc(4 * 1024);
  try {
    for (let i = 0; ; i++) writeFileSync(join(disk, `filler-${i}`), part);
  } catch {
    rmSync(reserve); // full now
  }
}
