import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnitsFailedError } from '../../src/errors/sweep-errors.js';
import { defaultSpool } from '../../src/store/spool/layout.js';
import { sweepStatus } from '../../src/store/spool/spool-status.js';
import { scratchFolder } from '../support/scratch.js';
import { changeManifest, smallSuite } from '../support/suites.js';
import { facts, rows, sweepSuite, type SweepOptions } from '../support/sweeping.js';

let trained: string;

beforeAll(async () => {
  trained = mkdtempSync(join(tmpdir(), 'heuristrace-suite-'));
  await smallSuite(trained);
});

afterAll(() => {
  rmSync(trained, { recursive: true });
});

const SETTINGS = { measures: ['accuracy', 'components'] };

/** How often an engine was started, told by the forecast that follows. */
function counted(db: string, folder: string, settings: Record<string, unknown> = SETTINGS) {
  let engines = 0;
  const sweep = (options: Partial<SweepOptions> = {}) =>
    sweepSuite(db, { folder, settings, onForecast: () => engines++, ...options });
  return { sweep, engines: () => engines };
}

describe('a sweep of what is stored', () => {
  it.each(['reference-correct', 'all', 'correct'])(
    'knows that before an engine is started, with prompts %s',
    async (promptSet) => {
      const db = join(scratchFolder(), 'a.duckdb');
      const { sweep, engines } = counted(db, trained, { ...SETTINGS, promptSet });
      expect(await sweep()).toMatchObject({ checkpoints: 3, reused: 0 });
      const before = await facts(db);
      expect(engines()).toBe(1);
      expect(await sweep()).toMatchObject({ checkpoints: 3, reused: 3 });
      expect(engines()).toBe(1);
      expect(await facts(db)).toEqual(before);
    },
  );

  it('asks the reference checkpoint again where its answers are lost, damaged or of other settings', async () => {
    const db = join(scratchFolder(), 'a.duckdb');
    const { sweep, engines } = counted(db, trained);
    await sweep();
    const answers = join(defaultSpool(db), '_answers');
    const [file = ''] = readdirSync(answers);
    const text = readFileSync(join(answers, file), 'utf8');
    for (const bad of ['', '{}', text.replace(/"discovery":\[\d+/, '"discovery":[3')]) {
      writeFileSync(join(answers, file), bad);
      expect(await sweep()).toMatchObject({ reused: 3 });
    }
    expect(engines()).toBe(4);
    expect(readFileSync(join(answers, file), 'utf8')).toBe(text);
    await sweep({ settings: { ...SETTINGS, seed: 1 } });
    expect(readdirSync(answers)).toHaveLength(2);
  });
});

describe('checkpoints that failed', () => {
  /** A suite that promises no checksums, with a truncated file of weights. */
  function damaged(): { readonly folder: string; readonly file: string; readonly whole: Buffer } {
    const folder = scratchFolder();
    cpSync(trained, folder, { recursive: true });
    changeManifest(folder, (manifest) => ({
      ...manifest,
      runs: manifest.runs.map((run) => ({
        ...run,
        checkpoints: run.checkpoints.map((checkpoint) => ({ ...checkpoint, files: {} })),
      })),
    }));
    const file = join(folder, 'seed0', 'step10', 'model.safetensors');
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, 3000));
    return { folder, file, whole };
  }

  it('are left out until they are asked for, or their files change', async () => {
    const { folder, file, whole } = damaged();
    const db = join(folder, 'a.duckdb');
    const { sweep, engines } = counted(db, folder);
    const failed = () =>
      rows(db, "SELECT DISTINCT step, error_kind FROM units WHERE state = 'failed' ORDER BY ALL");
    await expect(sweep()).rejects.toBeInstanceOf(UnitsFailedError);
    expect(await failed()).toEqual([[10, 'safetensors']]);

    const again = await sweep();
    expect(again).toMatchObject({ checkpoints: 3, reused: 2, failed: [{ seed: 0, step: 10 }] });
    expect(again.failed[0]?.error).toMatch(/truncated/);
    expect(engines()).toBe(1);
    await expect(sweep({ request: { retryFailed: true } })).rejects.toBeInstanceOf(UnitsFailedError);
    await expect(sweep({ settings: { ...SETTINGS, minPrompts: 4 } })).rejects.toBeInstanceOf(
      UnitsFailedError,
    );
    const [suite] = (await sweepStatus({ db, spool: defaultSpool(db) })).suites ?? [];
    expect(suite).toMatchObject({ checkpoints: 2, failed: [{ seed: 0, step: 10 }] });

    writeFileSync(file, whole.subarray(0, 4000)); // broken otherwise
    await expect(sweep()).rejects.toBeInstanceOf(UnitsFailedError);
    expect(await sweep()).toMatchObject({ failed: { length: 1 } });
    writeFileSync(file, whole);
    expect(await sweep()).toMatchObject({ reused: 2, failed: [] });
    expect(await sweep()).toMatchObject({ reused: 3 });
  });

  it('are recorded and left out also where each checkpoint draws its own prompts', async () => {
    const { folder } = damaged();
    const db = join(folder, 'a.duckdb');
    const { sweep } = counted(db, folder, { ...SETTINGS, promptSet: 'correct' });
    await expect(sweep()).rejects.toBeInstanceOf(UnitsFailedError);
    expect(
      await rows(
        db,
        `SELECT step, measure, error_kind, prompts_hash FROM units WHERE state = 'failed' ORDER BY measure`,
      ),
    ).toEqual([
      [10, 'accuracy', 'safetensors', null],
      [10, 'components', 'safetensors', null],
    ]);
    expect(await sweep()).toMatchObject({ reused: 2, failed: [{ seed: 0, step: 10 }] });
  });

  it('are tried again when config.json or what the manifest promises changes', async () => {
    const { folder, file, whole } = damaged();
    writeFileSync(file, whole);
    const config = join(folder, 'seed0', 'step10', 'config.json');
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, text.replace('gpt_neox', 'gpt_neo'));
    const db = join(folder, 'a.duckdb');
    const { sweep } = counted(db, folder);
    await expect(sweep()).rejects.toMatchObject({ kind: 'architecture' });
    expect(await sweep()).toMatchObject({ failed: [{ step: 10, kind: 'architecture' }] });
    writeFileSync(config, text);
    const promise = (hash: string) => {
      changeManifest(folder, (manifest) => ({
        ...manifest,
        runs: manifest.runs.map((run) => ({
          ...run,
          checkpoints: run.checkpoints.map((one) =>
            one.step === 10 ? { ...one, files: { 'model.safetensors': hash } } : one,
          ),
        })),
      }));
    };
    promise('0'.repeat(64));
    await expect(sweep({ settings: { ...SETTINGS, minPrompts: 4 } })).rejects.toMatchObject({
      kind: 'checksum',
    });
    changeManifest(folder, (manifest) => ({ ...manifest }));
    expect(await sweep({ settings: { ...SETTINGS, minPrompts: 4 } })).toMatchObject({
      failed: { length: 1 },
    });
    const { createHash } = await import('node:crypto');
    promise(createHash('sha256').update(whole).digest('hex'));
    expect(await sweep({ settings: { ...SETTINGS, minPrompts: 4 } })).toMatchObject({
      reused: 2,
      failed: [],
    });
  });
});
