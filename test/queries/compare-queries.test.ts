import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildComparedRuns, judgeComparedRuns } from '../report/compared-runs.js';
import { scratch } from '../store/example.js';
import { answersOf } from './answer.js';
import { holdOpen } from './hold-open.js';

const { folder, remove } = scratch();
const db = join(folder, 'compared.duckdb');
let close: () => Promise<void>;
beforeAll(async () => {
  await buildComparedRuns(db);
  await judgeComparedRuns(db);
  close = await holdOpen([db]);
});
afterAll(async () => {
  await close();
  remove();
});
const answer = answersOf(db);

describe('queries that compare runs', () => {
  it('compare-runs: suites and single seeds, in the order asked', async () => {
    const columns = 'run suite seeds seed_names checkpoints operators last_tokens measured tokens_unknown';
    expect(await answer('compare-runs', { runs: 'pair@1,toy,lost,nowhere,pair' }, columns)).toEqual([
      ['pair@1', 'pair', 1, '1', 4, '+, *', 2_000_000_000, true, false],
      ['toy', 'toy', 1, '0', 4, '+, *', 2_000_000_000, true, false],
      ['lost', 'lost', 1, '0', 4, '+, *', null, true, true],
      ['pair', 'pair', 2, '0, 1', 8, '+, *', 2_000_000_000, true, false],
    ]);
    expect((await answer('compare-runs', {}, 'run')).flat()).toEqual([
      'half-1m',
      'half-2m',
      'lost',
      'other',
      'pair',
      'toy',
      'twins',
    ]);
  });

  it('compare-scope', async () => {
    const columns =
      'runs measured preset preset_runs not_all_classified several_seeds one_seed from_zero first_tokens last_tokens';
    expect(await answer('compare-scope', { runs: 'toy,pair' }, columns)).toEqual([
      [2, 2, 'paper', 2, false, true, true, true, 20_000_000, 2_000_000_000],
    ]);
    expect(await answer('compare-scope', { runs: 'other,lost' }, columns)).toEqual([
      [2, 2, 'paper', 2, false, false, true, false, 200_000_000, 2_000_000_000],
    ]);
    expect(await answer('compare-scope', { runs: 'nowhere' }, columns)).toEqual([]);
  });

  it('compare-by-tokens: the mean over seeds with their range, of one seed with its interval over prompts', async () => {
    const columns = 'run step tokens value low high spread seeds complete null_reason';
    const asked = { runs: 'pair,toy,lost', quantity: 'accuracy', operator: '+' };
    const rows = await answer('compare-by-tokens', asked, columns);
    expect(rows.map(([run]) => run)).toEqual([
      ...Array<string>(4).fill('pair'),
      ...Array<string>(4).fill('toy'),
    ]);
    expect(rows[2]).toEqual(['pair', 100, 200_000_000, 0.45, 0.4, 0.5, 'seeds', 2, true, null]);
    expect(rows[6]).toEqual(['toy', 100, 200_000_000, 0.5, 0.45, 0.55, 'prompts', 1, true, null]);
    const times = { runs: 'toy', quantity: 'accuracy', operator: '*' };
    expect((await answer('compare-by-tokens', times, columns))[0]).toEqual([
      ...['toy', 0, 0, null, null, null, null, 0, false],
      'too_few_prompts',
    ]);
  });

  it('compare-by-tokens: every quantity', async () => {
    const columns = 'quantity step value';
    const on = { runs: 'other', operator: '+' };
    expect(await answer('compare-by-tokens', on, columns)).toEqual([
      ['classified', 100, 0],
      ['classified', 1000, 0.5],
      ['faithfulness', 100, 0.5],
      ['faithfulness', 1000, 0.625],
      ['knockout_drop', 100, 0.25],
      ['knockout_drop', 1000, 0.1875],
      ['shared_with_reference', 100, 0.25],
      ['shared_with_reference', 1000, 1],
      ['accuracy', 100, 0.5],
      ['accuracy', 1000, 1],
    ]);
    const families = { ...on, quantity: 'classified', family: 'mod' };
    expect(await answer('compare-by-tokens', families, 'family step value')).toEqual([
      ['mod', 100, null],
      ['mod', 1000, null],
    ]);
  });

  it('compare-at-tokens: the nearest checkpoint within the factor, and an interval over prompts', async () => {
    const columns = 'run first_tokens tokens first_value value difference told_apart overlap is_last leads';
    const on = { runs: 'toy,half-2m,half-1m', quantity: 'accuracy' };
    const rows = await answer('compare-at-tokens', on, columns);
    expect(rows.slice(0, 4)).toEqual([
      ['half-2m', 0, 0, 0, 0, 0, false, true, false, true],
      ['half-2m', 20_000_000, 21_000_000, 0.1, 0.05, -0.05, false, true, false, false],
      ['half-2m', 200_000_000, 210_000_000, 0.5, 0.25, -0.25, true, false, false, false],
      ['half-2m', 2_000_000_000, 2_100_000_000, 1, 0.5, -0.5, true, false, true, true],
    ]);
    const tenfold = rows.filter(([run]) => run === 'half-1m');
    expect(tenfold.map(([, first, tokens]) => [first, tokens])).toEqual([
      [0, 0],
      [200_000_000, 200_000_000],
      [2_000_000_000, 2_000_000_000],
      [200_000_000, 200_000_000],
      [2_000_000_000, 2_000_000_000],
    ]);
    const strict = await answer('compare-at-tokens', { ...on, factor: 1.01 }, 'run first_tokens');
    expect(strict.filter(([run]) => run === 'half-2m')).toEqual([['half-2m', 0]]);
    // 0.25 - 0.5 -+ the root of the sum of squares of 0.025 and 0.05
    const [, , interval] = await answer('compare-at-tokens', on, 'difference_low difference_high spread');
    expect(interval?.[0]).toBeCloseTo(-0.25 - Math.hypot(0.025, 0.05), 12);
    expect(interval?.[1]).toBeCloseTo(-0.25 + Math.hypot(0.025, 0.05), 12);
    expect(interval?.[2]).toBe('prompts');
  });

  it('compare-at-tokens: over seeds where both runs have several, and none between one and several', async () => {
    const columns = 'step difference difference_low difference_high spread no_interval';
    const mixed = await answer('compare-at-tokens', { runs: 'toy,pair', quantity: 'accuracy' }, columns);
    expect(mixed[2]).toEqual([100, 0.45 - 0.5, null, null, null, true]);
    const seeds = await answer('compare-at-tokens', { runs: 'pair,twins', quantity: 'accuracy' }, columns);
    // Seeds at 0.5 and 0.4 against 0.3 and 0.25: 1.47 degrees of freedom by Welch, rounded down to 1, where t is 12.706.
    const half = 12.706 * Math.sqrt(0.005 / 2 + 0.00125 / 2);
    expect(seeds[2]?.slice(4)).toEqual(['seeds', false]);
    expect(seeds[2]?.[1]).toBeCloseTo(-0.175, 12);
    expect(seeds[2]?.[2]).toBeCloseTo(-0.175 - half, 12);
    expect(seeds[2]?.[3]).toBeCloseTo(-0.175 + half, 12);
  });

  it('compare-reached: between which tokens, and who is first', async () => {
    const columns =
      'run operator reached after_tokens by_tokens next_run first_apart first_not_apart only_one none';
    expect(await answer('compare-reached', { runs: 'half-2m,toy,half-1m' }, columns)).toEqual([
      ['toy', '+', true, 20_000_000, 200_000_000, 'half-2m', true, false, false, false],
      ['half-2m', '+', true, 210_000_000, 2_100_000_000, 'half-1m', false, false, false, false],
      ['half-1m', '+', true, 2_000_000_000, 20_000_000_000, null, false, false, false, false],
      ['half-2m', '*', false, null, null, null, false, false, false, true],
      ['toy', '*', false, null, null, null, false, false, false, false],
      ['half-1m', '*', false, null, null, null, false, false, false, false],
    ]);
    const low = { runs: 'toy,half-2m,lost', level: 0.25 };
    expect(await answer('compare-reached', low, columns)).toEqual([
      ['toy', '+', true, 20_000_000, 200_000_000, 'half-2m', false, true, false, false],
      ['half-2m', '+', true, 21_000_000, 210_000_000, null, false, false, false, false],
      ['toy', '*', true, 20_000_000, 200_000_000, null, false, false, true, false],
      ['half-2m', '*', false, null, null, null, false, false, false, false],
    ]);
    const seeds = 'run seeds seeds_reached reached after_tokens by_tokens highest';
    expect((await answer('compare-reached', { runs: 'pair' }, seeds))[0]).toEqual([
      ...['pair', 2, 2, true, 20_000_000, 2_000_000_000, 1],
    ]);
    expect((await answer('compare-reached', { runs: 'pair', level: 0.9 }, seeds))[0]).toEqual([
      ...['pair', 2, 1, false, null, null, 1],
    ]);
  });

  it('compare-emergence: times of one seed, the mean of several, and who is told apart from the next', async () => {
    const columns =
      'run seeds verdicts tokens low_tokens high_tokens bounded leads next_run next_tokens apart overlap';
    expect(await answer('compare-emergence', { runs: 'pair,half-2m,toy', part: 'halfway' }, columns)).toEqual(
      [
        ['toy', 1, 'gradual', 2e8, 1.8e8, 2.2e8, true, true, 'half-2m', 3e8, true, false],
        ['half-2m', 1, 'abrupt', 3e8, 2.8e8, 3.2e8, true, false, 'pair', 4e8, null, null],
        ['pair', 2, '1 abrupt, 1 gradual', 4e8, null, null, false, false, null, null, null, null],
      ],
    );
    const seeds = await answer('compare-emergence', { runs: 'pair@0,pair@1,toy' }, 'run verdicts tokens');
    expect(seeds).toEqual([
      ['toy', 'gradual', 2e8],
      ['pair@0', 'gradual', 3.6e8],
    ]);
    expect(await answer('compare-emergence', { runs: 'toy', part: 'onset' }, columns)).toEqual([]);
  });

  it('compare-emergence: a run of several seeds is there where one of them was judged; no interval, no judgement', async () => {
    const columns = 'run seeds tokens bounded next_run overlap no_interval';
    const pair = { runs: 'pair,half-2m', part: 'halfway' };
    expect(await answer('compare-emergence', pair, columns)).toEqual([
      ['half-2m', 1, 3e8, true, 'pair', null, true],
      ['pair', 2, 4e8, false, null, null, false],
    ]);
    const partly = join(folder, 'partly-judged.duckdb');
    copyFileSync(db, partly);
    const instance = await DuckDBInstance.create(partly);
    const connection = await instance.connect();
    await connection.run(`DELETE FROM emergence WHERE suite = 'pair' AND seed = 1`);
    await connection.run(`DELETE FROM emergence_over_seeds WHERE suite = 'pair'`);
    connection.closeSync();
    instance.closeSync();
    const alone = await answersOf(partly)('compare-emergence', { runs: 'pair' }, 'run seeds verdicts tokens');
    expect(alone).toEqual([['pair', 1, 'gradual', 3.6e8]]);
  });

  it('compare-settings: what differs, and nothing when all is alike', async () => {
    expect(await answer('compare-settings', { runs: 'toy,pair' }, 'setting')).toEqual([]);
    expect(
      await answer(
        'compare-settings',
        { runs: 'toy,half-1m,pair' },
        'measure preset setting value runs leads',
      ),
    ).toEqual([
      ['classification', 'paper', 'threshold', '0.75', 'half-1m', true],
      ['classification', 'paper', 'threshold', '0.6', 'pair, toy', false],
    ]);
  });

  it('compare-coverage: a measure that one run lacks stands there with 0', async () => {
    const columns = 'run measure checkpoints done incomplete last_step';
    const rows = await answer('compare-coverage', { runs: 'toy,other' }, columns);
    expect(rows.filter(([, measure]) => measure === 'probe')).toEqual([
      ['toy', 'probe', 4, 0, true, null],
      ['other', 'probe', 2, 2, false, 1000],
    ]);
    const measures = (run: string) => rows.filter(([of]) => of === run).map(([, measure]) => measure);
    expect(measures('toy')).toEqual(measures('other'));
  });

  it('compare-sizes: the suites of one family, the smallest first', async () => {
    const columns = 'model_family suite size block_weights place sizes tokens value is_last leads';
    const asked = { runs: 'toy,half-2m@0', quantity: 'accuracy' };
    const rows = await answer('compare-sizes', asked, columns);
    expect(rows.filter((row) => row[8] === true)).toEqual([
      ['half', 'half-1m', '1m', 240, 1, 2, 20_000_000_000, 0.5, true, true],
      ['half', 'half-1m', '1m', 240, 1, 2, 20_000_000_000, 0.2, true, false],
      ['half', 'half-2m', '2m', 864, 2, 2, 2_100_000_000, 0.5, true, true],
      ['half', 'half-2m', '2m', 864, 2, 2, 2_100_000_000, 0.2, true, false],
    ]);
    expect(await answer('compare-sizes', { runs: 'toy,pair' }, columns)).toEqual([]);
  });

  it('over-seeds', async () => {
    const asked = { suite: 'pair', quantity: 'accuracy' };
    const rows = await answer('over-seeds', asked, 'operator step seeds mean lowest highest');
    expect([rows[0], rows[2]]).toEqual([
      ['+', 0, 2, 0, 0, 0],
      ['+', 100, 2, 0.45, 0.4, 0.5],
    ]);
    expect(await answer('over-seeds', { suite: 'toy' }, 'step')).toEqual([]);
  });
});
