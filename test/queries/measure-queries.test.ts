import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratch } from '../store/example.js';
import { buildWholeExample } from '../store/whole-example.js';
import { answersOf } from './answer.js';

const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'whole.duckdb');
const answer = answersOf(db);
beforeAll(() => buildWholeExample(db));

describe('effects', () => {
  it('component-effects at the last measured step', async () => {
    const columns = 'step component position token n not_finite mean_logit mean_e median_e null_reason';
    expect(await answer('component-effects', { operator: '+' }, columns)).toEqual([
      [1000, 'MLP 1', 3, 'op2', 10, 2, 0.5, 2, 0.25, null],
      [1000, 'MLP 1', 4, '=', 10, 2, 0.75, 3, 0.25, null],
      [1000, 'MLP 2', 4, '=', 10, 2, 2, 40, 0.25, null],
      [1000, 'head 1.0', 3, 'op2', 10, 2, 0.25, 8, 0.25, null],
      [1000, 'head 1.0', 4, '=', 10, 2, 0.125, 9, 0.25, null],
      [1000, 'head 1.1', 4, '=', 10, 2, 0.5, 1, 0.25, null],
      [1000, 'head 2.0', 3, 'op2', 10, 2, -0.25, 0.5, 0.25, null],
      [1000, 'head 2.0', 4, '=', 10, 10, -0.5, null, null, null],
    ]);
    const mlps = { kind: 'mlp', operator: '*', step: 100 };
    expect(await answer('component-effects', mlps, 'step layer head mean_logit null_reason')).toEqual([
      [100, 1, null, null, 'too_few_correct'],
      [100, 1, null, null, 'too_few_correct'],
      [100, 2, null, null, 'too_few_correct'],
    ]);
  });

  it('component-effects-by-step', async () => {
    const place = { kind: null, layer: 1, head: 0, position: 4 };
    expect(
      await answer('component-effects-by-step', place, 'operator step tokens mean_logit mean_e null_reason'),
    ).toEqual([
      ['+', 0, 0, null, null, 'too_few_correct'],
      ['+', 100, 200_000_000, 0.0625, 4.5, null],
      ['+', 1000, 2_000_000_000, 0.125, 9, null],
      ['*', 0, 0, null, null, 'too_few_prompts'],
      ['*', 100, 200_000_000, null, null, 'too_few_correct'],
      ['*', 1000, 2_000_000_000, 0.5, 36, null],
    ]);
  });

  it('head-ranking: by the largest effect over positions, in both forms', async () => {
    const columns = 'component rank_logit effect_logit position_logit rank_e effect_e position_e';
    expect(await answer('head-ranking', { operator: '+' }, columns)).toEqual([
      ['head 1.1', 0, 0.5, 4, 1, 1, 4],
      ['head 1.0', 1, 0.25, 3, 0, 9, 4],
      ['head 2.0', 2, -0.25, 3, 2, 0.5, 3],
    ]);
    const best = { operator: '+', most: 1 };
    expect(await answer('head-ranking', best, 'component')).toEqual([['head 1.1'], ['head 1.0']]);
    const unmeasured = { operator: '*', step: 100 };
    expect(await answer('head-ranking', unmeasured, 'component rank_logit rank_e null_reason')).toEqual([
      ['head 1.0', null, null, 'too_few_correct'],
      ['head 1.1', null, null, 'too_few_correct'],
      ['head 2.0', null, null, 'too_few_correct'],
    ]);
  });

  it('neuron-effects-top', async () => {
    const columns = 'place name score rank top attribution_mean exact_mean n_heuristics best_heuristic';
    expect(await answer('neuron-effects-top', { operator: '+' }, columns)).toEqual([
      [0, '2.0', 1.125, 0, true, 1, 1.25, 1, 'result = 0 mod 2'],
      [1, '1.0', 0.75, 0, true, 0.5, 0.625, 1, 'op1 in [0,10)'],
      [2, '1.1', 0.625, 1, false, 0.125, null, 0, 'op1 in [0,10)'],
      [3, '2.1', -0.1875, 1, false, -0.25, -0.5, 2, 'result = 0 mod 2'],
    ]);
    const few = { layer: 1, most: 1, step: 100 };
    expect(await answer('neuron-effects-top', few, 'operator step name score null_reason')).toEqual([
      ['+', 100, '1.0', 0.375, null],
      ['*', 100, '1.0', null, 'too_few_correct'],
    ]);
  });

  it('effect-agreement: all layers together, or each', async () => {
    const columns = 'step layer n pearson spearman top_k top_overlap null_reason';
    expect(await answer('effect-agreement', { operator: '+' }, columns)).toEqual([
      [0, null, 0, null, null, null, null, 'too_few_correct'],
      [100, null, 3, 0.625, 1, 2, 0.5, null],
      [1000, null, 3, 0.875, 1, 2, 0.5, null],
    ]);
    const each = { operator: '*', layer: null };
    expect((await answer('effect-agreement', each, columns)).filter(([step]) => step === 1000)).toEqual([
      [1000, null, 3, 0.875, 1, 2, 0.5, null],
      [1000, 1, 1, null, null, null, null, 'not_tried'],
      [1000, 2, 2, 1, -1, 1, 0, null],
    ]);
    expect(await answer('effect-agreement', { ...each, layer: 2 }, 'step layer')).toEqual([
      [0, 2],
      [100, 2],
      [1000, 2],
    ]);
  });
});

