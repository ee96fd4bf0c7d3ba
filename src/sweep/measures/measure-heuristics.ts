import type { Measure } from '../../domain/measure.js';
import { mappedNeurons } from './mapped-neurons.js';
import {
  classifyCheckpoint,
  type CaseActivations,
  type ClassificationRows,
} from './measure-classification.js';
import { fewReason, rankHeads } from './measure-components.js';
import { casesOf, failureRows } from './measure-failures.js';
import { measureFaithfulness } from './measure-faithfulness.js';
import { measureKnockouts } from './measure-knockouts.js';
import { measureMaps } from './measure-maps.js';
import type { Facts, ModelFindings } from './measure-model.js';
import { classifiedMaps, type OperatorMaps } from './neuron-maps.js';
import { tupleKey, type ReferenceResults } from '../reference/reference-results.js';
import type { RunContext } from '../run-context.js';
import type { Stopwatch } from './stopwatch.js';
import type { PooledModel } from '../tasks/task-pool.js';

/** The neurons that were classified, and what was found. */
export interface Classified {
  /** [operator] */
  readonly maps: readonly OperatorMaps[];
  /** [preset]; empty when nothing was to be classified. */
  readonly presets: readonly ClassificationRows[];
  /** [operator] what the failure modes need of the maps */
  readonly cases: readonly CaseActivations[];
}

/** Classifies all neurons of the heuristic layers, or the top ones by attribution, in the threads of its pool. */
export async function classifyRecorded(
  context: RunContext,
  { pass, attribution }: ModelFindings,
  model: PooledModel,
): Promise<Classified> {
  if (!context.measures.has('classification')) return { maps: [], presets: [], cases: [] };
  const { config, presets } = context.request;
  const chosen =
    context.neurons === 'all'
      ? null
      : attribution.map(({ neurons }) =>
          neurons.every(({ rank }) => rank === null)
            ? fewReason(config)
            : neurons.flatMap(({ top }, row) => (top ? [row] : [])),
        );
  const maps = classifiedMaps({ context, model, pass, chosen });
  const found = await classifyCheckpoint(maps, model, {
    seed: config.seed,
    threshold: config.threshold,
    gated: context.model.gated,
    presets: presets.length,
    cases: context.universes.operators.map((_, i) => casesOf(context, pass, i)),
  });
  return { maps, ...found };
}

/** What a reference checkpoint says to the others. */
export function referenceResults(
  { universes, request, neurons }: RunContext,
  { components, attribution }: ModelFindings,
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
      const mapped = mappedNeurons({
        most: request.config.mapNeurons,
        effects: (attribution[i]?.neurons ?? []).filter(({ top }) => top || neurons === 'all'),
        classified: (presets[0]?.neurons ?? []).filter((row) => row.operator === operator),
      });
      return [
        operator,
        { heads: rankHeads(heads, request.config.rankBy), matches: new Set(matches), mapped },
      ];
    }),
  );
}

/**
 * The measures that need the heuristics found: circuits, knock-outs, failure modes, kept maps. Waits for the reference checkpoint
 * where circuits or maps follow from it.
 * @param reference null: nothing is compared with it
 * @throws InterruptedError
 */
export async function measureWithHeuristics(
  context: RunContext,
  model: PooledModel,
  findings: ModelFindings & { readonly classified: Classified },
  reference: ReferenceResults | null,
  watch: Stopwatch,
): Promise<ReadonlyMap<Measure, Facts>> {
  const { measures } = context;
  const { pass, sets, components, attribution, classified } = findings;
  const { maps, cases } = classified;
  const matched = classified.presets[0]?.matched ?? [];
  const { means } = pass;
  const input = { context, model, pass, maps, matched };
  const [faithfulness, knockouts, neuronMaps] = await Promise.all([
    measures.has('faithfulness') && means !== null && reference !== null
      ? measureFaithfulness({ context, model, sets, means, components, attribution, matched, reference })
      : [],
    measures.has('knockouts') ? measureKnockouts(input) : {},
    measures.has('maps') && reference !== null ? measureMaps({ context, model, pass, reference, watch }) : [],
  ]);
  const failures = measures.has('failures')
    ? watch.time('failures', () => failureRows({ ...input, cases }))
    : [];
  return new Map<Measure, Facts>([
    ['faithfulness', { faithfulness }],
    ['knockouts', knockouts],
    ['failures', { failure_modes: failures }],
    ['maps', { neuron_maps: neuronMaps }],
  ]);
}
