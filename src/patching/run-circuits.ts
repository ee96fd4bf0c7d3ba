import * as tf from '@tensorflow/tfjs-core';
import { PROMPT_LENGTH, type Prompt } from '../domain/prompt.js';
import type { ActivationMeans } from '../model/activation-sums.js';
import { forward } from '../model/forward.js';
import type { Hook } from '../model/hooks.js';
import type { Model } from '../model/model.js';
import { numberToken, promptIds, type PromptTokens } from '../model/prompt-tokens.js';
import { scoped } from '../model/scope.js';
import type { Circuit } from './circuit.js';
import { meanAblation } from './mean-ablation.js';

export interface RunCircuitsOptions {
  /** Runs (circuit x prompt) computed together. */
  readonly batch?: number;
  /** Called before each batch; throwing there ends the work and frees its tensors. */
  readonly onBatch?: () => Promise<void>;
}

/** What one circuit says of each prompt. */
export interface CircuitRun {
  /** [prompts] NL: logit of the answer / largest logit, both centred over the vocabulary; NaN where all are equal. */
  readonly nl: Float64Array;
  /** [prompts] 1 where the answer has the largest logit */
  readonly correct: Uint8Array;
  /** Share of the prompts that are correct; null without prompts. */
  readonly accuracy: number | null;
}

const DEFAULT_BATCH = 1024;

/**
 * Runs prompts through circuits: everything outside a circuit is replaced, at every position, by its mean (method
 * section 5; paper, section 3 and appendix G). NL does not change when a constant is added to all logits.
 * Cost: circuits x prompts full forward passes, the last block at one position only.
 * @returns one run a circuit, in their order
 * @throws RangeError when a number of a prompt is not a single token, or circuits or means are of another model
 */
export async function runCircuits(
  model: Model,
  tokens: PromptTokens,
  prompts: readonly Prompt[],
  means: ActivationMeans,
  circuits: readonly Circuit[],
  { batch = DEFAULT_BATCH, onBatch }: RunCircuitsOptions = {},
): Promise<CircuitRun[]> {
  const runs = circuits.map(() => ({
    nl: new Float64Array(prompts.length),
    correct: new Uint8Array(prompts.length),
  }));
  const ids = promptIds(tokens, prompts);
  const answers = Int32Array.from(prompts, ({ answer }) => numberToken(tokens, answer));
  const promptsAtOnce = Math.max(1, Math.min(batch, prompts.length));
  const circuitsAtOnce = Math.max(1, Math.floor(batch / promptsAtOnce));
  for (let first = 0; first < circuits.length; first += circuitsAtOnce) {
    const block = circuits.slice(first, first + circuitsAtOnce);
    const { hook, tensors } = meanAblation(model.config, means, block);
    try {
      for (let start = 0; start < prompts.length; start += promptsAtOnce) {
        await onBatch?.();
        const end = Math.min(prompts.length, start + promptsAtOnce);
        const input = repeated(ids.subarray(start * PROMPT_LENGTH, end * PROMPT_LENGTH), block.length);
        const wanted = repeated(answers.subarray(start, end), block.length);
        const found = answered(model, input, wanted, hook);
        block.forEach((_, c) => {
          const rows = [c * (end - start), (c + 1) * (end - start)] as const;
          runs[first + c]?.nl.set(found.nl.subarray(...rows), start);
          runs[first + c]?.correct.set(found.correct.subarray(...rows), start);
        });
      }
    } finally {
      tf.dispose([...tensors]);
    }
  }
  return runs.map((run) => ({ ...run, accuracy: share(run.correct) }));
}

/**
 * @param ids [rows, 5] tokens
 * @param answers [rows] token of the answer
 */
function answered(
  model: Model,
  ids: Int32Array,
  answers: Int32Array,
  hook: Hook,
): { nl: Float64Array; correct: Uint8Array } {
  const rows = answers.length;
  return scoped(
    () => {
      const input = tf.tensor2d(ids, [rows, PROMPT_LENGTH], 'int32');
      const { logits } = forward(model, input, { hook, positions: 'last', cache: false });
      if (logits === null) throw new Error('the forward pass gave no logits');
      const { dVocab } = model.config;
      const flat = tf.reshape(logits, [rows, dVocab]);
      const predicted = tf.argMax(flat, -1).dataSync();
      const largest = tf.max(flat, -1).dataSync();
      const mean = tf.mean(flat, -1).dataSync();
      const at = answers.map((token, row) => row * dVocab + token);
      const answer = tf.gather(tf.reshape(flat, [-1]), tf.tensor1d(at, 'int32')).dataSync();
      return {
        nl: Float64Array.from(answer, (own, row) => {
          const centre = mean[row] ?? NaN;
          return (own - centre) / ((largest[row] ?? NaN) - centre);
        }),
        correct: Uint8Array.from(answers, (token, row) => (predicted[row] === token ? 1 : 0)),
      };
    },
    () => [],
  );
}

/** The same values several times over, one copy after the other. */
function repeated(values: Int32Array, times: number): Int32Array {
  const result = new Int32Array(values.length * times);
  for (let i = 0; i < times; i++) result.set(values, i * values.length);
  return result;
}

function share(flags: Uint8Array): number | null {
  return flags.length === 0 ? null : flags.reduce((sum, flag) => sum + flag, 0) / flags.length;
}
