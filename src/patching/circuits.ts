import { layerIndex, type LayerIndex, type NeuronId, type NeuronIndex } from '../domain/ids.js';
import type { Circuit, HeadId, Kept, KeptInLayer } from './circuit.js';

/** What a circuit keeps apart from what it keeps always; `model` keeps everything, `none` nothing. */
export type CircuitKind = 'model' | 'none' | 'heads' | 'neurons' | 'heuristic_neurons' | 'mutual_neurons';

/** Where heads and neurons were ranked: at the checkpoint measured, or at the reference checkpoint. */
export type Derived = 'here' | 'reference';

/** A circuit and what tables say of it. */
export interface NamedCircuit {
  /** Readable, unique among the circuits of one `derived`: `6 heads`, `6 heads, 20 neurons per layer`. */
  readonly name: string;
  readonly kind: CircuitKind;
  readonly derived: Derived;
  /** Attention heads kept; null: all. */
  readonly heads: number | null;
  /** Neurons kept in each heuristic layer; null where that number is not fixed. */
  readonly neuronsPerLayer: number | null;
  /** Neurons kept in all heuristic layers together; null: all. */
  readonly neurons: number | null;
  readonly circuit: Circuit;
}

/** The whole model, NL(model) of the method. */
export function modelCircuit(nLayers: number): NamedCircuit {
  return {
    name: 'model',
    kind: 'model',
    derived: 'here',
    heads: null,
    neuronsPerLayer: null,
    neurons: null,
    circuit: circuitOf(nLayers, 'all', () => 'all'),
  };
}

/** Nothing: every head's `z` and every MLP's `mlp_post` replaced, NL(none) of the method. */
export function emptyCircuit(nLayers: number): NamedCircuit {
  return {
    name: 'none',
    kind: 'none',
    derived: 'here',
    heads: 0,
    neuronsPerLayer: 0,
    neurons: 0,
    circuit: circuitOf(nLayers, [], () => []),
  };
}

export interface HeadCurveOptions {
  readonly nLayers: number;
  /** All heads, best first. */
  readonly ranking: readonly HeadId[];
  /** Numbers of heads to keep; one above the number of heads counts as that number, and each is taken once. */
  readonly counts: readonly number[];
  readonly derived: Derived;
}

/** The top h heads and all MLPs, for several h (method section 5). @returns in the order of `counts` */
export function headCurve({ nLayers, ranking, counts, derived }: HeadCurveOptions): NamedCircuit[] {
  return atMost(counts, ranking.length).map((count) => ({
    name: amount(count, 'head'),
    kind: 'heads',
    derived,
    heads: count,
    neuronsPerLayer: null,
    neurons: null,
    circuit: circuitOf(nLayers, ranking.slice(0, count), () => 'all'),
  }));
}

/** What is kept beside the neurons of the heuristic layers: some heads, and the MLPs of all other layers whole. */
interface AroundNeurons {
  readonly nLayers: number;
  /** Heads kept. */
  readonly heads: 'all' | readonly HeadId[];
  readonly derived: Derived;
}

export interface NeuronCurveOptions extends AroundNeurons {
  /** Neurons of each heuristic layer, best first. */
  readonly ranking: ReadonlyMap<LayerIndex, readonly NeuronIndex[]>;
  /** Numbers of neurons to keep in each heuristic layer; one above the number ranked counts as that number. */
  readonly ks: readonly number[];
}

/**
 * Heads and, of the heuristic layers, only the top k neurons, for several k (paper, Fig. 4b). MLPs of other layers are
 * kept whole.
 * @returns in the order of `ks`
 */
export function neuronCurve({ nLayers, heads, derived, ranking, ks }: NeuronCurveOptions): NamedCircuit[] {
  const most = Math.max(0, ...[...ranking.values()].map(({ length }) => length));
  return atMost(ks, most).map((k) => {
    const kept = new Map([...ranking].map(([layer, neurons]) => [layer, neurons.slice(0, k)]));
    return {
      name: `${headsName(heads)}, ${amount(k, 'neuron')} per layer`,
      kind: 'neurons',
      derived,
      heads: headCount(heads),
      neuronsPerLayer: k,
      neurons: [...kept.values()].reduce((sum, { length }) => sum + length, 0),
      circuit: circuitOf(nLayers, heads, (layer) => kept.get(layer) ?? 'all'),
    };
  });
}

export interface NeuronSetOptions extends AroundNeurons {
  readonly kind: 'heuristic_neurons' | 'mutual_neurons';
  /** Layers of which only `neurons` are kept. */
  readonly heuristicLayers: readonly LayerIndex[];
  /** One may be named more than once. */
  readonly neurons: readonly NeuronId[];
}

/**
 * Heads and, of the heuristic layers, only the given neurons: those that implement a heuristic, or those that do so at
 * the reference checkpoint too (paper, Fig. 10b). MLPs of other layers are kept whole.
 * @throws RangeError when a neuron lies outside the heuristic layers
 */
export function neuronSetCircuit(options: NeuronSetOptions): NamedCircuit {
  const { nLayers, heads, derived, kind, heuristicLayers, neurons } = options;
  const kept = new Map(heuristicLayers.map((layer) => [layer, new Set<NeuronIndex>()]));
  for (const { layer, neuron } of neurons) {
    const own = kept.get(layer);
    if (own === undefined) throw new RangeError(`neuron ${neuron} of layer ${layer}, no heuristic layer`);
    own.add(neuron);
  }
  const label = kind === 'heuristic_neurons' ? 'heuristic neurons' : 'mutual neurons';
  return {
    name: `${headsName(heads)}, ${label}`,
    kind,
    derived,
    heads: headCount(heads),
    neuronsPerLayer: null,
    neurons: [...kept.values()].reduce((sum, { size }) => sum + size, 0),
    circuit: circuitOf(nLayers, heads, (layer) => {
      const own = kept.get(layer);
      return own === undefined ? 'all' : [...own];
    }),
  };
}

function circuitOf(
  nLayers: number,
  heads: 'all' | readonly HeadId[],
  neurons: (layer: LayerIndex) => Kept<NeuronIndex>,
): Circuit {
  const layers = Array.from({ length: nLayers }, (_, l): KeptInLayer => {
    const own = heads === 'all' ? heads : heads.filter(({ layer }) => layer === l).map(({ head }) => head);
    return { heads: own, neurons: neurons(layerIndex(l)) };
  });
  return { layers };
}

/** Each number once, none above `most`. @throws RangeError when one is no whole number >= 0 */
function atMost(counts: readonly number[], most: number): number[] {
  for (const count of counts)
    if (!Number.isSafeInteger(count) || count < 0)
      throw new RangeError(`a circuit keeps a whole number of components >= 0, not ${count}`);
  return [...new Set(counts.map((count) => Math.min(count, most)))];
}

function headCount(heads: 'all' | readonly HeadId[]): number | null {
  return heads === 'all' ? null : heads.length;
}

function headsName(heads: 'all' | readonly HeadId[]): string {
  return heads === 'all' ? 'all heads' : amount(heads.length, 'head');
}

function amount(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
