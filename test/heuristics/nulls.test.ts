import { describe, expect, it } from 'vitest';
import { FAMILIES, TARGETS } from '../../src/domain/heuristic.js';
import type { PromptUniverse } from '../../src/domain/prompt.js';
import { randomStream } from '../../src/domain/random.js';
import {
  classifyNeurons,
  classifyWithNulls,
  type ChanceLevels,
  type NeuronClassification,
} from '../../src/heuristics/classify.js';
import { addCounts, emptyCounts, type MatchCounts } from '../../src/heuristics/counts.js';
import { compileHeuristics, type Plan } from '../../src/heuristics/plan.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import { distinctValues, evenLogits, planted, promptsOf, rows, universeOf } from './universe.js';

/** Presets without heuristics that match almost by chance, which small universes are full of. */
function strictPlans(universe: PromptUniverse): Plan[] {
  return Object.values(PRESETS).map((preset) =>
    compileHeuristics({ preset: { ...preset, largestBaseRate: 0.45, smallestK: 30 }, universe }),
  );
}

function paperOf(chance: readonly ChanceLevels[]): ChanceLevels {
  const [paper] = chance;
  if (paper === undefined) throw new Error('no counts');
  return paper;
}

/** The counts once more, from the matches. */
function recount(neurons: readonly NeuronClassification[]): MatchCounts {
  const counts = emptyCounts();
  const matching = (test: (target: string, family: string) => boolean): number =>
    neurons.filter(({ matches }) => matches.some(({ heuristic }) => test(heuristic.target, heuristic.family)))
      .length;
  counts.live = neurons.filter(({ state }) => state === 'live').length;
  counts.any = matching(() => true);
  for (const target of TARGETS) counts.byAnyFamily[target] = matching((t) => t === target);
  for (const family of FAMILIES) {
    counts.byFamily[family] = matching((_, other) => other === family);
    for (const target of TARGETS)
      counts.byTarget[target][family] = matching((t, f) => t === target && f === family);
  }
  return counts;
}

describe('counts', () => {
  const universe = universeOf('/', 50, 60);
  const plans = strictPlans(universe);
  const prompts = promptsOf(universe);
  const neurons = [
    planted(prompts, ({ op1 }) => op1 % 5 === 2, 1),
    planted(prompts, ({ op2 }) => op2 >= 10 && op2 < 20, 2),
    distinctValues(universe.count, 3),
    new Float32Array(universe.count),
    new Float32Array(universe.count).fill(NaN),
  ];
  const directLogits = Float32Array.from({ length: neurons.length * 61 }, (_, i) => (i % 61 === 1 ? 4 : 0.2));
  const input = { plans, activations: rows(...neurons), directLogits, seed: 4 };
  const { neurons: found, chance } = classifyWithNulls(input);

  it('of what was observed are those of the matches, without neurons that are not live', () => {
    found.forEach((results, i) => expect(chance[i]?.observed).toEqual(recount(results)));
    expect(paperOf(chance).observed).toMatchObject({ live: 3, any: 2 });
    expect(paperOf(chance).observed.byTarget.op1.mod).toBeGreaterThan(0);
  });

  it('go with the very classification that comes without them', () => {
    expect(found).toEqual(classifyNeurons(input));
  });

  it('of nulls add up over a matrix cut into pieces, and repeat', () => {
    const pieces = [0, 2].map((from) =>
      classifyWithNulls({
        ...input,
        activations: rows(...neurons.slice(from, from === 0 ? 2 : undefined)),
        directLogits: directLogits.slice(from * 61, from === 0 ? 2 * 61 : undefined),
        firstNeuron: from,
      }),
    );
    plans.forEach((_, i) => {
      const [first, second] = pieces.map((piece) => piece.chance[i]);
      if (first === undefined || second === undefined) throw new Error('no counts');
      expect(addCounts(first.observed, second.observed)).toEqual(chance[i]?.observed);
      for (const name of ['activations_permuted', 'labels_permuted'] as const)
        expect(addCounts(first.nulls[name], second.nulls[name])).toEqual(chance[i]?.nulls[name]);
    });
  });
});

