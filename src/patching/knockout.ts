import * as tf from '@tensorflow/tfjs-core';
import { layerIndex, type LayerIndex, type NeuronId } from '../domain/ids.js';
import { PROMPT_LENGTH, type PromptTable } from '../domain/prompt.js';
import { forward } from '../model/forward.js';
import { hookOn } from '../model/hooks.js';
import type { KvCache, LayerKv, Prefix } from '../model/kv-cache.js';
import type { Block, Model } from '../model/model.js';
import { gathersSlowly, linear } from '../model/ops.js';
import { numberToken, POSITIONS, promptIds, type PromptTokens } from '../model/prompt-tokens.js';
import { scoped } from '../model/scope.js';

/** Prompts to run without some neurons. */
export interface KnockOutRun {
  /** Indices into the table of prompts. */
  readonly prompts: readonly number[];
  readonly neurons: readonly NeuronId[];
}

/** One run's prompts without its neurons, in the order of the run. */
export interface KnockOutOutcome {
  /** [prompts] 1 where the argmax at `=` is the answer's token */
  readonly correct: Uint8Array;
  /** [prompts] logit of the answer's token at `=` */
  readonly answerLogits: Float32Array;
}

export interface KnockOutOptions {
  /** Where the neurons are set to zero: at every position (released code), or at `=` only. */
  readonly positions: 'all' | 'last';
  /** (Run, prompt) pairs computed together. */
  readonly batch?: number;
  /** Called before each batch; throwing there ends the work and frees its tensors. */
  readonly onBatch?: () => Promise<void>;
}

const DEFAULT_BATCH = 512;

/**
 * Sets `mlp_post` of neurons to zero and completes the prompts again (method section 8). Pairs of run and prompt are
 * ordered by prompt, so that the layers up to the first with a knocked-out neuron are computed once per prompt, and
 * that layer's neurons are taken out of its output.
 * Cost: per prompt, those layers of a forward pass; per pair, five tokens through the layers above them, one token in
 * the last. With `last` a pair costs one token, and the prompt all layers of its other four.
 * @param prompts what the runs' indices speak of, e.g. an operator's universe
 * @returns for each run, in their order
 * @throws RangeError for a prompt or neuron that does not exist, or a number that is not a single token
 */
export async function knockOut(
  model: Model,
  tokens: PromptTokens,
  prompts: PromptTable,
  runs: readonly KnockOutRun[],
  { positions, batch = DEFAULT_BATCH, onBatch }: KnockOutOptions,
): Promise<KnockOutOutcome[]> {
  const outcomes = runs.map((run): KnockOutOutcome => ({
    correct: new Uint8Array(run.prompts.length),
    answerLogits: new Float32Array(run.prompts.length),
  }));
  const site = { positions, first: firstLayerOf(model, runs) };
  const pairs = pairsOf(prompts, runs);
  for (let start = 0; start < pairs.length; start += batch) {
    await onBatch?.();
    const chunk = pairs.slice(start, start + batch);
    const found = batchWithout(model, tokens, prompts, runs, chunk, site);
    chunk.forEach(({ run, place, prompt }, row) => {
      const outcome = outcomes[run];
      if (outcome === undefined) return;
      const right = found.predicted[row] === numberToken(tokens, prompts.answer[prompt] ?? -1);
      outcome.correct[place] = right ? 1 : 0;
      outcome.answerLogits[place] = found.answerLogits[row] ?? NaN;
    });
  }
  return outcomes;
}

/** One prompt of one run: a row of a batch. */
interface Pair {
  readonly run: number;
  /** Index into the run's prompts. */
  readonly place: number;
  /** Index into the table. */
  readonly prompt: number;
}

interface Site {
  readonly positions: 'all' | 'last';
  /** Lowest layer that a neuron is knocked out in. */
  readonly first: LayerIndex;
}

function pairsOf({ count }: PromptTable, runs: readonly KnockOutRun[]): Pair[] {
  const pairs = runs.flatMap(({ prompts }, run) => prompts.map((prompt, place) => ({ run, place, prompt })));
  for (const { prompt } of pairs)
    if (!Number.isInteger(prompt) || prompt < 0 || prompt >= count)
      throw new RangeError(`prompt ${prompt} of a table of ${count}`);
  return pairs.sort((a, b) => a.prompt - b.prompt);
}

