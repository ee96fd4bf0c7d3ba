import { mlpWeights, runFlops, unembedFlops, type Run, type Widths } from './run-flops.js';

/*
 * Operations of matrix products of what a step asks of the engine, by the task that does it; each for one operator.
 * They follow the "Cost" lines of the functions named, and a test counts the products of these.
 */

const PROMPT = 5;
const PREFIX = 3;

interface PassSize {
  readonly prompts: number;
  /** Prefixes (BOS, op1, operator) that are computed, over all parts of the pass. */
  readonly prefixes: number;
  /** Whether activations are summed as well. */
  readonly sums: boolean;
  readonly logits: boolean;
}

/** `universePass`, and without logits `activationSums`. */
export function passFlops(w: Widths, { prompts, prefixes, sums, logits }: PassSize): number {
  const runs: readonly Run[] = [
    { rows: prefixes, tokens: PREFIX },
    { rows: prompts, tokens: PROMPT - PREFIX, past: PREFIX },
  ];
  const ofRun = (run: Run): number => runFlops(w, run) + (sums ? sumFlops(w, run) : 0);
  return ofSum(runs, ofRun) + (logits ? unembedFlops(w, prompts) : 0);
}

/** Sums over the rows are products with a row of ones. */
function sumFlops({ nLayers, q, m }: Widths, { rows, tokens }: Run): number {
  return 2 * rows * (q + m) * (tokens * (nLayers - 1) + 1);
}

/** `directLogits` of some layers, as often as they are asked for. */
export function directLogitFlops({ m, d }: Widths, layers: number, answers: number): number {
  return 2 * layers * m * d * answers;
}

/** `recordPairs`: both prompts of each pair. */
function pairFlops(w: Widths, pairs: number): number {
  return 2 * runFlops(w, { rows: pairs, tokens: PROMPT });
}

/** `componentEffects`. */
export function componentFlops(w: Widths, pairs: number): number {
  const parts = w.nHeads + 1;
  let sum = pairFlops(w, pairs) + unembedFlops(w, pairs);
  for (let layer = 0; layer < w.nLayers; layer++)
    for (let position = 1; position < PROMPT; position++) {
      if (layer === w.nLayers - 1 && position < PROMPT - 1) continue;
      const rows = parts * pairs;
      sum += 2 * pairs * w.q * w.d; // what each head's change writes
      if (!w.parallel) sum += 2 * w.nHeads * pairs * mlpWeights(w); // the same block's MLP reads it
      sum += runFlops(w, { rows, tokens: PROMPT - position, past: position, from: layer + 1 });
      sum += unembedFlops(w, rows);
    }
  return sum;
}

/** `attributeNeurons`: one token forward and, by the gradient of its input alone, backward. */
export function attributionFlops(w: Widths, pairs: number, firstLayer: number): number {
  const last = { rows: pairs, tokens: 1, past: PROMPT - 1 };
  const forward = runFlops(w, { ...last, from: firstLayer });
  // In the lowest layer the gradient ends at its neurons.
  const backward = runFlops(w, { ...last, from: firstLayer + 1 }) + 2 * pairs * w.d * w.m;
  return pairFlops(w, pairs) + forward + backward;
}

/**
 * `exactNeuronEffects`.
 * @param neurons [layers] how many of each layer
 * @param groups calls that share them
 */
export function exactFlops(w: Widths, pairs: number, neurons: readonly number[], groups: number): number {
  const base = pairFlops(w, pairs) + unembedFlops(w, pairs);
  const patched = neurons.map((count, layer) =>
    runFlops(w, { rows: count * pairs, tokens: 1, past: PROMPT - 1, from: layer + 1 }),
  );
  return groups * base + ofSum(patched, (flops) => flops);
}

interface ProbeSize {
  readonly prompts: number;
  readonly prefixes: number;
  /** Prompts that are trained on. */
  readonly train: number;
  /** Distinct answers. */
  readonly classes: number;
  readonly epochs: number;
}

/** `collectResiduals` and `trainProbes`. */
export function probeFlops(w: Widths, { prompts, prefixes, train, classes, epochs }: ProbeSize): number {
  const residuals = ofSum<Run>(
    [
      { rows: prefixes, tokens: PREFIX },
      { rows: prompts, tokens: PROMPT - PREFIX, past: PREFIX },
    ],
    (run) => runFlops(w, { ...run, lastOnly: false }),
  );
  const product = 2 * (w.d + 1) * classes;
  const sites = w.nLayers * (PROMPT - 1);
  return residuals + sites * product * (2 * epochs * train + prompts);
}

/** `runCircuits`. */
export function circuitFlops(w: Widths, circuits: number, prompts: number): number {
  const rows = circuits * prompts;
  return runFlops(w, { rows, tokens: PROMPT }) + unembedFlops(w, rows);
}

interface KnockOutSize {
  /** (Run, prompt) pairs. */
  readonly pairs: number;
  /** Distinct prompts, over all batches. */
  readonly prompts: number;
  /** Lowest layer with a neuron that is knocked out. */
  readonly first: number;
  readonly positions: 'all' | 'last';
}

/** `knockOut`. */
export function knockOutFlops(w: Widths, { pairs, prompts, first, positions }: KnockOutSize): number {
  const isLast = first === w.nLayers - 1;
  const tokens = positions === 'all' ? PROMPT : 1;
  const past = PROMPT - tokens;
  const clean =
    (positions === 'all' ? 0 : runFlops(w, { rows: prompts, tokens: past })) +
    runFlops(w, { rows: prompts, tokens, past, to: first + 1 });
  const written = 2 * pairs * (isLast ? 1 : tokens) * w.m * w.d; // by the neurons taken out of the lowest layer
  return (
    clean + written + runFlops(w, { rows: pairs, tokens, past, from: first + 1 }) + unembedFlops(w, pairs)
  );
}

function ofSum<T>(items: readonly T[], flops: (item: T) => number): number {
  return items.reduce((sum, item) => sum + flops(item), 0);
}