describe('the nulls', () => {
  const NEURONS = 20;

  it('take operand heuristics away', () => {
    const universe = universeOf('+', 60, 118);
    const prompts = promptsOf(universe);
    const activations = rows(
      ...Array.from({ length: NEURONS }, (_, n) => planted(prompts, ({ op1 }) => op1 % 7 === n % 7, n)),
    );
    const directLogits = rows(...Array.from({ length: NEURONS }, () => evenLogits(universe)));
    const { chance } = classifyWithNulls({
      plans: strictPlans(universe),
      activations,
      directLogits,
      seed: 2,
    });
    for (const { observed, nulls } of chance) {
      expect(observed.byTarget.op1.mod).toBe(NEURONS);
      expect(nulls.labels_permuted).toEqual({ ...emptyCounts(), live: NEURONS });
      expect(nulls.activations_permuted).toEqual({ ...emptyCounts(), live: NEURONS });
    }
  });

  it('tell what the direct logits explain alone: results of division survive permuted activations', () => {
    const universe = universeOf('/', 60, 59);
    // Activations without any structure, direct logits that fall with the quotient, as after training on 0 and 1.
    const activations = rows(
      ...Array.from({ length: NEURONS }, (_, n) =>
        distinctValues(universe.count, n).map((value) => value + 2),
      ),
    );
    const random = randomStream(6, 'logits');
    const directLogits = Float32Array.from(
      { length: NEURONS * 60 },
      (_, i) => (i % 60 === 1 ? 9 : 0.5) + 0.1 * random.uniform(),
    );
    const { chance } = classifyWithNulls({
      plans: strictPlans(universe),
      activations,
      directLogits,
      seed: 2,
    });
    const { observed, nulls } = paperOf(chance);
    expect(observed.byTarget.result.value).toBe(NEURONS);
    expect(nulls.activations_permuted.byTarget.result.value).toBe(NEURONS);
    expect(nulls.labels_permuted).toEqual({ ...emptyCounts(), live: NEURONS });
  });

  it('take results away that activations bring about', () => {
    const universe = universeOf('+', 60, 118);
    // Every answer's direct logit is the same: the KV map is the K map, planted by result.
    const activations = rows(
      ...Array.from({ length: NEURONS }, (_, n) =>
        planted(promptsOf(universe), ({ answer }) => answer % 8 === n % 8, n),
      ),
    );
    const directLogits = rows(...Array.from({ length: NEURONS }, () => evenLogits(universe)));
    const { chance } = classifyWithNulls({
      plans: strictPlans(universe),
      activations,
      directLogits,
      seed: 2,
    });
    expect(paperOf(chance).observed.byTarget.result.mod).toBe(NEURONS);
    expect(paperOf(chance).nulls.activations_permuted.any).toBe(0);
  });

  it('keep for heuristics of any map what their base rate gives', () => {
    const universe = universeOf('+', 60, 118);
    const preset = PRESETS['paper'];
    if (preset === undefined) throw new Error('no preset');
    const plans = [compileHeuristics({ preset, universe })];
    const activations = rows(...Array.from({ length: NEURONS }, (_, n) => distinctValues(universe.count, n)));
    const directLogits = rows(...Array.from({ length: NEURONS }, () => evenLogits(universe)));
    const { nulls } = paperOf(classifyWithNulls({ plans, activations, directLogits, seed: 2 }).chance);
    // op1 in [0,50) holds for five prompts of six.
    expect(nulls.labels_permuted.byTarget.op1.range).toBe(NEURONS);
    expect(nulls.activations_permuted.byTarget.op1.range).toBe(NEURONS);
  });

  it('count both ends of gated maps', () => {
    const universe = universeOf('+', 60, 118);
    const activations = planted(promptsOf(universe), ({ op1 }) => op1 % 7 === 3, 1).map((value) => -value);
    const input = { plans: strictPlans(universe), activations, directLogits: evenLogits(universe), seed: 3 };
    expect(paperOf(classifyWithNulls(input).chance).observed.byTarget.op1.mod).toBe(0);
    expect(paperOf(classifyWithNulls({ ...input, gated: true }).chance).observed.byTarget.op1.mod).toBe(1);
  });
});
