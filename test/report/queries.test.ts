import { afterAll, describe, expect, it } from 'vitest';
import { answerOn } from './answer.js';
import { databases } from './databases.js';

const { database, remove } = databases();
afterAll(remove);
const answer = answerOn(database);

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