describe('circuits and probes', () => {
  it('faithfulness-curve, each operator at its last measured step', async () => {
    const columns = 'operator step derived kept circuit n faithfulness ci_low ci_high accuracy';
    expect(await answer('faithfulness-curve', {}, columns)).toEqual([
      ['+', 1000, 'here', 0, '0 heads', 8, 0.25, 0.1875, 0.375, 0.25],
      ['+', 1000, 'here', 1, '1 head', 7, 0.75, 0.6875, 0.875, 0.75],
      ['+', 1000, 'reference', 1, '1 head', 6, 0.8125, 0.75, 0.9375, 0.8125],
      ['*', 100, 'here', 0, '0 heads', 8, -0.0625, -0.125, 0.0625, 0],
      ['*', 100, 'here', 1, '1 head', 7, 0.0625, 0, 0.1875, 0.0625],
      ['*', 100, 'reference', 1, '1 head', 6, 0.125, 0.0625, 0.25, 0.125],
    ]);
    const neurons = { kind: 'neurons', derived: 'here', operator: '+', step: 100 };
    expect(await answer('faithfulness-curve', neurons, 'kept heads neurons faithfulness')).toEqual([
      [1, 1, 2, 0.3125],
      [2, 1, 4, 0.4375],
    ]);
  });

  it('faithfulness-by-step', async () => {
    const head = { operator: '+', circuit: '1 head' };
    expect(
      await answer('faithfulness-by-step', head, 'derived step n below_floor faithfulness null_reason'),
    ).toEqual([
      ['here', 0, 0, 0, null, 'too_few_prompts'],
      ['here', 100, 7, 1, 0.375, null],
      ['here', 1000, 7, 1, 0.75, null],
      ['reference', 0, 0, 0, null, 'too_few_prompts'],
      ['reference', 100, 6, 2, 0.25, null],
      ['reference', 1000, 6, 2, 0.8125, null],
    ]);
    const failed = { operator: '*', kind: 'heads', derived: 'reference' };
    expect((await answer('faithfulness-by-step', failed, 'step below_floor null_reason')).at(-1)).toEqual([
      1000,
      8,
      'denominator_below_floor',
    ]);
  });

  it('mutual-faithfulness', async () => {
    const columns =
      'operator step heuristic_neurons mutual_neurons heuristic_faithfulness mutual_faithfulness ratio null_reason';
    expect(await answer('mutual-faithfulness', {}, columns)).toEqual([
      ['+', 0, 3, 2, null, null, null, 'too_few_prompts'],
      ['+', 100, 3, 2, 0.5, 0.375, 0.75, null],
      ['+', 1000, 3, 2, 0.625, 0.5625, 0.9, null],
      ['*', 0, 3, 2, null, null, null, 'too_few_prompts'],
      ['*', 100, 3, 2, 0.03125, 0.015625, null, 'denominator_below_floor'],
      ['*', 1000, 3, 2, null, null, null, 'denominator_below_floor'],
    ]);
    const low = { floor: 0.01, operator: '*' };
    expect((await answer('mutual-faithfulness', low, 'step ratio null_reason'))[1]).toEqual([100, 0.5, null]);
  });

  it('probe-by-layer and probe-by-step', async () => {
    const columns = 'step layer token test_accuracy train_accuracy majority';
    expect(await answer('probe-by-layer', { operator: '+' }, columns)).toEqual([
      [1000, 0, 'op2', 0.0625, 0.53125, 0.0625],
      [1000, 0, '=', 0.25, 0.625, 0.0625],
      [1000, 1, 'op2', 0.125, 0.5625, 0.0625],
      [1000, 1, '=', 0.5, 0.75, 0.0625],
      [1000, 2, 'op2', 0.25, 0.625, 0.0625],
      [1000, 2, '=', 1, 1, 0.0625],
    ]);
    const times = { operator: '*', position: 4 };
    expect(await answer('probe-by-layer', times, 'step layer test_accuracy')).toEqual([
      [100, 0, 0.0625],
      [100, 1, 0.125],
      [100, 2, 0.25],
    ]);
    expect(await answer('probe-by-step', { layer: 2 }, 'operator step test_accuracy null_reason')).toEqual([
      ['+', 0, 0.125, null],
      ['+', 100, 0.5, null],
      ['+', 1000, 1, null],
      ['*', 0, null, 'too_few_prompts'],
      ['*', 100, 0.25, null],
      ['*', 1000, null, 'too_few_prompts'],
    ]);
  });
});

