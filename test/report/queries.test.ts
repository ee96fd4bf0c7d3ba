import { afterAll, describe, expect, it } from 'vitest';
import { loadQuery } from '../../src/queries/library.js';
import type { GivenParams } from '../../src/queries/params.js';
import { runQuery } from '../../src/queries/run-query.js';
import { databases, type DatabaseName } from './databases.js';

const { database, remove } = databases();
afterAll(remove);

/** Rows of a query on a database, with the columns named. */
async function answer(
  name: string,
  params: GivenParams,
  columns: string,
  on: DatabaseName = 'example',
): Promise<unknown[][]> {
  const result = await runQuery({ db: await database(on), query: loadQuery({ name }), params });
  const places = columns.split(' ').map((column) => result.columns.findIndex((each) => each.name === column));
  return result.rows.map((row) => places.map((place) => row[place]));
}

const seed = 0;

describe('the facts that the report is worded by', () => {
  it('report-scope', async () => {
    const columns =
      'suite main_seed seeds several_seeds preset operators steps first_step first_step_after_0 last_step units';
    expect(await answer('report-scope', {}, columns)).toEqual([
      ['toy', 0, 2, true, 'paper', '+, *', 4, 0, 10, 1000, 10],
    ]);
    expect(await answer('report-scope', {}, columns, 'accuracyOnly')).toEqual([
      ['toy', 0, 1, false, null, '+, *', 4, 0, 10, 1000, 4],
    ]);
    expect(await answer('report-scope', {}, columns, 'failedOnly')).toEqual([]);
  });

  it('take-off', async () => {
    const columns = 'seed name before_step onset_step half_step onset_tokens took_off';
    expect(await answer('take-off', {}, columns)).toEqual([
      [0, 'addition', 10, 100, 1000, 200_000_000, true],
      [0, 'multiplication', 10, 100, 1000, 200_000_000, true],
      [1, 'addition', null, null, null, null, false],
      [1, 'multiplication', null, null, null, null, false],
    ]);
    expect(await answer('take-off', { seed, floor: 0.3 }, 'operator took_off')).toEqual([
      ['+', true],
      ['*', false],
    ]);
  });

  it('final-accuracy', async () => {
    const columns = 'name step n accuracy held_out gap non_trivial has_split has_non_trivial';
    expect(await answer('final-accuracy', { seed }, columns)).toEqual([
      ['addition', 1000, 100, 1, null, null, null, false, false],
      ['multiplication', 1000, 100, 0.4, null, null, null, false, false],
    ]);
    expect(await answer('final-accuracy', { seed }, columns, 'parts')).toEqual([
      ['addition', 1000, 100, 1, 1, 0, 1, true, true],
      ['multiplication', 1000, 100, 0.4, 0.4, 0, 0.4, true, true],
    ]);
  });

  it('accuracy-by-part', async () => {
    expect(await answer('accuracy-by-part', { operator: '*' }, 'seed step part accuracy', 'parts')).toEqual([
      ...['held out', 'not trivial', 'trained on'].flatMap((part) => [
        [0, 10, part, 0.2],
        [0, 100, part, 0.25],
        [0, 1000, part, 0.4],
      ]),
      ...['held out', 'not trivial', 'trained on'].map((part) => [1, 1000, part, 0.4]),
    ]);
  });

  it('final-classification', async () => {
    const columns =
      'name classified live_neurons share chance excess verdict above not_above peak_share peak_step';
    expect(await answer('final-classification', { seed }, columns)).toEqual([
      ['addition', 3, 4, 0.75, 0.25, 0.5, 'not_told_apart', false, true, 0.75, 1000],
      ['multiplication', 2, 4, 0.5, 0, 0.5, 'not_told_apart', false, true, 0.5, 1000],
    ]);
    // (3 + 1) / 6 - (1 + 1) / 6 -+ 1.96 sqrt(2 x 2/9 / 6)
    const [interval] = await answer('final-classification', { seed }, 'excess_low excess_high');
    expect(interval?.[0]).toBeCloseTo(1 / 3 - 1.96 * Math.sqrt(2 / 27), 10);
    expect(interval?.[1]).toBeCloseTo(1 / 3 + 1.96 * Math.sqrt(2 / 27), 10);
  });

  it('family-trajectories', async () => {
    const columns =
      'family operators over_chance peak_level peak_step half_step last_level noticeable declines';
    expect(await answer('family-trajectories', { seed }, columns)).toEqual([
      ['range', 1, false, 0.5, 10, 0, 0.25, true, true],
      ['mod', 2, false, 0.5, 1000, 1000, 0.5, true, false],
      ['pattern', 1, false, 0.25, 1000, 1000, 0.25, true, false],
    ]);
  });

  it('turnover', async () => {
    const columns =
      'operator pairs_ever alive_at_last died from_the_first from_the_first_alive permanent_half_step births deaths births_from births_to most_births deaths_from deaths_to most_deaths';
    expect(await answer('turnover', { seed }, columns)).toEqual([
      ['+', 5, 4, 1, 1, 1, 1000, 5, 2, 100, 1000, 3, 10, 100, 1],
      ['*', 2, 2, 0, 1, 1, 1000, 2, 1, 100, 1000, 2, 10, 100, 1],
      ['any', 7, 6, 1, 2, 2, 1000, 7, 3, 100, 1000, 5, 10, 100, 2],
    ]);
  });

  it('half-by-operator', async () => {
    const columns = 'name reference_step reference_pairs step before_the_end';
    expect(await answer('half-by-operator', { seed }, columns)).toEqual([
      ['multiplication', 1000, 2, 10, true],
      ['addition', 1000, 4, 1000, false],
    ]);
    expect(await answer('half-by-operator', { seed, operator: 'any' }, columns)).toEqual([
      ['all operators', 1000, 6, 1000, false],
    ]);
    expect(await answer('half-by-operator', { seed, fraction: 0.25 }, 'name step')).toEqual([
      ['addition', 0],
      ['multiplication', 10],
    ]);
  });

  it('shared-by-chance', async () => {
    const rows = await answer('shared-by-chance', { seed }, 'operator step share share_by_chance');
    expect(rows).toEqual([
      ['+', 0, 0.25, 1 / 3 / 4],
      ['+', 10, 0.25, 2 / 4 / 4],
      ['+', 100, 0.25, (1 / 4 + 2 / 4) / 4],
      ['+', 1000, 1, (1 / 4 + (2 * 2) / 4 + 1 / 4) / 4],
      ['*', 0, null, null],
      ['*', 10, 0.5, (2 * 1) / 4 / 2],
      ['*', 100, 0, 0],
      ['*', 1000, 1, (2 * 2) / 4 / 2],
    ]);
  });
});

