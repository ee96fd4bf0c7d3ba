import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Suite } from '../../src/config/find-suite.js';
import { UsageError } from '../../src/errors/errors.js';
import { AuditFindingsError, DoesNotFitError, UnitsFailedError } from '../../src/errors/sweep-errors.js';
import { DiskBudgetError } from '../../src/errors/hub-errors.js';
import type { HubOptions } from '../../src/hub/hub.js';
import type { SweepForecast } from '../../src/sweep/plan/forecast.js';
import type { Files } from '../support/stand-in-repo.js';
import { hubAt } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';
import { SMALL_REPO as REPO, revisionOf, smallOnHub } from '../support/small-on-hub.js';
import { smallSuite } from '../support/suites.js';
import { different, rows, sweepSuite } from '../support/sweeping.js';

let local: Suite;

beforeAll(async () => {
  local = await smallSuite(mkdtempSync(join(tmpdir(), 'heuristrace-suite-')));
});

afterAll(() => {
  rmSync(local.folder, { recursive: true });
});

const revision = (step: number): Files => revisionOf(local, step);
const STEPS = [0, 10, 30];
const onHub = (steps?: readonly number[]) => smallOnHub(local, steps);

const FACTS = ['accuracy', 'neuron_heuristics', 'component_effects', 'faithfulness', 'probe_accuracy'];

function facts(db: string): Promise<unknown[][][]> {
  return Promise.all(
    FACTS.map((table) => rows(db, `SELECT * EXCLUDE (unit_id, suite) FROM ${table} ORDER BY ALL`)),
  );
}