describe('knock-outs and failures', () => {
  it('heuristic-knockouts, the largest difference first', async () => {
    const columns = 'heuristic neurons drop_associated drop_other difference null_reason';
    expect(await answer('heuristic-knockouts', {}, columns)).toEqual([
      ['op1 in [0,10)', 1, 0.75, 0.25, 0.5, null],
      ['result = 0 mod 2', 2, 0.5, 0.625, -0.125, null],
      ['op2 ~ .0.', 1, null, 0, null, 'too_few_correct'],
    ]);
    expect(await answer('heuristic-knockouts', { most: 1 }, 'heuristic')).toEqual([['op1 in [0,10)']]);
    expect(await answer('heuristic-knockouts', { family: 'mod' }, 'heuristic')).toEqual([
      ['result = 0 mod 2'],
    ]);
    // (6 + 1) / 10 - (4 + 1) / 18 -+ 1.96 sqrt(0.7 x 0.3 / 10 + 5/18 x 13/18 / 18)
    const [interval] = await answer('heuristic-knockouts', {}, 'difference_low difference_high');
    const half = 1.96 * Math.sqrt(0.021 + 65 / 324 / 18);
    expect(interval?.[0]).toBeCloseTo(0.7 - 5 / 18 - half, 10);
    expect(interval?.[1]).toBeCloseTo(0.7 - 5 / 18 + half, 10);
  });

  it('knockouts-by-step: means over heuristics, and operators without any', async () => {
    const columns =
      'operator step heuristics not_measured mean_neurons drop_associated drop_other difference share_above_zero null_reason';
    expect(await answer('knockouts-by-step', {}, columns)).toEqual([
      ['+', 0, 0, 0, null, null, null, null, null, 'not_tried'],
      ['+', 100, 1, 0, 1, 0.25, 0, 0.25, 1, null],
      ['+', 1000, 2, 1, 1.5, 0.625, 0.4375, 0.1875, 0.5, null],
      ...[0, 100, 1000].map((step) => ['*', step, 0, 0, null, null, null, null, null, 'not_tried']),
    ]);
    const quarters = 'difference_low_quarter difference_high_quarter';
    expect((await answer('knockouts-by-step', { operator: '+' }, quarters))[2]).toEqual([0.03125, 0.34375]);
    const patterns = { family: 'pattern', operator: '+' };
    expect((await answer('knockouts-by-step', patterns, 'heuristics not_measured null_reason'))[2]).toEqual([
      0,
      1,
      'too_few_correct',
    ]);
  });

  it('prompt-knockouts', async () => {
    const columns = 'neurons_per_layer kind step n correct accuracy ci_low ci_high mean_neurons null_reason';
    expect(await answer('prompt-knockouts', { operator: '+', neurons_per_layer: 2 }, columns)).toEqual([
      [2, 'associated', 0, 0, null, null, null, null, null, 'too_few_correct'],
      [2, 'associated', 100, 8, 5, 0.625, 0.3125, 0.8125, 2.5, null],
      [2, 'associated', 1000, 8, 2, 0.25, 0.125, 0.625, 2.5, null],
      [2, 'control', 0, 0, null, null, null, null, null, 'too_few_correct'],
      [2, 'control', 100, 8, 7, 0.875, 0.4375, 0.9375, 2.5, null],
      [2, 'control', 1000, 8, 6, 0.75, 0.375, 0.875, 2.5, null],
    ]);
    expect(await answer('prompt-knockouts', {}, 'operator')).toHaveLength(24);
  });

  it('failure-modes, with the interval of each mean', async () => {
    const columns = 'prompts step n mean_neurons neurons_low neurons_high mean_logit_sum null_reason';
    expect(await answer('failure-modes', { operator: '+' }, columns)).toEqual([
      ['correct', 0, 2, null, null, null, null, 'too_few_correct'],
      ['correct', 100, 4, 2, 2 - 0.98, 2 + 0.98, 0.5, null],
      ['correct', 1000, 16, 3, 3 - 0.98, 3 + 0.98, 1.5, null],
      ['incorrect', 0, 4, 0.5, 0.5 - 0.245, 0.5 + 0.245, 0.125, null],
      ['incorrect', 100, 16, 1, 1 - 0.245, 1 + 0.245, 0.25, null],
      ['incorrect', 1000, 2, null, null, null, null, 'too_few_prompts'],
    ]);
    const times = await answer(
      'failure-modes',
      { operator: '*' },
      'step prompts logit_sum_low logit_sum_high',
    );
    expect(times.at(-1)).toEqual([1000, 'incorrect', 0.3125 - 0.784, 0.3125 + 0.784]);
  });
});

