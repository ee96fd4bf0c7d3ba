import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findSuite, isHubSuite, type Suite } from '../../src/config/find-suite.js';
import { openHub } from '../../src/hub/hub.js';
import { openBudget } from '../../src/hub/cache/budget.js';
import { resolveConfig } from '../../src/config/sweep-config.js';
import { fetchSuite } from '../../src/sweep/sources/fetch-suite.js';
import { planRuns } from '../../src/sweep/sources/checkpoints.js';
import { hubAt } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';
import { smallOnHub } from '../support/small-on-hub.js';
import { smallSuite } from '../support/suites.js';

let local: Suite;

beforeAll(async () => {
  local = await smallSuite(mkdtempSync(join(tmpdir(), 'heuristrace-suite-')));
});

afterAll(() => {
  rmSync(local.folder, { recursive: true });
});

/** Plans runs of the small suite, of steps 0, 10 and 30, without a network, where some steps were fetched before. */
async function offlineWith(fetched: string | null, change: (manifest: string) => string = (text) => text) {
  const { hub, manifest } = await smallOnHub(local);
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"revision":"step30"', '"revision":"main"'));
  const cacheDir = scratchFolder();
  const suite = await findSuite(manifest, () => undefined);
  if (!isHubSuite(suite)) throw new Error('the small suite lies on the Hub');
  if (fetched !== null)
    await fetchSuite({
      suite,
      hub: hubAt(hub, { cacheDir }),
      seeds: [],
      steps: fetched,
      limitBytes: Infinity,
    });
  writeFileSync(manifest, change(readFileSync(manifest, 'utf8')));
  const offline = openHub({ cacheDir, offline: true, env: {} });
  const access = async () => ({
    hub: offline,
    budget: await openBudget({ hub: offline, limitBytes: Infinity }),
  });
  const notes: string[] = [];
  const plan = async (...steps: string[]) => {
    const [run] = await planRuns(
      await findSuite(manifest, () => undefined),
      resolveConfig('the test', { steps }),
      {
        ...{ nearest: () => undefined, withReference: true, access },
        onNote: (line) => notes.push(line),
      },
    );
    return { reference: run?.reference.step, selected: run?.selected.map(({ step }) => step) };
  };
  return { plan, notes };
}

it('an empty cache is said to be one', async () => {
  const { plan } = await offlineWith(null);
  for (const steps of [['0'], ['log'], []])
    await expect(plan(...steps)).rejects.toMatchObject({
      exitCode: 64,
      missing: 'any checkpoint of tests/small',
    });
});

it('the last checkpoint is the one that the manifest states, not the last in the cache', async () => {
  const { plan } = await offlineWith('0,10');
  for (const steps of ['all', 'last:1', '10'])
    await expect(plan(steps)).rejects.toMatchObject({
      exitCode: 64,
      missing: 'step 30 of tests/small, the reference checkpoint of seed 0',
    });
});

it('what is asked for and not cached is named', async () => {
  const { plan, notes } = await offlineWith('0,30');
  await expect(plan('0,10')).rejects.toMatchObject({ exitCode: 64, missing: 'step 10 of tests/small' });
  await expect(plan('5..20')).rejects.toMatchObject({ exitCode: 64, missing: 'step 10 of tests/small' });
  expect(notes).toEqual([]);
  expect(await plan('0')).toEqual({ reference: 30, selected: [30, 0] });
  expect(notes).toEqual([]);
  expect(await plan('all')).toEqual({ reference: 30, selected: [30, 0] });
  expect(notes).toEqual(['offline: the cache does not hold step 10 of tests/small; left out']);
});

it('steps that are known to be missing on the Hub are not missed in the cache', async () => {
  const { plan, notes } = await offlineWith('0,10', (text) => {
    const fault = { kind: 'missing', steps: '30', note: 'never there', report: 'https://example.org' };
    return JSON.stringify({ ...(JSON.parse(text) as object), faults: [fault] });
  });
  expect(await plan('all')).toEqual({ reference: 10, selected: [10, 0] });
  expect(notes).toEqual([]);
});

it('where the branches alone say which steps there are, the reference checkpoint is named', async () => {
  const { plan, notes } = await offlineWith('0,10', (text) => text.replace('"0,10,30"', 'null'));
  expect(await plan('all')).toEqual({ reference: 10, selected: [10, 0] });
  expect(notes).toEqual([
    expect.stringMatching(/only what the cache holds is known.*step 10, is the reference/),
  ]);
});
