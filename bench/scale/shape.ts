/** How large a made-up sweep is. */
export interface ScaleShape {
  readonly suite: string;
  readonly steps: readonly number[];
  readonly nLayers: number;
  /** First layer whose neurons are classified. */
  readonly firstLayer: number;
  readonly nHeads: number;
  readonly dModel: number;
  readonly dMlp: number;
  readonly dVocab: number;
  /** Neurons classified in each heuristic layer. */
  readonly top: number;
  /** Neurons of a layer that are ever among the top ones. */
  readonly pool: number;
  /** Heuristics that a neuron may come to implement, on average; about a third of them are there at a time. */
  readonly leanings: number;
  readonly maxOperand: number;
  readonly maxAnswer: number;
}

/** Training steps of Pythia's checkpoints. */
const PYTHIA_STEPS = [
  0,
  ...Array.from({ length: 10 }, (_, power) => 2 ** power),
  ...Array.from({ length: 143 }, (_, i) => 1000 * (i + 1)),
];

export const SCALES = {
  /** Pythia-6.9b as the paper analyses it: 200 neurons in each of 18 layers, about 5 heuristics each. */
  full: {
    ...{ suite: 'made-up-6.9b', steps: PYTHIA_STEPS, nLayers: 32, firstLayer: 14, nHeads: 32 },
    ...{ dModel: 4096, dMlp: 16384, dVocab: 50432, top: 200, pool: 800, leanings: 19 },
    ...{ maxOperand: 300, maxAnswer: 530 },
  },
  /** The same in small, for trials and tests. */
  small: {
    ...{ suite: 'made-up', steps: [0, 1, 16, 512, 1000, 2000, 4000], nLayers: 4, firstLayer: 2, nHeads: 2 },
    ...{ dModel: 16, dMlp: 64, dVocab: 100, top: 12, pool: 16, leanings: 14, maxOperand: 20, maxAnswer: 40 },
  },
  /** As many steps, layers and heads as `full`, and few neurons: what the size of a report follows from. */
  long: {
    ...{ suite: 'made-up-long', steps: PYTHIA_STEPS, nLayers: 32, firstLayer: 14, nHeads: 32 },
    ...{ dModel: 16, dMlp: 64, dVocab: 100, top: 2, pool: 4, leanings: 14, maxOperand: 20, maxAnswer: 40 },
  },
} as const satisfies Record<string, ScaleShape>;
