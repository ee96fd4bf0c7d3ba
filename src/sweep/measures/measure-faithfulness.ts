import { faithfulness } from '../../analysis/faithfulness.js';
import type { SweepConfig } from '../../config/sweep-fields.js';
import type { LayerIndex, NeuronId, NeuronIndex } from '../../domain/ids.js';
import type { MatchedNeuron } from '../../heuristics/prompt-neurons.js';
import type { ActivationMeans } from '../../model/activation-sums.js';
import type { HeadId } from '../../patching/circuit.js';
import {
  emptyCircuit,
  headCurve,
  modelCircuit,
  neuronCurve,
  neuronSetCircuit,
  type Derived,
  type NamedCircuit,
} from '../../patching/circuits.js';
import type { CircuitRun } from '../../patching/run-circuits.js';
import type { OperatorPrompts } from '../../prompts/hash.js';
import type { FactOf } from '../../store/schema/tables.js';
import { countOf, type OperatorAttribution } from './measure-attribution.js';
import { fewReason, rankHeads, type EffectInput, type OperatorComponents } from './measure-components.js';
import { layersFrom } from './model-pass.js';
import { promptsAt } from '../prompt-sets.js';
import { tupleKey, type OperatorReference, type ReferenceResults } from '../reference/reference-results.js';

type Row = FactOf<'faithfulness'>;

/** What the earlier measures found. */
export interface CircuitInput extends EffectInput {
  readonly means: ActivationMeans;
  readonly components: readonly OperatorComponents[];
  readonly attribution: readonly OperatorAttribution[];
  /** [operator] neurons that implement a heuristic of the first preset */
  readonly matched: readonly (readonly MatchedNeuron[])[];
  readonly reference: ReferenceResults;
}

/**
 * Faithfulness of circuits on the evaluation prompts (method section 5): the best heads with all MLPs, the same with only
 * the best neurons of the heuristic layers, with the heuristic neurons, and with those mutual with the reference
 * checkpoint. Heads are ranked here and at the reference checkpoint; the circuits of neurons keep as many of them as
 * the largest circuit of heads. Cost: different circuits x prompts full forward passes.
 */
export async function measureFaithfulness(input: CircuitInput): Promise<Row[]> {
  const rows = await Promise.all(input.sets.operators.map((prompts, i) => operatorRows(input, prompts, i)));
  return rows.flat();
}

async function operatorRows(
  input: CircuitInput,
  { universe, analysis }: OperatorPrompts,
  i: number,
): Promise<Row[]> {
  const { context, model, means } = input;
  const { config } = context.request;
  const { nLayers } = context.model;
  const { tokens } = context.tokenizer;
  const { operator } = universe;
  const prompts = promptsAt(universe, analysis.evaluation);
  const few = prompts.length < config.minPrompts ? fewReason(config) : null;
  const candidates = candidatesOf(input, i).map((given) => ({ ...given, missing: given.missing ?? few }));
  const measured = candidates.flatMap(({ named, missing }) => (missing === null ? [named] : []));
  const distinct = new Map(
    [modelCircuit(nLayers), emptyCircuit(nLayers), ...measured].map((named) => [keyOf(named), named.circuit]),
  );
  const circuits = [...distinct.values()];
  const { batch } = config;
  const runs =
    measured.length === 0 ? [] : await model.run('circuits', { tokens, prompts, means, circuits, batch });
  const runOf = new Map([...distinct.keys()].map((key, run) => [key, runs[run]]));
  const [whole, none] = runs;
  return candidates.map(({ named, missing }) => ({
    operator,
    ...describe(named),
    ...valuesOf(missing ?? { own: runOf.get(keyOf(named)), whole, none }, config),
  }));
}

/** A circuit to measure, or why it cannot be. */
interface Candidate {
  readonly named: NamedCircuit;
  readonly missing: Row['null_reason'];
}

