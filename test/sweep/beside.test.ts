import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Suite } from '../../src/config/find-suite.js';
import { DimensionConflictError } from '../../src/store/conflict.js';
import { hubAt } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';
import { SMALL_REPO, revisionOf, smallOnHub } from '../support/small-on-hub.js';
import { changeManifest, smallSuite } from '../support/suites.js';
import { rows, sweepSuite } from '../support/sweeping.js';

let local: Suite;

beforeAll(async () => {
  local = await smallSuite(mkdtempSync(join(tmpdir(), 'heuristrace-suite-')));
});

afterAll(() => {
  rmSync(local.folder, { recursive: true });
});

const SETTINGS = { measures: ['classification'], presets: ['paper'], steps: [10], promptSet: 'all' };

it('neurons of other layers are classified beside the first ones', async () => {
  const db = join(scratchFolder(), 'a.duckdb');
  const sweep = (firstLayer: string) =>
    sweepSuite(db, { folder: local.folder, settings: { ...SETTINGS, firstLayer } });
  await sweep('1');
  await sweep('0');
  expect(
    await rows(
      db,
      `SELECT DISTINCT heuristic_layers_from FROM units JOIN configurations USING (configuration_id)
       WHERE units.measure = 'classification' ORDER BY ALL`,
    ),
  ).toEqual([[0], [1]]);
  const both = await rows(db, 'SELECT count(DISTINCT unit_id) FROM neurons');
  expect(both).toEqual([[2]]);
});

it('a branch that moved and kept its weights takes other measures', async () => {
  const { hub, manifest } = await smallOnHub(local);
  const db = join(scratchFolder(), 'a.duckdb');
  const sweep = (settings: Record<string, unknown>) =>
    sweepSuite(db, { folder: manifest, hub: hubAt(hub), settings: { ...SETTINGS, ...settings } });
  await sweep({ measures: ['accuracy'] });
  const before = await rows(db, 'FROM checkpoints');
  hub.moveBranch(SMALL_REPO, 'step10', { ...revisionOf(local, 10), 'README.md': 'renewed' });
  await sweep({});
  expect(await rows(db, 'FROM checkpoints')).toEqual(before);
  expect(await rows(db, "SELECT DISTINCT measure FROM units WHERE state = 'done' ORDER BY ALL")).toEqual([
    ['accuracy'],
    ['classification'],
  ]);
});

it('a checkpoint with other weights is set aside alone, and its prompts are stored all the same', async () => {
  const folder = scratchFolder();
  await smallSuite(folder);
  changeManifest(folder, (manifest) => ({
    ...manifest,
    runs: manifest.runs.map((run) => ({
      ...run,
      checkpoints: run.checkpoints.map((checkpoint) => ({ ...checkpoint, files: {} })),
    })),
  }));
  const db = join(folder, 'a.duckdb');
  const settings = { ...SETTINGS, measures: ['accuracy'], steps: [0, 10], order: 'forward' };
  await sweepSuite(db, { folder, settings });
  const at = (step: number): string => join(folder, `seed0/step${step}/model.safetensors`);
  copyFileSync(at(30), at(0));
  const other = { ...settings, seed: 1 }; // other prompts are drawn
  const sweep = sweepSuite(db, { folder, settings: other });
  await expect(sweep).rejects.toBeInstanceOf(DimensionConflictError);
  await expect(sweep).rejects.toThrow(/seed 0, step 0 is stored with other values: weights_hash/);
  expect(await rows(db, 'SELECT step, count(*) FROM units GROUP BY step ORDER BY step')).toEqual([
    [0, 1],
    [10, 2],
  ]);
  expect(
    await rows(
      db,
      'SELECT count(DISTINCT prompts_hash) FROM units ANTI JOIN prompts USING (suite, prompts_hash)',
    ),
  ).toEqual([[0]]);
});
