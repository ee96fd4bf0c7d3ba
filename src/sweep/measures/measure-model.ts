import type { Measure } from '../../domain/measure.js';
import type { UnitBatch } from '../../store/encode-batch.js';
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
import { layersFrom, modelPass, type ModelPass } from './model-pass.js';
import { mapsFit, neuronKey, recordedNeurons } from './neuron-maps.js';
import { drawPromptSets, type PromptSets } from '../prompt-sets.js';
import type { ReferenceResults } from '../reference/reference-results.js';
import type { RunContext } from '../run-context.js';
import type { PooledModel } from '../tasks/task-pool.js';

export type Facts = UnitBatch['facts'];

/** What the model alone says, without heuristics. */
export interface ModelFindings {
  readonly pass: ModelPass;
  readonly sets: PromptSets;
  /** In the order of the universes; empty when not measured. */
  readonly components: readonly OperatorComponents[];
  readonly attribution: readonly OperatorAttribution[];
  /** Rows of these measures; of those not taken there are none. */
  readonly facts: ReadonlyMap<Measure, Facts>;
}

/**
 * The measures that need the model alone: accuracy and maps in one pass over the universes, then effects of components
 * and neurons, and probes.
 * @param reference what the reference checkpoint says, null of itself; asked for where the pass keeps a few maps alone
 * @throws InterruptedError
 */
export async function measureModel(
  context: RunContext,
  model: PooledModel,
  reference: () => Promise<ReferenceResults | null>,
): Promise<ModelFindings> {
  const { request, universes, measures, firstLayer } = context;
  const { config } = request;
  const { tokens } = context.tokenizer;
  const layers = measures.has('classification') ? layersFrom(firstLayer, context.model.nLayers) : [];
  const few = fewReason(config);
  const attribute = (sets: PromptSets): Promise<OperatorAttribution[]> =>
    measureAttribution({ context, model, sets });

  // Where the top neurons are known before the pass, it keeps their maps alone: a fraction of the memory.
  const early =
    layers.length > 0 && context.neurons === 'top' && context.sets !== null
      ? await attribute(context.sets)
      : null;
  const all = recordedNeurons(context);
  const mapped = early === null || !measures.has('maps') ? null : await reference();
  const wanted = universes.operators.map(({ universe: { operator } }, i) => {
    const top = early?.[i]?.neurons.filter(({ top: isTop }) => isTop);
    if (top === undefined) return all;
    const keys = new Set([...top, ...(mapped?.get(operator)?.mapped ?? [])].map(neuronKey));
    return all.filter((id) => keys.has(neuronKey(id)));
  });
  const fits = layers.length > 0 && mapsFit(context, wanted);
  const pass = await modelPass(model, {
    tokens,
    universes,
    layers,
    recorded: fits ? wanted : null,
    wantMeans: measures.has('faithfulness'),
    batch: config.batch,
  });
  const sets = context.sets ?? ownSets(context, pass);
  const [components, attribution, probes] = await Promise.all([
    measures.has('components') ? measureComponents({ context, model, sets }) : [],
    measures.has('attribution') ? (early ?? attribute(sets)) : [],
    measures.has('probe') ? probeOperators(model, { tokens, universes, config }) : [],
  ]);
  const accuracy = sets.operators.flatMap((prompts, i) =>
    accuracyRows(prompts, pass.operators[i]?.correct ?? new Uint8Array(), config.minPrompts),
  );
  const top = countOf(config.topNeurons, context.model.dMlp);
  const facts = new Map<Measure, Facts>([
    ['accuracy', { accuracy }],
    ['components', { component_effects: componentRows(components, few) }],
    ['attribution', attributionFacts(attribution, { all: context.neurons === 'all', top, few })],
    ['probe', { probe_accuracy: probeRows(probes) }],
  ]);
  return { pass, sets, components, attribution, facts };
}

/** Analysis sets of a checkpoint that draws its own (`correct`). */
function ownSets({ universes, request }: RunContext, pass: ModelPass): PromptSets {
  const { analysisPrompts: size, seed } = request.config;
  const correct = pass.operators.map((operator) => operator.correct);
  return drawPromptSets(universes, correct, { size, seed });
}
