import type { Model } from '../model/model.js';
import type { UnitBatch } from '../store/encode-batch.js';
import type { Measure } from '../domain/measure.js';
import { breathe } from './checkpoint-model.js';
import { accuracyRows } from './measure-accuracy.js';
import {
  attributionFacts,
  countOf,
  measureAttribution,
  type OperatorAttribution,
} from './measure-attribution.js';
import {
  componentRows,
  fewReason,
  measureComponents,
  type OperatorComponents,
  type EffectInput,
} from './measure-components.js';
import { probeOperators, probeRows } from './measure-probe.js';
import { modelPass, type ModelPass } from './model-pass.js';
import { drawPromptSets, type PromptSets } from './prompt-sets.js';
import type { RunContext } from './run-context.js';
import type { Stopwatch } from './stopwatch.js';

export type Facts = UnitBatch['facts'];

/** What the model alone says, without heuristics. */
export interface ModelFindings {
  readonly pass: ModelPass;
  /** Whether the pass recorded the top neurons alone. */
  readonly topOnly: boolean;
  readonly sets: PromptSets;
  /** In the order of the universes; empty when not measured. */
  readonly components: readonly OperatorComponents[];
  readonly attribution: readonly OperatorAttribution[];
  /** Rows of the measures taken so far. */
  readonly facts: ReadonlyMap<Measure, Facts>;
}

/**
 * The measures that need the model alone: accuracy and maps in one pass over the universes, effects of components and
 * neurons, probes.
 * @throws InterruptedError
 */
export async function measureModel(
  context: RunContext,
  model: Model,
  watch: Stopwatch,
): Promise<ModelFindings> {
  const { request, universes, measures, firstLayer } = context;
  const { config, signal } = request;
  const { tokens } = context.tokenizer;
  const facts = new Map<Measure, Facts>();
  const recorded = measures.has('classification');
  const few = fewReason(config);
  const effectsOn = (sets: PromptSets): EffectInput => ({
    ...{ context, model, sets, onBatch: () => breathe(signal) },
  });
  const attribute = (sets: PromptSets): Promise<OperatorAttribution[]> =>
    watch.time('attribution', () => measureAttribution(effectsOn(sets)));

  // Where the top neurons are known before the pass, it keeps their maps alone: a fraction of the memory.
  const early =
    recorded && context.neurons === 'top' && context.sets !== null ? await attribute(context.sets) : null;
  const pass = await watch.time('accuracy', () =>
    modelPass(model, {
      tokens,
      universes,
      firstLayer: recorded ? firstLayer : null,
      chosen: early === null ? null : early.map(({ neurons }) => neurons.filter(({ top }) => top)),
      wantMeans: measures.has('faithfulness'),
      batch: config.batch,
      signal,
    }),
  );
  const sets = context.sets ?? ownSets(context, pass);
  facts.set('accuracy', {
    accuracy: sets.operators.flatMap((prompts, i) =>
      accuracyRows(prompts, pass.operators[i]?.correct ?? new Uint8Array(), config.minPrompts),
    ),
  });
  let components: OperatorComponents[] = [];
  if (measures.has('components')) {
    components = await watch.time('components', () => measureComponents(effectsOn(sets)));
    facts.set('components', { component_effects: componentRows(components, few) });
  }
  let attribution: OperatorAttribution[] = [];
  if (measures.has('attribution')) {
    attribution = early ?? (await attribute(sets));
    const top = countOf(config.topNeurons, context.model.dMlp);
    facts.set('attribution', attributionFacts(attribution, { all: context.neurons === 'all', top, few }));
  }
  if (measures.has('probe')) {
    const probes = await watch.time('probe', () =>
      probeOperators(model, { tokens, universes, config, signal }),
    );
    facts.set('probe', { probe_accuracy: probeRows(probes) });
  }
  return { pass, topOnly: early !== null, sets, components, attribution, facts };
}

/** Analysis sets of a checkpoint that draws its own (`correct`). */
function ownSets({ universes, request }: RunContext, pass: ModelPass): PromptSets {
  const { analysisPrompts: size, seed } = request.config;
  const correct = pass.operators.map((operator) => operator.correct);
  return drawPromptSets(universes, correct, { size, seed });
}
