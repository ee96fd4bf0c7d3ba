import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerIndex, neuronIndex } from '../../src/domain/ids.js';
import { classifyNeurons } from '../../src/heuristics/classify.js';
import { heuristicKnockouts, planHeuristicKnockouts } from '../../src/heuristics/knockout-by-heuristic.js';
import { planPromptKnockouts, promptKnockouts } from '../../src/heuristics/knockout-by-prompt.js';
import { compileHeuristics } from '../../src/heuristics/plan.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import type { MatchedNeuron } from '../../src/heuristics/prompt-neurons.js';
import { directLogits } from '../../src/model/direct-logits.js';
import { startEngine } from '../../src/model/engine.js';
import { loadModel, type LoadedModel } from '../../src/model/load-model.js';
import { universePass } from '../../src/model/universe-pass.js';
import { knockOut } from '../../src/patching/knockout.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import { arithmeticTokens, type ArithmeticTokens } from '../../src/tokenizer/tokenizer.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import { projectPath } from '../support/fixtures.js';

const FOLDER = projectPath('checkpoints/embedded/seed0/step4000');
const OPERATOR = '*';

/** The embedded suite's last checkpoint and the heuristics of all neurons of its heuristic layers. */
async function embedded(): Promise<{
  loaded: LoadedModel;
  tokens: ArithmeticTokens;
  universe: ReturnType<typeof buildUniverse>;
  correct: Uint8Array;
  neurons: MatchedNeuron[];
}> {
  const { weights, config } = await loadCheckpoint(FOLDER, FOLDER, undefined);
  const path = `${FOLDER}/tokenizer.json`;
  const tokens = arithmeticTokens(path, readFileSync(path, 'utf8'), 99);
  const universe = buildUniverse(OPERATOR, 100, tokens.maxSingleToken);
  const loaded = loadModel(config, weights);
  const layers = [layerIndex(1), layerIndex(2)];
  const { predicted, activations } = await universePass(loaded.model, tokens, universe, { layers });
  const correct = Uint8Array.from(universe.answer, (answer, p) =>
    predicted[p] === tokens.numbers[answer] ? 1 : 0,
  );
  const answers = tokens.numbers.slice(0, universe.maxAnswer + 1);
  const paper = PRESETS['paper'];
  if (paper === undefined) throw new Error('no preset paper');
  const [classified = []] = classifyNeurons({
    plans: [compileHeuristics({ preset: { ...paper, largestBaseRate: 0.4 }, universe })],
    activations,
    directLogits: Float32Array.from(
      layers.flatMap((layer) => [...directLogits(loaded.model, layer, answers)]),
    ),
    seed: 1,
  });
  const neurons = classified.map(({ matches }, row) => ({
    layer: layers[Math.floor(row / config.dMlp)] ?? layerIndex(0),
    neuron: neuronIndex(row % config.dMlp),
    matches,
  }));
  return { loaded, tokens, universe, correct, neurons };
}

let given: Awaited<ReturnType<typeof embedded>>;
beforeAll(async () => {
  await startEngine('wasm');
  given = await embedded();
  return () => given.loaded.dispose();
});

describe.each(['all', 'last'] as const)('a trained model without neurons at positions: %s', (positions) => {
  const draw = { minPrompts: 10, seed: 1 };

  it('fails on the prompts of their heuristic more than on others (paper, Fig. 7)', async () => {
    const { loaded, tokens, universe } = given;
    const trials = planHeuristicKnockouts({ ...given, ...draw, leastNeurons: 10, prompts: 40 });
    const outcomes = await knockOut(loaded.model, tokens, universe, trials, { positions });
    const sides = heuristicKnockouts(trials, outcomes).flatMap(({ associated, other }) =>
      associated === null || other === null
        ? []
        : { associated: associated.after / associated.n, other: other.after / other.n },
    );
    expect(sides.length).toBeGreaterThan(4);
    const mean = (side: 'associated' | 'other'): number =>
      sides.reduce((sum, one) => sum + one[side], 0) / sides.length;
    expect(mean('associated')).toBeLessThan(mean('other') - 0.2);
  });

  it('fails on a prompt without its own heuristics, hardly without others (paper, Fig. 8)', async () => {
    const { loaded, tokens, universe, neurons } = given;
    const limits = [5, 25];
    const trials = planPromptKnockouts({
      ...given,
      ...draw,
      topNeurons: neurons,
      prompts: 50,
      limits,
      rank: 'score',
    });
    const outcomes = await knockOut(loaded.model, tokens, universe, trials, { positions });
    const [few, , many, control] = promptKnockouts(limits, trials, outcomes);
    expect(many).toMatchObject({ limit: 25, kind: 'associated', n: 50 });
    expect(control).toMatchObject({ limit: 25, kind: 'control', n: 50 });
    expect(control?.meanNeurons).toBeCloseTo(many?.meanNeurons ?? NaN, 0);
    expect(control?.correct ?? NaN).toBeGreaterThan(40);
    expect(many?.correct ?? NaN).toBeLessThan(25);
    expect(few?.correct ?? NaN).toBeGreaterThan(many?.correct ?? NaN);
  });
});
