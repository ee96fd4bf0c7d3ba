import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findSuite } from '../../src/config/find-suite.js';
import { resolveConfig } from '../../src/config/sweep-config.js';
import type { SweepForecast } from '../../src/sweep/plan/forecast.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import { showPlan } from '../../src/sweep/plan/show-plan.js';
import { scratchFolder } from '../support/scratch.js';
import { smallSuite } from '../support/suites.js';
import { QUICK, sweepSuite } from '../support/sweeping.js';

it('shows what is stored and what a sweep would do, in its order, and changes nothing', async () => {
  const folder = scratchFolder();
  await smallSuite(folder, [0, 1]);
  const db = join(folder, 'a.duckdb');
  const settings = { measures: ['accuracy', 'faithfulness'] };
  const forecasts: SweepForecast[] = [];
  const plan = async (more: object = {}, shard?: { index: number; count: number }) => {
    const config = resolveConfig('the test', { ...QUICK, ...settings, ...more });
    const suite = await findSuite(folder, () => undefined);
    const presets = config.presets.flatMap((name) => PRESETS[name] ?? []);
    const request = { suite, config, presets, db, workers: 0, nearest: () => undefined, shard };
    const found = await showPlan(request, { onForecast: (forecast) => forecasts.push(forecast) });
    return found.map(({ seed, step, state }) => `${seed}/${step} ${state}`);
  };
  const all = ['0/30', '1/30', '0/0', '1/0', '0/10'];
  expect(await plan()).toEqual(all.map((at) => `${at} to do`));
  expect(forecasts[0]?.fetchBytes).toBe(0);
  await sweepSuite(db, { folder, settings: { ...settings, seeds: [0], steps: [30] } });
  expect(await plan()).toEqual(['0/30 stored', ...all.slice(1).map((at) => `${at} to do`)]);
  expect(await plan({ order: 'forward', seeds: [0] })).toEqual(['0/30 stored', '0/0 to do', '0/10 to do']);
  // Shards take them in turns; the second needs the reference checkpoint of the first, but that of seed 1 is its own.
  expect(await plan({}, { index: 0, count: 2 })).toEqual(['0/30 stored', '0/0 to do', '0/10 to do']);
  expect(await plan({ threshold: 0.7 }, { index: 2, count: 5 })).toEqual(['0/30 elsewhere', '0/0 to do']);
});