describe('a sweep of a suite on the Hub', () => {
  it('finds what a sweep of the same checkpoints in folders finds, and fetches only what it needs', async () => {
    const { hub, manifest } = await onHub();
    const [db, folders] = [scratchFolder(), scratchFolder()].map((folder) => join(folder, 'a.duckdb'));
    if (db === undefined || folders === undefined) throw new Error('no folder');
    const cache = scratchFolder();
    const sweep = (options: HubOptions = {}): ReturnType<typeof sweepSuite> =>
      sweepSuite(db, { folder: manifest, hub: hubAt(hub, { cacheDir: cache, ...options }) });
    expect(await sweep()).toMatchObject({ checkpoints: 3, reused: 0 });
    await sweepSuite(folders, { folder: local.folder });
    expect(different(await facts(db), await facts(folders))).toEqual([]);
    expect(
      await rows(db, 'SELECT step, revision, commit IS NOT NULL, format FROM checkpoints ORDER BY ALL'),
    ).toEqual(STEPS.map((step) => [step, `step${step}`, true, 'safetensors']));
    expect(await rows(db, 'SELECT source FROM suites')).toEqual([[REPO]]);
    expect(hub.requests.filter(({ url }) => /README|optimizer/.test(url) && /resolve/.test(url))).toEqual([]);

    const before = hub.requests.length;
    expect(await sweep()).toMatchObject({ checkpoints: 3, reused: 3 });
    const asked = hub.requests.slice(before).filter(({ url }) => /safetensors/.test(url));
    expect(asked).toEqual([]);
    expect(await sweep({ offline: true })).toMatchObject({ checkpoints: 3, reused: 3 });
  });

  it('keeps within a disk budget, and refuses one that no checkpoint fits', async () => {
    const { hub, manifest } = await onHub();
    const cacheDir = scratchFolder();
    const size = readFileSync(join(local.folder, 'seed0/step30/model.safetensors')).length;
    const sweep = (diskBudget: string): ReturnType<typeof sweepSuite> =>
      sweepSuite(join(scratchFolder(), 'a.duckdb'), {
        folder: manifest,
        hub: hubAt(hub, { cacheDir }),
        settings: { diskBudget, measures: ['accuracy'] },
      });
    await expect(sweep('1kB')).rejects.toBeInstanceOf(DiskBudgetError);
    expect(await sweep(`${3 * size}B`)).toMatchObject({ checkpoints: 3 });
    const blobs = readdirSync(join(cacheDir, 'models--tests--small/blobs'));
    expect(blobs.length).toBeLessThan(5);
    await expect(sweep('much')).rejects.toThrow('diskBudget');
  });

  it('says what it will fetch, and refuses a model that the engine cannot hold before it fetches', async () => {
    const { hub, manifest } = await onHub();
    const size = readFileSync(join(local.folder, 'seed0/step30/model.safetensors')).length;
    const forecasts: SweepForecast[] = [];
    const db = join(scratchFolder(), 'a.duckdb');
    const options = { folder: manifest, hub: hubAt(hub), settings: { measures: ['accuracy'] } };
    await sweepSuite(db, { ...options, onForecast: (forecast) => forecasts.push(forecast) });
    expect(forecasts).toHaveLength(1);
    expect(forecasts[0]?.fetchBytes).toBeGreaterThanOrEqual(3 * size);
    expect(forecasts[0]?.fetchBytes).toBeLessThan(3 * size + 20_000);
    expect(forecasts[0]).toMatchObject({ checkpoints: 3, batch: 1024 });
    expect(forecasts[0]?.computeSeconds).toBeGreaterThan(0);
    expect(forecasts[0]?.computeSeconds).toBeLessThan(60);

    const huge = { ...(JSON.parse(readFileSync(manifest, 'utf8')) as { model: object }) };
    huge.model = { nLayers: 32, dModel: 4096, nHeads: 32, dMlp: 16_384, dVocab: 50_432 };
    writeFileSync(manifest, JSON.stringify(huge));
    const before = hub.requests.length;
    const other = join(scratchFolder(), 'a.duckdb');
    await expect(sweepSuite(other, { ...options, hub: hubAt(hub) })).rejects.toBeInstanceOf(DoesNotFitError);
    expect(hub.requests.slice(before).filter(({ url }) => /safetensors/.test(url))).toEqual([]);
  });

  it('leaves out, refuses or keeps what the audit of the listings finds bad', async () => {
    const { hub, manifest } = await onHub();
    hub.moveBranch(REPO, 'step10', revision(30)); // weights of the end at an early step
    const settings = { measures: ['accuracy'] };
    const left: number[] = [];
    const db = join(scratchFolder(), 'a.duckdb');
    const skipping = sweepSuite(db, {
      folder: manifest,
      hub: hubAt(hub),
      settings,
      onUntrusted: (findings) => left.push(...findings.map(({ step }) => step ?? -1)),
    });
    expect(await skipping).toMatchObject({ checkpoints: 2 });
    expect(left).toEqual([10]);
    expect(await rows(db, "SELECT step, finding FROM checkpoint_audit WHERE severity = 'bad'")).toEqual([
      [10, 'final_weights'],
    ]);
    const sweepingOn = (onBad: string): ReturnType<typeof sweepSuite> =>
      sweepSuite(join(scratchFolder(), 'a.duckdb'), {
        folder: manifest,
        hub: hubAt(hub),
        settings: { ...settings, onBad },
      });
    await expect(sweepingOn('fail')).rejects.toBeInstanceOf(AuditFindingsError);
    expect(await sweepingOn('keep')).toMatchObject({ checkpoints: 3 });
  });

  it('records a revision that cannot be read, and goes on', async () => {
    const { hub, manifest } = await onHub();
    const rest = Object.entries(revision(10)).filter(([name]) => name !== 'model.safetensors');
    hub.moveBranch(REPO, 'step10', Object.fromEntries(rest));
    const db = join(scratchFolder(), 'a.duckdb');
    const failure: unknown = await sweepSuite(db, {
      folder: manifest,
      hub: hubAt(hub),
      settings: { measures: ['accuracy'], onBad: 'keep' },
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnitsFailedError);
    expect(await rows(db, 'SELECT step, state FROM units ORDER BY ALL')).toEqual([
      [0, 'done'],
      [10, 'failed'],
      [30, 'done'],
    ]);
  });

  it('says which steps the Hub has when one is asked for that it has not', async () => {
    const { hub, manifest } = await onHub([0, 30]);
    const asking = sweepSuite(join(scratchFolder(), 'a.duckdb'), {
      folder: manifest,
      hub: hubAt(hub),
      settings: { steps: ['10'] },
    });
    await expect(asking).rejects.toMatchObject({ what: 'step', given: '10', nearest: '0' });
    await expect(asking).rejects.not.toBeInstanceOf(UsageError);
  });
});
