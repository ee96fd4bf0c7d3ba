import type { LayerIndex, NeuronId } from '../../domain/ids.js';
import type { Measure } from '../../domain/measure.js';
import type { Prompt, PromptPair, PromptTable } from '../../domain/prompt.js';
import type { ActivationMeans, ActivationSums } from '../../model/activation-sums.js';
import { directLogits } from '../../model/direct-logits.js';
import type { Model } from '../../model/model.js';
import type { PromptTokens } from '../../model/prompt-tokens.js';
import {
  activationSums,
  universePass,
  type UniversePassOptions,
  type UniversePassResult,
} from '../../model/universe-pass.js';
import { attributeNeurons, type LayerAttribution } from '../../patching/attribution.js';
import type { Circuit } from '../../patching/circuit.js';
import { componentEffects, type ComponentEffect } from '../../patching/component-effects.js';
import { exactNeuronEffects } from '../../patching/exact-effects.js';
import {
  knockOut,
  type KnockOutOptions,
  type KnockOutOutcome,
  type KnockOutRun,
} from '../../patching/knockout.js';
import { trainProbes, type ProbeResult, type ProbeSettings } from '../../patching/probe.js';
import { recordPrompt, type RecordedPrompt } from '../../patching/record-prompt.js';
import { collectResiduals } from '../../patching/residuals.js';
import { runCircuits, type CircuitRun } from '../../patching/run-circuits.js';

/** What every task is given beside its own input. */
interface Shared {
  readonly tokens: PromptTokens;
  readonly batch: number;
}

interface OnUniverse extends Shared {
  /** The prompts of a universe, or a part of them. */
  readonly prompts: PromptTable;
  readonly options: Omit<UniversePassOptions, 'batch' | 'onBatch'>;
}

interface OnPairs extends Shared {
  readonly pairs: readonly PromptPair[];
}

/** Input and output of each task: plain data, which can go to another thread. */
interface TaskTypes {
  pass: [OnUniverse, UniversePassResult];
  maps: [OnUniverse, UniversePassResult];
  sums: [Shared & { prompts: PromptTable }, ActivationSums];
  directLogits: [{ layer: LayerIndex; answers: Int32Array }, Float32Array];
  components: [OnPairs, ComponentEffect[]];
  attribution: [OnPairs & { layers: readonly LayerIndex[] }, LayerAttribution[]];
  exact: [OnPairs & { neurons: readonly NeuronId[] }, Float32Array];
  probes: [Shared & { prompts: readonly Prompt[]; settings: Partial<ProbeSettings> }, ProbeResult[]];
  circuits: [
    Shared & { prompts: readonly Prompt[]; means: ActivationMeans; circuits: readonly Circuit[] },
    CircuitRun[],
  ];
  knockouts: [
    Shared & { prompts: PromptTable; runs: readonly KnockOutRun[]; positions: KnockOutOptions['positions'] },
    KnockOutOutcome[],
  ];
  record: [{ tokens: PromptTokens; prompt: Prompt; layers: readonly LayerIndex[] }, RecordedPrompt];
}

export type TaskName = keyof TaskTypes;
export type TaskInput<N extends TaskName> = TaskTypes[N][0];
export type TaskOutput<N extends TaskName> = TaskTypes[N][1];

/** Called between batches: lets signals in, and throws to stop. */
export type OnBatch = () => Promise<void>;

type Tasks = {
  readonly [N in TaskName]: {
    /** What its time is counted to. */
    readonly measure: Measure;
    readonly run: (
      model: Model,
      input: TaskInput<N>,
      onBatch: OnBatch,
    ) => TaskOutput<N> | Promise<TaskOutput<N>>;
  };
};

function onUniverse(
  model: Model,
  { tokens, prompts, options, batch }: OnUniverse,
  onBatch: OnBatch,
): Promise<UniversePassResult> {
  return universePass(model, tokens, prompts, { ...options, batch, onBatch });
}

/** Everything that is asked of a model in the engine. Each task runs whole on one engine, so its result is the same on any. */
const TASKS: Tasks = {
  pass: { measure: 'accuracy', run: onUniverse },
  maps: { measure: 'classification', run: onUniverse },
  sums: {
    measure: 'faithfulness',
    run: (model, { tokens, prompts, batch }, onBatch) =>
      activationSums(model, tokens, prompts, { batch, onBatch }),
  },
  directLogits: {
    measure: 'classification',
    run: (model, { layer, answers }) => directLogits(model, layer, answers),
  },
  components: {
    measure: 'components',
    run: (model, { tokens, pairs, batch }, onBatch) =>
      componentEffects(model, tokens, pairs, { batch, onBatch }),
  },
  attribution: {
    measure: 'attribution',
    run: (model, { tokens, pairs, layers, batch }, onBatch) =>
      attributeNeurons(model, tokens, pairs, { layers, batch, onBatch }),
  },
  exact: {
    measure: 'attribution',
    run: (model, { tokens, pairs, neurons, batch }, onBatch) =>
      exactNeuronEffects(model, tokens, pairs, neurons, { batch, onBatch }),
  },
  probes: {
    measure: 'probe',
    run: async (model, { tokens, prompts, settings, batch }, onBatch) => {
      const residuals = await collectResiduals(model, tokens, prompts, { batch, onBatch });
      return trainProbes({ residuals, prompts, settings, onBatch });
    },
  },
  circuits: {
    measure: 'faithfulness',
    run: (model, { tokens, prompts, means, circuits, batch }, onBatch) =>
      runCircuits(model, tokens, prompts, means, circuits, { batch, onBatch }),
  },
  knockouts: {
    measure: 'knockouts',
    run: (model, { tokens, prompts, runs, positions, batch }, onBatch) =>
      knockOut(model, tokens, prompts, runs, { positions, batch, onBatch }),
  },
  record: {
    measure: 'accuracy',
    run: (model, { tokens, prompt, layers }) => recordPrompt(model, tokens, prompt, layers),
  },
};

/** Runs a task on a model. @throws what the task's function throws, and what `onBatch` throws */
export async function runModelTask<N extends TaskName>(
  name: N,
  model: Model,
  input: TaskInput<N>,
  onBatch: OnBatch,
): Promise<TaskOutput<N>> {
  return TASKS[name].run(model, input, onBatch);
}

/** The measure that a task's time is counted to. */
export function measureOfTask(name: TaskName): Measure {
  return TASKS[name].measure;
}