describe('costs and gaps', () => {
  it('where-time-went', async () => {
    // accuracy and classification ran at five checkpoints, the others at four
    const total = 7.5 + 7.5 + (4 + 2 + 3 + 8 + 6 + 1 + 0.5) * 4 + 7 * 2.1;
    const expected = (seconds: number) => seconds * 4 + 2.1;
    const rows = await answer('where-time-went', {}, 'measure preset units seconds share longest_seconds');
    expect(rows.map(([measure, preset, units]) => [measure, preset, units])).toEqual([
      ['faithfulness', 'paper', 4],
      ['knockouts', 'paper', 4],
      ['components', null, 4],
      ['probe', null, 4],
      ['attribution', null, 4],
      ['accuracy', null, 5],
      ['classification', 'paper', 5],
      ['failures', 'paper', 4],
      ['maps', 'paper', 4],
    ]);
    expect(rows[0]?.[3]).toBeCloseTo(expected(8), 10);
    expect(rows[0]?.[4]).toBeCloseTo(expected(8) / total, 10);
    expect(rows[0]?.[5]).toBe(9);
    expect(rows.reduce((sum, row) => sum + Number(row[4]), 0)).toBeCloseTo(1, 10);
    expect((await answer('where-time-went', {}, 'longest_step mean_seconds'))[5]).toEqual([0, 1.5]);
  });

  it('null-values names every table', async () => {
    const rows = await answer(
      'null-values',
      {},
      'measure fact operator null_reason checkpoints rows first_step',
    );
    const facts = [...new Set(rows.map(([measure, fact]) => JSON.stringify([measure, fact])))];
    expect(facts).toEqual([
      '[\"accuracy\",\"accuracy\"]',
      '[\"attribution\",\"effect_agreement\"]',
      '[\"attribution\",\"neuron_effects\"]',
      '[\"classification\",\"neurons\"]',
      '[\"components\",\"component_effects\"]',
      '[\"failures\",\"failure_modes\"]',
      '[\"faithfulness\",\"faithfulness\"]',
      '[\"knockouts\",\"heuristic_knockouts\"]',
      '[\"knockouts\",\"prompt_knockouts\"]',
      '[\"maps\",\"neuron_maps\"]',
      '[\"probe\",\"probe_accuracy\"]',
    ]);
    expect(rows.filter(([, fact, operator]) => fact === 'faithfulness' && operator === '*')).toEqual([
      ['faithfulness', 'faithfulness', '*', 'denominator_below_floor', 2, 14, 1000],
      ['faithfulness', 'faithfulness', '*', 'too_few_prompts', 1, 7, 0],
    ]);
    expect(rows.filter(([, fact]) => fact === 'heuristic_knockouts')).toEqual([
      ['knockouts', 'heuristic_knockouts', '+', 'too_few_correct', 2, 2, 1000],
    ]);
  });

  it('configurations-in-force and sweep-command know the settings of every measure', async () => {
    const columns =
      'measure preset threshold exact_neurons probe_learning_rate circuit_heads knockout_limits checkpoints';
    expect(await answer('configurations-in-force', {}, columns)).toEqual([
      ['accuracy', null, null, null, null, null, null, 5],
      ['attribution', null, null, 3, null, null, null, 4],
      ['classification', 'paper', 0.6, null, null, null, null, 5],
      ['components', null, null, null, null, null, null, 4],
      ['failures', 'paper', 0.6, null, null, null, null, 4],
      ['faithfulness', 'paper', 0.6, null, null, '0,1,2', null, 4],
      ['knockouts', 'paper', 0.6, null, null, null, '1,2', 4],
      ['maps', 'paper', 0.6, null, null, null, null, 4],
      ['probe', null, null, null, 0.0003, null, null, 4],
    ]);
    const settings =
      'measures presets neurons rank_by counterfactuals case_prompts map_neurons map_cells probe_epochs';
    expect(await answer('sweep-command', {}, settings)).toEqual([
      [
        'accuracy,attribution,classification,components,failures,faithfulness,knockouts,maps,probe',
        'paper',
        'all',
        'logit',
        'all-operators',
        ...[25, 2, 2],
        20,
      ],
    ]);
  });
});