/** The lowest layer of any neuron; the last one where there is none. */
function firstLayerOf({ config }: Model, runs: readonly KnockOutRun[]): LayerIndex {
  let first = config.nLayers - 1;
  for (const { neurons } of runs)
    for (const { layer, neuron } of neurons) {
      if (layer >= config.nLayers || neuron >= config.dMlp)
        throw new RangeError(
          `neuron ${neuron} of layer ${layer} in a model of ${config.nLayers} layers of ${config.dMlp}`,
        );
      first = Math.min(first, layer);
    }
  return layerIndex(first);
}

function batchWithout(
  model: Model,
  tokens: PromptTokens,
  prompts: PromptTable,
  runs: readonly KnockOutRun[],
  pairs: readonly Pair[],
  site: Site,
): { predicted: ArrayLike<number>; answerLogits: ArrayLike<number> } {
  const distinct = [...new Set(pairs.map(({ prompt }) => prompt))];
  const rowOf = new Map(distinct.map((prompt, row) => [prompt, row]));
  const rows = Int32Array.from(pairs, ({ prompt }) => rowOf.get(prompt) ?? 0);
  const ids = promptIds(
    tokens,
    distinct.map((p) => ({
      operator: prompts.operator,
      op1: prompts.op1[p] ?? 0,
      op2: prompts.op2[p] ?? 0,
    })),
  );
  const answers = Int32Array.from(pairs, ({ prompt }) => numberToken(tokens, prompts.answer[prompt] ?? -1));
  return scoped(
    () => {
      const masks = masksOf(model, runs, pairs);
      const clean =
        site.positions === 'all' ? cleanEverywhere(model, ids, site) : cleanAtLast(model, ids, site);
      const start = {
        layer: layerIndex(site.first + 1),
        resid: residWithout(model, site, clean, rows, masks),
      };
      const hook = hookOn(
        ['mlp_post'],
        ({ layer }, value) => {
          const mask = layer !== null ? masks.get(layer) : undefined;
          return mask === undefined ? value : tf.mul(value, tf.sub(1, mask));
        },
        { holds: false },
      );
      const prefix = clean.prefix && continued(clean.prefix, rows, start.layer);
      const { logits } = forward(model, start, {
        hook,
        positions: 'last',
        cache: false,
        ...(prefix && { prefix }),
      });
      if (logits === null) throw new Error('the forward pass gave no logits');
      const { dVocab } = model.config;
      const own = tf.tensor1d(
        answers.map((token, row) => row * dVocab + token),
        'int32',
      );
      return {
        predicted: tf.argMax(tf.reshape(logits, [pairs.length, dVocab]), -1).dataSync(),
        answerLogits: tf.gather(tf.reshape(logits, [-1]), own).dataSync(),
      };
    },
    () => [],
  );
}

/** Clean values of distinct prompts at the first layer with a knocked-out neuron, at the positions it concerns. */
interface Clean {
  /** [prompt, pos, d_mlp] */
  readonly mlpPost: tf.Tensor;
  /** [prompt, pos, d_model] */
  readonly residPost: tf.Tensor;
  /** Of the positions before `=`, where these stay clean. */
  readonly prefix: KvCache | null;
}

/** @param ids [prompts x 5] */
function cleanEverywhere(model: Model, ids: Int32Array, { first }: Site): Clean {
  const input = tf.tensor2d(ids, [ids.length / PROMPT_LENGTH, PROMPT_LENGTH], 'int32');
  // Above the last layer nothing reads earlier positions.
  const positions = first === model.blocks.length - 1 ? 'last' : 'all';
  return { ...valuesAt(model, input, first, { positions }), prefix: null };
}

/** @param ids [prompts x 5] */
function cleanAtLast(model: Model, ids: Int32Array, { first }: Site): Clean {
  const all = tf.tensor2d(ids, [ids.length / PROMPT_LENGTH, PROMPT_LENGTH], 'int32');
  const early = tf.slice(all, [0, 0], [-1, POSITIONS.equals]);
  const { cache } = forward(model, early, { positions: 'last', output: 'none' });
  const prefix = { cache, rows: null };
  const input = tf.slice(all, [0, POSITIONS.equals], [-1, 1]);
  return { ...valuesAt(model, input, first, { prefix }), prefix: cache };
}