describe('the figures of where, whether and why', () => {
  const on = 'whole';

  it('report-component-map: MLPs at every position, heads at their best, first and last steps among those shown', async () => {
    const columns = 'step operator layer head token effect';
    expect(await answer('report-component-map', { seed, most: 1 }, columns, on)).toEqual([
      [100, '+', 1, null, 'op2', 0.25],
      [100, '+', 1, null, '=', 0.375],
      [100, '+', 2, null, '=', 1],
    ]);
    const steps = await answer('report-component-map', { seed, most: 2 }, 'step', on);
    expect(new Set(steps.flat())).toEqual(new Set([100, 1000]));
    const few = await answer('report-component-map', { seed, cells: 1 }, 'step', on);
    expect(few).toEqual(steps);
    expect(await answer('report-component-map', { seed: 1, kind: 'head' }, columns, on)).toEqual([
      [1000, '+', 1, 0, 'op2', 0.25],
      [1000, '+', 1, 1, '=', 0.5],
      [1000, '+', 2, 0, 'op2', -0.25],
      [1000, '*', 1, 0, 'op2', 1],
      [1000, '*', 1, 1, '=', 2],
      [1000, '*', 2, 0, 'op2', -1],
    ]);
  });

  it('report-top-components', async () => {
    const columns = 'step component token several names lowest highest';
    expect(await answer('report-top-components', { seed }, columns, on)).toEqual([
      [1000, 'MLP 2', '=', true, 'addition and multiplication', 2, 8],
    ]);
    expect(await answer('report-top-components', { seed, kind: 'head' }, columns, on)).toEqual([
      [1000, 'head 1.1', '=', true, 'addition and multiplication', 0.5, 2],
    ]);
  });

  it('report-fewest-kept', async () => {
    const columns = 'name step kept faithfulness reached not_reached most all_components';
    expect(await answer('report-fewest-kept', { seed }, columns, on)).toEqual([
      ['addition', 1000, null, null, false, true, 1, 6],
      ['multiplication', 100, null, null, false, true, 1, 6],
    ]);
    const [first] = await answer('report-fewest-kept', { seed, threshold: 0.5 }, columns, on);
    expect(first).toEqual(['addition', 1000, 1, expect.any(Number), true, false, 1, 6]);
  });

  it('report-mutual-share and report-circuits-by-step', async () => {
    const columns = 'name reference_step steps mean_ratio most_neurons all_neurons frozen_differs';
    expect(await answer('report-mutual-share', { seed }, columns, on)).toEqual([
      ['addition', 1000, 1, 0.75, 3, 4, false],
    ]);
    const circuits = await answer(
      'report-circuits-by-step',
      { seed },
      'operator circuit step neurons faithfulness null_reason',
      on,
    );
    expect(circuits.slice(0, 3)).toEqual([
      ['+', 'heuristic neurons', 0, 3, null, 'too_few_prompts'],
      ['+', 'heuristic neurons', 100, 3, 0.5, null],
      ['+', 'heuristic neurons', 1000, 3, 0.625, null],
    ]);
  });

  it('report-probe-layers and report-probe-best', async () => {
    const layers = async (most: number) =>
      new Set((await answer('report-probe-layers', { seed, most }, 'layer', on)).flat());
    expect(await layers(6)).toEqual(new Set([0, 1, 2]));
    expect(await layers(2)).toEqual(new Set([0, 2]));
    // Wilson (1927) of 5 in 10
    const wilson = await answer('report-probe-layers', { seed }, 'test_accuracy ci_low ci_high', on);
    const half = wilson.find(([accuracy]) => accuracy === 0.5);
    expect(half?.[1]).toBeCloseTo(0.2366, 4);
    expect(half?.[2]).toBeCloseTo(0.7634, 4);
    const columns = 'name step layer test_accuracy majority above_from above';
    expect(await answer('report-probe-best', { seed }, columns, on)).toEqual([
      ['addition', 1000, 2, 1, 0.0625, 100, true],
      ['multiplication', 100, 2, 0.25, 0.0625, 100, true],
    ]);
  });

  it('report-agreement', async () => {
    const columns = 'last_step last_lowest last_highest last_spread lowest lowest_step lowest_name neurons';
    expect(await answer('report-agreement', { seed }, columns, on)).toEqual([
      [1000, 1, 1, false, 1, 100, 'addition', 3],
    ]);
  });

  it('report-knockout-verdict', async () => {
    const columns =
      'name step heuristics drop_associated drop_other told_apart hurts_own spares_own own_from';
    expect(await answer('report-knockout-verdict', { seed }, columns, on)).toEqual([
      ['addition', 1000, 2, 0.625, 0.4375, 1, true, false, 100],
    ]);
  });

  it('report-prompt-knockouts and the verdict on them', async () => {
    const columns = 'step neurons_per_layer kind accuracy is_last is_most null_reason';
    const rows = await answer('report-prompt-knockouts', { seed }, columns, on);
    expect(rows.slice(0, 3)).toEqual([
      [0, 1, 'own heuristics', null, false, false, 'too_few_correct'],
      [100, 1, 'own heuristics', 0.75, false, false, null],
      [1000, 1, 'own heuristics', 0.5, true, false, null],
    ]);
    const verdict = 'name step neurons_per_layer n associated control apart not_apart apart_from';
    expect(await answer('report-prompt-knockout-verdict', { seed }, verdict, on)).toEqual([
      ['addition', 1000, 2, 8, 0.25, 0.75, false, true, null],
    ]);
  });

  it('report-failure-gap', async () => {
    const columns =
      'name step last_step ends_early steps neurons_correct neurons_incorrect fewer_steps more_often';
    expect(await answer('report-failure-gap', { seed }, columns, on)).toEqual([
      ['addition', 100, 1000, true, 1, 2, 1, 0, false],
      ['multiplication', 1000, 1000, false, 1, 1.5, 1.25, 0, false],
    ]);
  });

  it('report-step-overlap and report-renewal', async () => {
    const overlap = (most: number) =>
      answer('report-step-overlap', { seed, most }, 'operator step_a step_b pair_iou', on);
    expect((await overlap(30)).filter(([operator]) => operator === '+').slice(0, 5)).toEqual([
      ['+', 0, 0, 1],
      ['+', 0, 10, 0.5],
      ['+', 0, 100, 0],
      ['+', 0, 1000, 0.25],
      ['+', 10, 10, 1],
    ]);
    expect(new Set((await overlap(2)).flatMap(([, a, b]) => [a, b]))).toEqual(new Set([0, 1000]));
    const columns = 'from_step to_step iou before_last_step last_step last_iou most_alike';
    expect(await answer('report-renewal', { seed }, columns, on)).toEqual([
      [100, 1000, 1 / 7, 100, 1000, 1 / 7, 0.5],
    ]);
  });

  it('report-survival and report-median-lifetimes', async () => {
    expect(await answer('report-survival', { seed }, 'operator family age at_risk survival', on)).toEqual([
      ['+', 'mod', 0, 2, 1],
      ['+', 'mod', 900, 1, 1],
      ['*', 'mod', 0, 1, 1],
      ['+', 'pattern', 0, 1, 1],
      ['+', 'range', 0, 2, 1],
      ['+', 'range', 1000, 1, 0.5],
    ]);
    expect(await answer('report-median-lifetimes', { seed }, 'name median_lifetime known', on)).toEqual([
      ['range', 990, true],
      ['modulo', null, false],
      ['pattern', null, false],
    ]);
  });

  it('report-missing', async () => {
    expect(await answer('report-missing', {}, 'why operators first_step last_step several', on)).toEqual([
      ['the whole model hardly does better than with everything ablated', '*', 1000, 1000, false],
      ['there are too few prompts of the kind', '+, *', 0, 0, false],
    ]);
  });
});

