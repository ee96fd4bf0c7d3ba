import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { layerIndex, neuronIndex, type NeuronId } from '../../src/domain/ids.js';
import { OPERATORS } from '../../src/domain/operator.js';
import type { Prompt } from '../../src/domain/prompt.js';
import { classifyNeurons } from '../../src/heuristics/classify.js';
import { compileHeuristics } from '../../src/heuristics/plan.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import { addSums, meansOf, type ActivationMeans } from '../../src/model/activation-sums.js';
import { directLogits } from '../../src/model/direct-logits.js';
import { ENGINES } from '../../src/model/engine-names.js';
import { startEngine } from '../../src/model/engine.js';
import { forward } from '../../src/model/forward.js';
import { loadModel } from '../../src/model/load-model.js';
import type { Model } from '../../src/model/model.js';
import { promptIds, type PromptTokens } from '../../src/model/prompt-tokens.js';
import { activationSums, universePass } from '../../src/model/universe-pass.js';
import { attributeNeurons } from '../../src/patching/attribution.js';
import type { Circuit } from '../../src/patching/circuit.js';
import { componentPairEffects } from '../../src/patching/component-effects.js';
import { exactNeuronEffects } from '../../src/patching/exact-effects.js';
import { runCircuits } from '../../src/patching/run-circuits.js';
import { buildUniverse, toTable } from '../../src/prompts/universe.js';
import { loadCheckpoint } from '../../src/weights/checkpoint.js';
import type { Values } from '../peer.js';

const Operator = z.enum(OPERATORS);
const PromptTuple = z.tuple([Operator, z.number(), z.number(), z.number()]);
const Kept = z.union([z.literal('all'), z.array(z.number())]);
const Options = z.object({
  engine: z.enum(ENGINES),
  checkpoint: z.string(),
  tokens: z.object({
    bos: z.number(),
    numbers: z.array(z.number()),
    operators: z.record(Operator, z.number()),
    equals: z.number(),
    maxSingleToken: z.number(),
  }),
  maxOperand: z.number(),
  firstLayer: z.number(),
  prompts: z.array(PromptTuple),
  pairs: z.array(z.tuple([PromptTuple, PromptTuple])),
  neurons: z.array(z.tuple([z.number(), z.number()])),
  circuits: z.array(z.array(z.object({ heads: Kept, neurons: Kept }))),
  mapsOf: Operator,
});
type Request = z.infer<typeof Options>;

/** Scores below the threshold are not told; every score above 0 is wanted. */
const ANY_SCORE = 1e-9;

/** The same results of the same prompts as bench/peer/values.py. */
export async function ourValues(given: unknown): Promise<Values> {
  const request = Options.parse(given);
  await startEngine(request.engine);
  const { config, weights } = await loadCheckpoint(request.checkpoint, 'the benchmark');
  const { model, dispose } = loadModel(config, weights);
  const tokens = { ...request.tokens, numbers: Int32Array.from(request.tokens.numbers) };
  const prompts = request.prompts.map(promptOf);
  const pairs = request.pairs.map(([clean, corrupted]) => ({
    clean: promptOf(clean),
    corrupted: promptOf(corrupted),
  }));
  const neurons = request.neurons.map(([layer, neuron]): NeuronId => ({
    layer: layerIndex(layer),
    neuron: neuronIndex(neuron),
  }));
  const circuits = request.circuits.map((layers): Circuit => ({
    layers: layers.map(({ heads, neurons: own }) => ({
      heads,
      neurons: own === 'all' ? own : own.map(neuronIndex),
    })),
  }));
  const layers = Array.from({ length: config.nLayers - request.firstLayer }, (_, i) =>
    layerIndex(request.firstLayer + i),
  );
  const effects = await componentPairEffects(model, tokens, pairs);
  const attribution = await attributeNeurons(model, tokens, pairs, { layers });
  const means = await meansOver(model, tokens, prompts);
  const runs = await runCircuits(model, tokens, prompts, means, circuits);
  const values: Values = {
    logits: centredLogits(model, tokens, prompts),
    logitEffects: [...effects.logit],
    paperEffects: [...effects.paper],
    attribution: attribution.flatMap((layer) => [...layer.effects]),
    exactEffects: [...(await exactNeuronEffects(model, tokens, pairs, neurons))],
    nl: runs.flatMap(({ nl }) => [...nl]),
    ...(await mapsAndScores(model, tokens, neurons, request)),
  };
  dispose();
  return values;
}

function promptOf([operator, op1, op2, answer]: z.infer<typeof PromptTuple>): Prompt {
  return { operator, op1, op2, answer };
}

/** [prompts, d_vocab], centred as the peer's unembedding is. */
function centredLogits(model: Model, tokens: PromptTokens, prompts: readonly Prompt[]): number[] {
  return tf.tidy(() => {
    const ids = promptIds(tokens, prompts);
    const input = tf.tensor2d(ids, [prompts.length, ids.length / prompts.length], 'int32');
    const { logits } = forward(model, input, { positions: 'last' });
    if (logits === null) throw new Error('the forward pass gave no logits');
    return [...tf.sub(logits, tf.mean(logits, -1, true)).dataSync()];
  });
}

async function meansOver(
  model: Model,
  tokens: PromptTokens,
  prompts: readonly Prompt[],
): Promise<ActivationMeans> {
  const sums = [];
  for (const operator of OPERATORS) {
    const own = prompts.filter((prompt) => prompt.operator === operator);
    const column = (name: 'op1' | 'op2' | 'answer'): number[] => own.map((prompt) => prompt[name]);
    const table = toTable(operator, { op1: column('op1'), op2: column('op2'), answer: column('answer') });
    sums.push(await activationSums(model, tokens, table));
  }
  return meansOf(addSums(sums));
}

async function mapsAndScores(
  model: Model,
  tokens: PromptTokens,
  neurons: readonly NeuronId[],
  { mapsOf, maxOperand, tokens: { maxSingleToken } }: Request,
): Promise<Pick<Values, 'maps' | 'directLogits' | 'scores'>> {
  const universe = buildUniverse(mapsOf, maxOperand, maxSingleToken);
  const layers = [...new Set(neurons.map(({ layer }) => layer))];
  const { activations } = await universePass(model, tokens, universe, { layers, neurons });
  const answers = tokens.numbers.slice(0, maxSingleToken + 1);
  const direct = neurons.flatMap(({ layer, neuron }) => {
    const all = directLogits(model, layer, answers);
    return [...all.subarray(neuron * answers.length, (neuron + 1) * answers.length)];
  });
  const preset = PRESETS['paper'];
  if (preset === undefined) throw new Error('the preset paper is gone');
  const plans = [compileHeuristics({ preset, universe })];
  const [found = []] = classifyNeurons({
    ...{ plans, activations, directLogits: Float32Array.from(direct), seed: 0, threshold: ANY_SCORE },
  });
  const scores = found.map(({ matches }) =>
    Object.fromEntries(matches.map(({ heuristic, score }) => [heuristic.key, { score, k: heuristic.k }])),
  );
  return { maps: [...activations], directLogits: direct, scores };
}
