import {
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findSuite, isHubSuite, isLocalSuite, type LocalSuite } from '../../src/config/find-suite.js';
import type { HeuristraceError } from '../../src/errors/errors.js';
import { openHub, type HubOptions } from '../../src/hub/hub.js';
import { fetchSuite } from '../../src/sweep/sources/fetch-suite.js';
import { hubAt } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';
import { SMALL_REPO, smallOnHub } from '../support/small-on-hub.js';
import { smallSuite } from '../support/suites.js';
import { facts, rows, sweepSuite, type SweepOptions } from '../support/sweeping.js';

let local: LocalSuite;

beforeAll(async () => {
  const suite = await smallSuite(mkdtempSync(join(tmpdir(), 'heuristrace-suite-')));
  if (!isLocalSuite(suite)) throw new Error('the small suite lies in folders');
  local = suite;
});

afterAll(() => {
  rmSync(local.folder, { recursive: true });
});

const SETTINGS = { measures: ['faithfulness', 'maps'], presets: ['paper'], promptSet: 'all' };
const COMPARED = ['faithfulness', 'maps'];

/** A sweep of the small suite from a cache, without a network, and the blob of a step's weights. */
async function cached() {
  const { hub, manifest } = await smallOnHub(local);
  const cacheDir = scratchFolder();
  const suite = await findSuite(manifest, () => undefined);
  if (!isHubSuite(suite)) throw new Error('the small suite lies on the Hub');
  await fetchSuite({ suite, hub: hubAt(hub, { cacheDir }), seeds: [], steps: 'all', limitBytes: Infinity });
  const repo = join(cacheDir, `models--${SMALL_REPO.replace('/', '--')}`);
  const fileOf = (step: number, name: string): string => {
    const commit = readFileSync(join(repo, 'refs', `step${step}`), 'utf8').trim();
    return realpathSync(join(repo, 'snapshots', commit, name));
  };
  const sweep = (db: string, options: Partial<SweepOptions> = {}) =>
    sweepSuite(db, {
      folder: manifest,
      hub: openHub({ cacheDir, offline: true, env: {} }),
      settings: SETTINGS,
      ...options,
    });
  return { sweep, fileOf };
}

const states = (db: string) =>
  rows(db, 'SELECT step, measure, state, error_kind FROM units ORDER BY step, measure, state');
const done = (db: string) => rows(db, "SELECT unit_id FROM units WHERE state = 'done' ORDER BY ALL");

it('what is compared with a reference checkpoint waits for it, and is computed once it is there', async () => {
  const { sweep, fileOf } = await cached();
  const [db, clean] = [join(scratchFolder(), 'a.duckdb'), join(scratchFolder(), 'a.duckdb')];
  const settings = { ...SETTINGS, steps: [10] };
  await sweep(clean, { settings });

  const blob = fileOf(30, 'model.safetensors');
  const whole = readFileSync(blob);
  truncateSync(blob, 3000);
  const failure = await sweep(db, { settings }).catch((error: unknown) => error as HeuristraceError);
  expect(failure).toMatchObject({ kind: 'checksum', exitCode: 12 });
  expect((failure as Error).message).toMatch(/seed 0 step 30: .*sha256/);
  expect((failure as Error).message).toMatch(/1 .*not compared/);
  const measures = ['accuracy', 'attribution', 'classification', 'components', 'faithfulness', 'maps'];
  const expected = measures.map((measure) =>
    COMPARED.includes(measure) ? [10, measure, 'failed', 'referenceFailed'] : [10, measure, 'done', null],
  );
  expect((await states(db)).filter(([step]) => step === 10)).toEqual(expected);
  expect(await rows(db, 'SELECT count(*) FROM faithfulness')).toEqual([[0]]);
  const [[error]] = (await rows(db, "SELECT error FROM units WHERE step = 10 AND state = 'failed'")) as [
    [string],
  ];
  expect(error).toMatch(/step 30/);

  // The fault may pass, so the reference is tried again, but nothing else is computed for nothing.
  const finished: (string | null)[] = [];
  const again = sweep(db, {
    settings,
    onCheckpoint: ({ measures: { size }, error: problem }) => finished.push(`${size} ${problem ?? ''}`),
  });
  await expect(again).rejects.toMatchObject({ kind: 'checksum' });
  expect(finished.map((line) => line?.slice(0, 2))).toEqual(['0 ', '0 ']);

  writeFileSync(blob, whole);
  expect(await sweep(db, { settings })).toMatchObject({ reused: 0, failed: [] });
  expect(await done(db)).toEqual(await done(clean));
  expect(await facts(db)).toEqual(await facts(clean));
  expect(await sweep(db, { settings })).toMatchObject({ reused: 2, failed: [] });
});

it('a network that ends the sweep leaves nothing behind that compares nothing', async () => {
  const { hub, manifest } = await smallOnHub(local);
  const db = join(scratchFolder(), 'a.duckdb');
  const cacheDir = scratchFolder();
  const suite = await findSuite(manifest, () => undefined);
  if (!isHubSuite(suite)) throw new Error('the small suite lies on the Hub');
  await fetchSuite({ suite, hub: hubAt(hub, { cacheDir }), seeds: [], steps: '10', limitBytes: Infinity });
  const refuse: typeof fetch = (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return /resolve.*safetensors/.test(url)
      ? Promise.reject(new TypeError('the cable is cut'))
      : fetch(input, init);
  };
  const sweep = (options: HubOptions) =>
    sweepSuite(db, {
      folder: manifest,
      hub: hubAt(hub, { cacheDir, ...options }),
      settings: { ...SETTINGS, steps: [10] },
    });
  await expect(sweep({ fetch: refuse, attempts: 1 })).rejects.toMatchObject({ kind: 'hubNetwork' });
  expect(await states(db)).toEqual(
    ['accuracy', 'attribution', 'classification', 'components'].map((measure) => [10, measure, 'done', null]),
  );
  expect(await sweep({})).toMatchObject({ reused: 0, failed: [] });
  expect(await rows(db, "SELECT count(*) FROM units WHERE state = 'done'")).toEqual([[12]]);
});

it('checkpoints are compared no more than once with a reference in a folder that stays bad', async () => {
  const folder = scratchFolder();
  cpSync(local.folder, folder, { recursive: true });
  const db = join(folder, 'a.duckdb');
  const weights = join(folder, 'seed0/step30/model.safetensors');
  const whole = readFileSync(weights);
  truncateSync(weights, 3000);
  const sweep = (options: Partial<SweepOptions> = {}) =>
    sweepSuite(db, { folder, settings: { ...SETTINGS, steps: [0, 10] }, ...options });
  await expect(sweep({ settings: { ...SETTINGS, steps: [10] } })).rejects.toMatchObject({ kind: 'checksum' });
  await expect(sweep()).rejects.toMatchObject({ kind: 'referenceFailed', exitCode: 54 }); // of step 0, which is new
  let engines = 0;
  const second = await sweep({ onForecast: () => engines++ });
  expect(engines).toBe(0);
  expect(second.failed.map(({ step, kind }) => [step, kind])).toEqual([
    [30, 'checksum'],
    [0, 'referenceFailed'],
    [10, 'referenceFailed'],
  ]);
  writeFileSync(weights, whole);
  expect(await sweep()).toMatchObject({ failed: [], reused: 0 });
  const clean = join(folder, 'clean.duckdb');
  await sweepSuite(clean, { folder, settings: { ...SETTINGS, steps: [0, 10] } });
  expect(await done(db)).toEqual(await done(clean));
  expect(await facts(db)).toEqual(await facts(clean));
});
