import * as tf from '@tensorflow/tfjs-core';
import { layerIndex, type LayerIndex } from '../domain/ids.js';
import { PROMPT_LENGTH, type Prompt } from '../domain/prompt.js';
import { forward } from '../model/forward.js';
import type { Prefix } from '../model/kv-cache.js';
import { hookOn } from '../model/hooks.js';
import type { Model } from '../model/model.js';
import { POSITIONS, promptIds, type PromptTokens } from '../model/prompt-tokens.js';
import { scoped } from '../model/scope.js';

/** The residual stream after one block at one position. */
export interface ResidualSite {
  readonly layer: LayerIndex;
  /** 1 to 4 (method section 1). */
  readonly position: number;
  /** [prompts, d_model] row-major, `resid_post` */
  readonly values: Float32Array;
}

/** What a linear probe may read: every layer at every position but BOS, where all prompts are alike. */
export interface Residuals {
  readonly prompts: number;
  readonly dModel: number;
  /** [layers x positions], layer after layer */
  readonly sites: readonly ResidualSite[];
}

export interface ResidualsOptions {
  /** Prompts computed together. */
  readonly batch?: number;
  /** Called before each batch; throwing there ends the work and frees its tensors. */
  readonly onBatch?: () => Promise<void>;
}

const DEFAULT_BATCH = 1024;
/** BOS, op1, operator: what prompts of equal op1 share. */
const PREFIX_LENGTH = POSITIONS.op2;
const PROBED_POSITIONS = [POSITIONS.op1, POSITIONS.operator, POSITIONS.op2, POSITIONS.equals] as const;

/**
 * `resid_post` of every layer at positions 1 to 4 (method section 6). Inside a batch, (BOS, op1, operator) is computed
 * once for each op1, and prompts of equal op1 are put into one batch.
 * @throws RangeError when a number of a prompt is not a single token
 */
export async function collectResiduals(
  model: Model,
  tokens: PromptTokens,
  prompts: readonly Prompt[],
  { batch = DEFAULT_BATCH, onBatch }: ResidualsOptions = {},
): Promise<Residuals> {
  const { dModel, nLayers } = model.config;
  const ids = promptIds(tokens, prompts);
  const sites = Array.from({ length: nLayers }, (_, layer) =>
    PROBED_POSITIONS.map((position) => ({
      layer: layerIndex(layer),
      position,
      values: new Float32Array(prompts.length * dModel),
    })),
  ).flat();
  const firstToken = (prompt: number): number => ids[prompt * PROMPT_LENGTH + POSITIONS.op1] ?? 0;
  const order = [...prompts.keys()].sort((a, b) => firstToken(a) - firstToken(b));
  for (let start = 0; start < order.length; start += batch) {
    await onBatch?.();
    const members = order.slice(start, start + batch);
    const found = residualsOf(model, ids, members);
    for (const { layer, position, values } of sites) {
      const early = position < PREFIX_LENGTH;
      const from = (early ? found.prefix : found.rest)[layer];
      if (from === undefined) throw new Error(`resid_post of layer ${layer} was not seen`);
      const width = early ? PREFIX_LENGTH : PROMPT_LENGTH - PREFIX_LENGTH;
      const column = early ? position : position - PREFIX_LENGTH;
      members.forEach((prompt, i) => {
        const row = (early ? (found.prefixOf[i] ?? 0) : i) * width + column;
        values.set(from.subarray(row * dModel, (row + 1) * dModel), prompt * dModel);
      });
    }
  }
  return { prompts: prompts.length, dModel, sites };
}

interface BatchResiduals {
  /** Per layer [prefix, 3, d_model] */
  readonly prefix: readonly Float32Array[];
  /** Per layer [prompt, 2, d_model] */
  readonly rest: readonly Float32Array[];
  /** [prompt] */
  readonly prefixOf: readonly number[];
}

function residualsOf(model: Model, ids: Int32Array, members: readonly number[]): BatchResiduals {
  const rows = members.map((prompt) => [
    ...ids.subarray(prompt * PROMPT_LENGTH, (prompt + 1) * PROMPT_LENGTH),
  ]);
  const prefixes = new Map<string, number[]>();
  for (const row of rows) {
    const prefix = row.slice(0, PREFIX_LENGTH);
    prefixes.set(prefix.join(), prefix);
  }
  const index = new Map([...prefixes.keys()].map((key, i) => [key, i]));
  const prefixOf = rows.map((row) => index.get(row.slice(0, PREFIX_LENGTH).join()) ?? 0);
  return scoped(
    () => {
      const first = recordedPass(model, [...prefixes.values()]);
      const rest = recordedPass(
        model,
        rows.map((row) => row.slice(PREFIX_LENGTH)),
        { cache: first.cache, rows: tf.tensor1d(prefixOf, 'int32') },
      );
      return { prefix: first.residuals, rest: rest.residuals, prefixOf };
    },
    () => [],
  );
}

/** @param rows token ids, all of one length */
function recordedPass(
  model: Model,
  rows: readonly number[][],
  prefix?: Prefix,
): { residuals: Float32Array[]; cache: Prefix['cache'] } {
  const residuals: Float32Array[] = [];
  const hook = hookOn(
    ['resid_post'],
    (_point, value) => {
      residuals.push(Float32Array.from(value.dataSync()));
      return value;
    },
    { holds: false },
  );
  const input = tf.tensor2d([...rows], undefined, 'int32');
  const { cache } = forward(model, input, { hook, output: 'none', ...(prefix && { prefix }) });
  return { residuals, cache };
}
