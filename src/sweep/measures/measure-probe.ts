import type { SweepConfig } from '../../config/sweep-fields.js';
import type { Operator } from '../../domain/operator.js';
import { permutation, randomStream } from '../../domain/random.js';
import type { PromptTokens } from '../../model/prompt-tokens.js';
import type { ProbeResult } from '../../patching/probe.js';
import type { FactOf } from '../../store/schema/tables.js';
import { promptsAt, type Universes } from '../prompt-sets.js';
import type { PooledModel } from '../tasks/task-pool.js';

/** The probes of one operator. */
export interface OperatorProbes {
  readonly operator: Operator;
  readonly probes: readonly ProbeResult[];
}

export interface ProbeOptions {
  readonly tokens: PromptTokens;
  readonly universes: Universes;
  readonly config: SweepConfig;
}

/**
 * Trains the linear probes of all operators on a seeded sample of each universe, the same at every step
 * (method section 6). Cost: `probePrompts` forward passes an operator, and the training.
 */
export async function probeOperators(
  model: PooledModel,
  { tokens, universes, config }: ProbeOptions,
): Promise<OperatorProbes[]> {
  const { batch, seed } = config;
  const settings = {
    learningRate: config.probeLearningRate,
    batch: config.probeBatch,
    epochs: config.probeEpochs,
    by: config.probeSplit,
    seed,
  };
  return Promise.all(
    universes.operators.map(async ({ universe }) => {
      const { operator } = universe;
      const order = permutation(universe.count, randomStream(seed, 'probe prompts', operator));
      const prompts = promptsAt(universe, [...order.subarray(0, config.probePrompts)]);
      return { operator, probes: await model.run('probes', { tokens, prompts, settings, batch }) };
    }),
  );
}

/** Rows of the measure `probe`. */
export function probeRows(operators: readonly OperatorProbes[]): FactOf<'probe_accuracy'>[] {
  return operators.flatMap(({ operator, probes }) =>
    probes.map((probe) => ({
      operator,
      layer: probe.layer,
      position: probe.position,
      classes: probe.classes,
      n_train: probe.train,
      n_test: probe.test,
      train_accuracy: probe.trainAccuracy,
      test_accuracy: probe.testAccuracy,
      majority: probe.majorityBaseline,
      null_reason: probe.reason,
    })),
  );
}