function valuesAt(
  model: Model,
  input: tf.Tensor2D,
  layer: LayerIndex,
  options: { readonly positions?: 'all' | 'last'; readonly prefix?: Prefix },
): Omit<Clean, 'prefix'> {
  const seen = new Map<string, tf.Tensor>();
  const hook = hookOn(['mlp_post', 'resid_post'], (point, value) => {
    if (point.layer === layer) seen.set(point.name, value);
    return value;
  });
  forward({ ...model, blocks: model.blocks.slice(0, layer + 1) }, input, {
    ...options,
    hook,
    output: 'none',
  });
  const mlpPost = seen.get('mlp_post');
  const residPost = seen.get('resid_post');
  if (mlpPost === undefined || residPost === undefined) throw new Error(`layer ${layer} was not seen`);
  return { mlpPost, residPost };
}

/** `resid_post` of each pair at the first layer, less what the knocked-out neurons wrote. @returns [pair, pos, d_model] */
function residWithout(
  model: Model,
  { first }: Site,
  { mlpPost, residPost }: Clean,
  rows: Int32Array,
  masks: ReadonlyMap<LayerIndex, tf.Tensor>,
): tf.Tensor {
  const resid = pickRows(residPost, rows);
  const mask = masks.get(first);
  if (mask === undefined) return resid;
  return tf.sub(resid, linear(tf.mul(pickRows(mlpPost, rows), mask), blockOf(model, first).out.w, null));
}

function blockOf(model: Model, layer: LayerIndex): Block {
  const block = model.blocks[layer];
  if (block === undefined) throw new RangeError(`layer ${layer} of a model with ${model.blocks.length}`);
  return block;
}

/** 1 where a pair's run knocks a neuron out, for each layer with any. @returns [pair, 1, d_mlp] */
function masksOf(
  { config }: Model,
  runs: readonly KnockOutRun[],
  pairs: readonly Pair[],
): Map<LayerIndex, tf.Tensor> {
  const { dMlp } = config;
  const present = [...new Set(pairs.map(({ run }) => run))];
  const rowOf = new Map(present.map((run, row) => [run, row]));
  const layers = new Map<LayerIndex, Float32Array>();
  present.forEach((run, row) => {
    for (const { layer, neuron } of runs[run]?.neurons ?? []) {
      const mask = layers.get(layer) ?? new Float32Array(present.length * dMlp);
      layers.set(layer, mask);
      mask[row * dMlp + neuron] = 1;
    }
  });
  const rows = Int32Array.from(pairs, ({ run }) => rowOf.get(run) ?? 0);
  return new Map(
    [...layers].map(([layer, mask]) => [layer, pickRows(tf.tensor(mask, [present.length, 1, dMlp]), rows)]),
  );
}

/** A prefix whose row b is the one that pair b continues, for the layers from `start` on. */
function continued(cache: KvCache, rows: Int32Array, start: LayerIndex): Prefix {
  const pick = ({ k, v }: LayerKv): LayerKv => ({ k: pickRows(k, rows), v: pickRows(v, rows) });
  const layers = cache.layers.map((kv, layer) => (layer < start ? undefined : kv && pick(kv)));
  return { cache: { ...cache, layers }, rows: null };
}

/**
 * Rows of a tensor. Rows of a kilobyte and more are copied ten times quicker outside `wasm` than by its gather, and five
 * times quicker than by the product of `rowPicker` when there are hundreds to pick from.
 * @returns [rows, ...]
 */
function pickRows(x: tf.Tensor, rows: Int32Array): tf.Tensor {
  const [count = 0, ...rest] = x.shape;
  if (rows.length === count && rows.every((row, i) => row === i)) return x;
  if (!gathersSlowly()) return tf.gather(x, tf.tensor1d(rows, 'int32'));
  const width = x.size / count;
  const from = x.dataSync();
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, i) => values.set(from.subarray(row * width, (row + 1) * width), i * width));
  return tf.tensor(values, [rows.length, ...rest]);
}
