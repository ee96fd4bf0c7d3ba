import type { Measure } from '../domain/measure.js';
import type { Model } from '../model/model.js';
import { breathe } from './checkpoint-model.js';
import type { ClassifyPool } from './classify-pool.js';
import { classifyCheckpoint, type ClassificationRows, type OperatorMaps } from './measure-classification.js';
import { fewReason, rankHeads } from './measure-components.js';
import { failureRows } from './measure-failures.js';
import { measureFaithfulness } from './measure-faithfulness.js';
import { measureKnockouts } from './measure-knockouts.js';
import type { Facts, ModelFindings } from './measure-model.js';
import { classifiedMaps } from './neuron-maps.js';
import { tupleKey, type ReferenceResults } from './reference-results.js';
import type { RunContext } from './run-context.js';
import type { Stopwatch } from './stopwatch.js';

/** The neurons that were classified, and what was found. */
export interface Classified {
  /** [operator] */
  readonly maps: readonly OperatorMaps[];
  /** [preset]; empty when nothing was to be classified. */
  readonly presets: readonly ClassificationRows[];
}

/** Classifies all neurons of the heuristic layers, or the top ones by attribution, in the workers of `pool`. */
export async function classifyRecorded(
  context: RunContext,
  { pass, topOnly, attribution }: ModelFindings,
  pool: ClassifyPool,
  watch: Stopwatch,
): Promise<Classified> {
  if (!context.measures.has('classification')) return { maps: [], presets: [] };
  const { config, presets } = context.request;
  const chosen =
    context.neurons === 'all'
      ? null
      : attribution.map(({ neurons }) =>
          neurons.every(({ rank }) => rank === null)
            ? fewReason(config)
            : neurons.flatMap(({ top }, row) => (top ? [row] : [])),
        );
  const maps = classifiedMaps(context, pass, chosen, topOnly);
  const found = await watch.time('classification', () =>
    classifyCheckpoint(maps, pool, {
      seed: config.seed,
      threshold: config.threshold,
      gated: context.model.gated,
      presets: presets.length,
    }),
  );
  return { maps, presets: found };
}

/** What a reference checkpoint says to the others. */
export function referenceResults(
  { universes, request }: RunContext,
  { components }: ModelFindings,
  { presets }: Classified,
): ReferenceResults {
  return new Map(
    universes.operators.map(({ universe: { operator } }, i) => {
      const heads = (components[i]?.effects ?? []).flatMap((effect) =>
        effect.head === null ? [] : [{ ...effect, head: effect.head }],
      );
      const matches = (presets[0]?.matched[i] ?? []).flatMap(({ layer, neuron, matches: own }) =>
        own.map(({ heuristic }) => tupleKey(layer, neuron, heuristic.key)),
      );
      return [operator, { heads: rankHeads(heads, request.config.rankBy), matches: new Set(matches) }];
    }),
  );
}

/**
 * The measures that need the heuristics found: circuits, knock-outs, failure modes. Waits for the reference checkpoint
 * where circuits are compared with it.
 * @throws InterruptedError
 */
export async function measureWithHeuristics(
  context: RunContext,
  model: Model,
  findings: ModelFindings & { readonly classified: Classified },
  reference: ReferenceResults | null,
  watch: Stopwatch,
): Promise<ReadonlyMap<Measure, Facts>> {
  const { measures, request } = context;
  const { pass, sets, components, attribution, classified } = findings;
  const { maps } = classified;
  const matched = classified.presets[0]?.matched ?? [];
  const onBatch = (): Promise<void> => breathe(request.signal);
  const facts = new Map<Measure, Facts>();
  const { means } = pass;
  if (measures.has('faithfulness') && means !== null) {
    const rows = await watch.time('faithfulness', () =>
      measureFaithfulness({
        ...{ context, model, sets, means, components, attribution, matched, reference, onBatch },
      }),
    );
    facts.set('faithfulness', { faithfulness: rows });
  }
  const input = { context, model, pass, maps, matched, onBatch };
  if (measures.has('knockouts'))
    facts.set('knockouts', await watch.time('knockouts', () => measureKnockouts(input)));
  if (measures.has('failures'))
    facts.set('failures', { failure_modes: await watch.time('failures', () => failureRows(input)) });
  return facts;
}
