import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/domain/operator.js';
import type { Prompt } from '../../src/domain/prompt.js';
import { isAssociated } from '../../src/heuristics/predicate.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import type { Cell } from '../../src/queries/run-query.js';
import { promptsOf } from '../heuristics/universe.js';
import { LAST_STEP, plantedDatabase, sortedRows } from '../support/planted-database.js';
import { CIRCUIT_HEADS } from '../support/planted-model.js';
import {
  D_MLP,
  HEURISTIC_LAYER,
  MAX_ANSWER,
  MAX_OPERAND,
  PLANTED_PRESET,
  PLANTED_TUPLES,
  STEPS,
  meanActivation,
  plannedActivation,
  plantedAt,
  type PlantedNeuron,
} from '../support/planted-neurons.js';
import { plannedNl, plannedOutput } from '../support/planted-scores.js';

const { rows, ask } = plantedDatabase({
  presets: [PLANTED_PRESET],
  measures: ['components', 'attribution', 'faithfulness', 'knockouts', 'failures'],
});

/** The bag of the sums. */
const BAG = PLANTED_TUPLES.filter(({ operator }) => operator === '+');
const sums = promptsOf(buildUniverse('+', MAX_OPERAND, MAX_ANSWER));

/** Every pair of operands with every operator, whether it has a result or not. */
const PAIRS: readonly Prompt[] = OPERATORS.flatMap((operator) =>
  Array.from({ length: MAX_OPERAND ** 2 }, (_, i) => ({
    ...{ operator, op1: Math.floor(i / MAX_OPERAND), op2: i % MAX_OPERAND },
    answer: 0,
  })),
);

/** Neurons present with a heuristic that holds for the prompt. */
function heuristicNeurons(prompt: Prompt, step: number): typeof BAG {
  return BAG.filter(
    ({ steps, heuristic }) => steps.includes(step) && isAssociated({ key: heuristic }, prompt),
  );
}