function candidatesOf(input: CircuitInput, i: number): Candidate[] {
  const { context, components, attribution, matched, reference } = input;
  const { config } = context.request;
  const { nLayers, dMlp } = context.model;
  const effects = components[i]?.effects ?? [];
  const heads = effects.flatMap((effect) => (effect.head === null ? [] : [{ ...effect, head: effect.head }]));
  const here = rankHeads(heads, config.rankBy);
  const unranked = effects.some(({ n }) => n === 0) ? fewReason(config) : null;
  const there = reference.get(context.universes.operators[i]?.universe.operator ?? '+');
  const heuristicLayers = layersFrom(context.firstLayer, nLayers);
  const neurons = matched[i] ?? [];
  const counts = config.circuitHeads.map(Number);
  const ks = [...new Set(config.circuitNeurons.map((count) => countOf(Number(count), dMlp)))];

  const withHeads = (
    derived: Derived,
    ranking: readonly HeadId[],
    missing: Row['null_reason'],
  ): Candidate[] => {
    const kept = ranking.slice(0, Math.max(...counts));
    const around = { nLayers, heads: kept, derived };
    const curve = [
      ...headCurve({ nLayers, ranking, counts, derived }),
      ...neuronCurve({ ...around, ranking: rankedNeurons(attribution[i], heuristicLayers), ks }),
    ];
    const set = { ...around, heuristicLayers };
    const mutual = there === undefined ? [] : mutualNeurons(neurons, there);
    return [
      ...curve.map((named) => ({ named, missing })),
      { named: neuronSetCircuit({ ...set, kind: 'heuristic_neurons', neurons }), missing },
      {
        named: neuronSetCircuit({ ...set, kind: 'mutual_neurons', neurons: mutual }),
        missing: missing ?? (there === undefined ? ('no_reference' as const) : null),
      },
    ];
  };
  return [
    ...withHeads('here', here, unranked),
    ...withHeads('reference', there?.heads ?? here, there === undefined ? 'no_reference' : unranked),
  ];
}

/** Neurons of each layer, best first. */
function rankedNeurons(
  attribution: OperatorAttribution | undefined,
  layers: readonly LayerIndex[],
): Map<LayerIndex, NeuronIndex[]> {
  const neurons = attribution?.neurons ?? [];
  return new Map(
    layers.map((layer) => [
      layer,
      neurons
        .filter((neuron) => neuron.layer === layer)
        .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
        .map(({ neuron }) => neuron),
    ]),
  );
}

/** Neurons of which at least one (heuristic, neuron) tuple is one of the reference checkpoint's too. */
function mutualNeurons(neurons: readonly MatchedNeuron[], { matches }: OperatorReference): NeuronId[] {
  return neurons.filter(({ layer, neuron, matches: own }) =>
    own.some(({ heuristic }) => matches.has(tupleKey(layer, neuron, heuristic.key))),
  );
}

/** Equal for circuits that keep the same, whatever they are called. */
function keyOf({ circuit }: NamedCircuit): string {
  return JSON.stringify(
    circuit.layers.map(({ heads, neurons }) =>
      [heads, neurons].map((kept) => (kept === 'all' ? kept : sorted(kept))),
    ),
  );
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

type Described = 'circuit' | 'kind' | 'derived' | 'heads' | 'neurons_per_layer' | 'neurons';

function describe({
  name,
  kind,
  derived,
  heads,
  neuronsPerLayer,
  neurons,
}: NamedCircuit): Pick<Row, Described> {
  if (kind === 'model' || kind === 'none') throw new Error(`the circuit ${kind} has no faithfulness`);
  return { circuit: name, kind, derived, heads, neurons_per_layer: neuronsPerLayer, neurons };
}

interface Runs {
  readonly own: CircuitRun | undefined;
  readonly whole: CircuitRun | undefined;
  readonly none: CircuitRun | undefined;
}

function valuesOf(
  runs: Runs | NonNullable<Row['null_reason']>,
  { faithfulnessFloor, bootstrapSamples, seed, minPrompts }: SweepConfig,
): Omit<Row, Described | 'operator'> {
  if (
    typeof runs === 'string' ||
    runs.own === undefined ||
    runs.whole === undefined ||
    runs.none === undefined
  )
    return {
      ...{ faithfulness: null, ci_low: null, ci_high: null, ratio_of_means: null },
      ...{ nl_circuit: null, nl_none: null, nl_model: null, accuracy: null },
      n: 0,
      below_floor: 0,
      null_reason: typeof runs === 'string' ? runs : 'not_tried',
    };
  const { own, whole, none } = runs;
  const f = faithfulness(
    { nl: own.nl, nlNone: none.nl, nlModel: whole.nl },
    { floor: faithfulnessFloor, samples: bootstrapSamples, seed, minPrompts },
  );
  return {
    faithfulness: f.faithfulness,
    ci_low: f.ciLow,
    ci_high: f.ciHigh,
    ratio_of_means: f.ratioOfMeans,
    nl_circuit: f.nlCircuit,
    nl_none: f.nlNone,
    nl_model: f.nlModel,
    accuracy: own.accuracy,
    n: f.n,
    below_floor: f.belowFloor,
    null_reason: f.nullReason,
  };
}