describe('the facts that it is trusted by', () => {
  it('coverage-summary', async () => {
    const columns = 'measure preset checkpoints done failed missing complete not_done error';
    const error = 'the weight file is truncated';
    expect(await answer('coverage-summary', {}, columns)).toEqual([
      ['accuracy', null, 6, 5, 1, 0, false, 'seed 1 step 0', error],
      ['classification', 'paper', 6, 5, 1, 0, false, 'seed 1 step 0', error],
    ]);
    expect(await answer('coverage-summary', {}, 'complete not_done error', 'accuracyOnly')).toEqual([
      [true, '', null],
    ]);
  });

  it('null-values', async () => {
    const columns = 'measure operator prompt_set null_reason checkpoints first_step last_step';
    expect(await answer('null-values', {}, columns)).toEqual([
      ['accuracy', '*', 'universe', 'too_few_prompts', 1, 0, 0],
      ['classification', '*', null, 'too_few_prompts', 1, 0, 0],
    ]);
  });

  it('neuron-states', async () => {
    const columns =
      'operator neurons fewest_live fewest_live_step most_constant last_step live_neurons constant_neurons not_finite';
    expect(await answer('neuron-states', { seed }, columns)).toEqual([
      ['+', 4, 3, 0, 1, 1000, 4, 0, 0],
      ['*', 4, 4, 10, 0, 1000, 4, 0, 0],
    ]);
  });

  it('configurations-in-force and sweep-command', async () => {
    const columns =
      'measure preset max_operand largest_operand threshold layer_first layer_last classifies checkpoints';
    expect(await answer('configurations-in-force', {}, columns)).toEqual([
      ['accuracy', null, 10, 9, null, null, null, false, 5],
      ['classification', 'paper', 10, 9, 0.6, 1, 2, true, 5],
    ]);
    const settings =
      'suite measures operators presets threshold largest_base_rate max_operand first_layer prompt_set seed engine';
    expect(await answer('sweep-command', {}, settings)).toEqual([
      ['toy', 'accuracy,classification', '+,*', 'paper', 0.6, null, 10, 1, 'universe', 0, 'wasm'],
    ]);
  });

  it('engines-and-cost and checkpoints-read', async () => {
    expect(await answer('engines-and-cost', {}, 'measure engine engine_version units seconds')).toEqual([
      ['accuracy', 'wasm', '4.22.0', 5, 7.5],
      ['classification', 'wasm', '4.22.0', 5, 7.5],
    ]);
    expect(await answer('checkpoints-read', {}, 'seed step tokens weights_hash')).toHaveLength(6);
  });
});
