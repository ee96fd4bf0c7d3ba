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
  const pass = await watch.time('accuracy', () =>
    modelPass(model, {
      tokens,
      universes,
      firstLayer: recorded ? firstLayer : null,
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
  const effects = { context, model, sets, onBatch: () => breathe(signal) };
  const few = fewReason(config);
  let components: OperatorComponents[] = [];
  if (measures.has('components')) {
    components = await watch.time('components', () => measureComponents(effects));
    facts.set('components', { component_effects: componentRows(components, few) });
  }
  let attribution: OperatorAttribution[] = [];
  if (measures.has('attribution')) {
    attribution = await watch.time('attribution', () => measureAttribution(effects));
    const top = countOf(config.topNeurons, context.model.dMlp);
    facts.set('attribution', attributionFacts(attribution, { all: context.neurons === 'all', top, few }));
  }
  if (measures.has('probe')) {
    const probes = await watch.time('probe', () =>
      probeOperators(model, { tokens, universes, config, signal }),
    );
    facts.set('probe', { probe_accuracy: probeRows(probes) });
  }
  return { pass, sets, components, attribution, facts };
}

/** Analysis sets of a checkpoint that draws its own (`correct`). */
function ownSets({ universes, request }: RunContext, pass: ModelPass): PromptSets {
  const { analysisPrompts: size, seed } = request.config;
  const correct = pass.operators.map((operator) => operator.correct);
  return drawPromptSets(universes, correct, { size, seed });
}
