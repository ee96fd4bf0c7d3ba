import { afterAll, describe, expect, it } from 'vitest';
import { answerOn } from './answer.js';
import { databases } from './databases.js';

const { database, remove } = databases();
afterAll(remove);
const answer = answerOn(database);

const seed = 0;

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
      ['addition', 1000, 2, 1, 0.0625, 1000, true],
      ['multiplication', 100, 2, 0.25, 0.0625, null, false],
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