describe('the circuit made by hand', () => {
  it('is where patching has an effect, and no other component has one', async () => {
    const found = await ask(
      'component-effects',
      { operator: '+', step: LAST_STEP },
      ...['kind', 'layer', 'head', 'position', 'mean_logit', 'sd_logit'],
    );
    const circuit = [
      ['mlp', HEURISTIC_LAYER, null, 4],
      ...Object.values(CIRCUIT_HEADS).map((head) => ['head', 0, head, 4]),
    ];
    const key = (row: readonly unknown[]): string => JSON.stringify(row.slice(0, 4));
    const inCircuit = new Set(circuit.map(key));
    expect(found).toHaveLength(2 * 4 * 5);
    for (const row of found) {
      const [mean, sd] = [Number(row[4]), Number(row[5])];
      if (inCircuit.has(key(row))) expect(mean).toBeGreaterThan(1);
      else expect(Math.abs(mean) + sd).toBeLessThan(1e-5);
    }
    const before = await rows('SELECT max(abs(mean_logit)) FROM component_effects WHERE step = 0');
    expect(Number(before[0]?.[0])).toBeLessThan(1e-5);
  });

  it('holds the neurons that write, by attribution and exactly', async () => {
    const found = await rows(
      `SELECT neuron, attribution_sd > 1e-5, exact_sd > 1e-5, attribution_mean, exact_mean, attribution_sd, exact_sd
       FROM neuron_effects
       WHERE operator = '+' AND step = ${LAST_STEP} AND layer = ${HEURISTIC_LAYER}`,
    );
    const discovery = await rows(
      "SELECT op1, op2 FROM prompts WHERE operator = '+' AND analysis_role = 'discovery'",
    );
    // A neuron that fires for none of the prompts patched can have no effect on them.
    const fires = (one: PlantedNeuron): boolean =>
      discovery.some(
        ([a, b]) => plannedActivation(one, { operator: '+', op1: Number(a), op2: Number(b) }) > 0,
      );
    const writing = new Set(
      plantedAt(LAST_STEP)
        .filter((one) => (one.adds > 0 || one.results !== null) && fires(one))
        .map(({ neuron }) => neuron),
    );
    expect(writing.size).toBeGreaterThan(15);
    expect(found).toHaveLength(D_MLP);
    // The final norm alone is not linear.
    const near = (a: Cell | undefined, b: Cell | undefined): boolean =>
      Math.abs(Number(a) - Number(b)) < 0.05 * Math.abs(Number(b)) + 1e-4;
    for (const [neuron, byAttribution, exactly, mean, exactMean, sd, exactSd] of found) {
      const writes = writing.has(Number(neuron));
      expect([neuron, byAttribution, exactly]).toEqual([neuron, writes, writes]);
      expect([neuron, near(mean, exactMean), near(sd, exactSd)]).toEqual([neuron, true, true]);
    }
  });

  it('is faithful whole, and not without one of its heads', async () => {
    const found = await ask(
      'faithfulness-by-step',
      { preset: null, operator: '+', kind: 'heads' },
      ...['step', 'derived', 'heads', 'faithfulness', 'accuracy', 'null_reason'],
    );
    const accuracy = new Map([10, 20, 30, 40].map((step) => [step, null as number | null]));
    for (const [step, , heads, faithful, correct, reason] of found) {
      if (step === 0) expect([faithful, reason]).toEqual([null, 'denominator_below_floor']);
      else if (heads === 3) {
        expect(faithful).toBeCloseTo(1, 4);
        accuracy.set(Number(step), Number(correct));
      } else {
        expect(Number(faithful)).toBeLessThan(0.9);
        expect(correct).toBe(0);
      }
    }
    expect(found).toHaveLength(STEPS.length * 2 * 4);
    expect(accuracy.get(LAST_STEP)).toBe(1);
  });

  it('has the normalised logits that follow from what is written: whole, ablated to the mean, without heads', async () => {
    const found = await ask(
      'faithfulness-by-step',
      { preset: null, operator: '+', kind: 'heads', derived: 'here' },
      ...['step', 'heads', 'nl_model', 'nl_none', 'nl_circuit'],
    );
    const evaluation = await rows(
      "SELECT op1, op2 FROM prompts WHERE operator = '+' AND analysis_role = 'evaluation'",
    );
    const prompts = sums.filter(({ op1, op2 }) => evaluation.some(([a, b]) => a === op1 && b === op2));
    expect(prompts).toHaveLength(30);
    for (const [step, heads, ...values] of found) {
      const bag = plantedAt(Number(step));
      const share = (one: PlantedNeuron, prompt: Prompt): number =>
        plannedActivation(one, prompt) / meanActivation(one);
      // The mean is over the pairs of operands of all four operators, 400 each.
      const average = (one: PlantedNeuron): number =>
        PAIRS.reduce((sum, pair) => sum + share(one, pair), 0) / PAIRS.length;
      const averages = new Map(bag.map((one) => [one, average(one)]));
      const meanOf = (said: (one: PlantedNeuron, prompt: Prompt) => number): number =>
        prompts.reduce((sum, prompt) => sum + plannedNl(prompt.answer, (one) => said(one, prompt), bag), 0) /
        prompts.length;
      expect(values[0]).toBeCloseTo(meanOf(share), 4);
      expect(values[1]).toBeCloseTo(
        meanOf((one) => averages.get(one) ?? 0),
        4,
      );
      // The mean of four operators is none of them, so that no neuron fires.
      if (heads === 0)
        expect(values[2]).toBeCloseTo(
          meanOf(() => 0),
          4,
        );
    }
    expect(found).toHaveLength(STEPS.length * 4);
  });

  it('is faithful with only its heuristic neurons, the others being constant or silent', async () => {
    const found = await ask(
      'faithfulness-by-step',
      { preset: null, operator: '+', derived: 'here' },
      ...['step', 'kind', 'neurons', 'faithfulness'],
    );
    for (const step of STEPS.slice(1)) {
      const of = (kind: string): Cell[] => found.find((row) => row[0] === step && row[1] === kind) ?? [];
      const bag = BAG.filter(({ steps }) => steps.includes(step));
      expect(of('heuristic_neurons')[2]).toBe(bag.length);
      expect(of('heuristic_neurons')[3]).toBeCloseTo(1, 4);
      expect(of('mutual_neurons')[2]).toBe(bag.filter(({ steps }) => steps.includes(LAST_STEP)).length);
      expect(of('mutual_neurons')[3]).toBeCloseTo(1, 4);
      expect(of('neurons')[2]).toBe(8);
      expect(Number(of('neurons')[3])).toBeLessThan(0.9);
    }
  });

  it('without a heuristic that adds fails on all of its prompts and on no other', async () => {
    const found = await ask(
      'heuristic-knockouts',
      { preset: 'planted', operator: '+', step: LAST_STEP, most: 100 },
      ...['heuristic', 'neurons', 'drop_associated', 'drop_other'],
    );
    const expected = BAG.filter(({ steps }) => steps.includes(LAST_STEP)).map(({ heuristic, adds }) => [
      ...[heuristic, 1, adds > 0 ? 1 : 0, 0],
    ]);
    expect(sortedRows(found)).toEqual(sortedRows(expected));
    expect(expected.filter((row) => row[2] === 1)).toHaveLength(20);
  });

  it('without the heuristics of a single prompt fails on it, and not without other neurons', async () => {
    const found = await rows(
      `SELECT kind, n, correct, mean_neurons FROM prompt_knockouts WHERE operator = '+' AND step = ${LAST_STEP}`,
    );
    const mean = sums.reduce((sum, prompt) => sum + heuristicNeurons(prompt, LAST_STEP).length, 0) / 400;
    // Without any of them the answer is 0, which is right once.
    expect(sortedRows(found.map((row) => row.slice(0, 3)))).toEqual(
      sortedRows([
        ['associated', 400, 1],
        ['control', 400, 400],
      ]),
    );
    for (const row of found) expect(row[3]).toBeCloseTo(mean, 9);
  });

  it('has the planted number of neurons on correct and on incorrect prompts, and their sum of logits', async () => {
    const found = await rows(
      "SELECT step, prompts, n, mean_neurons, mean_logit_sum FROM failure_modes WHERE operator = '+' AND step > 0",
    );
    const said = (prompt: Prompt, step: number): number =>
      plantedAt(step)
        .filter((one) => plannedActivation(one, prompt) > 0)
        .reduce((sum, { adds }) => sum + adds, 0);
    for (const [step, group, n, neurons, logits] of found) {
      const own = sums.filter(
        (prompt) => (said(prompt, Number(step)) === prompt.answer) === (group === 'correct'),
      );
      expect(n).toBe(own.length);
      if (own.length === 0) expect([neurons, logits]).toEqual([null, null]);
      else {
        const bags = own.map((prompt) => ({ prompt, bag: heuristicNeurons(prompt, Number(step)) }));
        const total = bags.reduce((sum, { bag }) => sum + bag.length, 0);
        const logit = bags.reduce(
          (sum, { prompt, bag }) => sum + bag.reduce((part, one) => part + plannedOutput(one, prompt), 0),
          0,
        );
        expect(neurons).toBeCloseTo(total / own.length, 9);
        expect(logits).toBeCloseTo(logit / own.length, 4);
      }
    }
    expect(found).toHaveLength(2 * (STEPS.length - 1));
  });
});
