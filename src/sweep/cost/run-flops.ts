import type { ModelShape } from '../../config/model-size.js';

/** Widths of a model's matrix products. */
export interface Widths {
  readonly nLayers: number;
  readonly nHeads: number;
  readonly d: number;
  /** All heads of the queries. */
  readonly q: number;
  /** All heads of the keys, or of the values. */
  readonly kv: number;
  readonly dHead: number;
  readonly m: number;
  readonly vocab: number;
  /** Matrices of an MLP: two, three with a gate. */
  readonly mlpMatrices: number;
  /** Attention and MLP read the same residual stream. */
  readonly parallel: boolean;
}

export function widthsOf(shape: ModelShape): Widths {
  const { architecture, nLayers, nHeads, dModel: d, dMlp: m, dVocab: vocab } = shape;
  const { nKvHeads = nHeads, dHead = d / nHeads } = shape;
  const llama = architecture === 'llama';
  return {
    nLayers,
    nHeads,
    d,
    q: nHeads * dHead,
    kv: nKvHeads * dHead,
    dHead,
    m,
    vocab,
    mlpMatrices: llama ? 3 : 2,
    parallel: !llama,
  };
}

/** A run of some blocks, as `forward` does it. */
export interface Run {
  readonly rows: number;
  /** Positions of each row that are computed. */
  readonly tokens: number;
  /** Positions before them whose keys and values are there already; default 0. */
  readonly past?: number;
  /** First block; default 0. */
  readonly from?: number;
  /** Block that ends it, not included; default the last one. */
  readonly to?: number;
  /** Whether the model's last block computes the last position alone; default yes. */
  readonly lastOnly?: boolean;
}

/**
 * Floating point operations of the matrix products of a run: two a multiplication. Element-wise passes are no part of
 * it, nor rows that `wasm` picks by a product: at the sizes of real models both are below a per cent of the operations.
 */
export function runFlops(w: Widths, run: Run): number {
  const { rows, tokens, past = 0, from = 0, to = w.nLayers, lastOnly = true } = run;
  let sum = 0;
  for (let layer = from; layer < to; layer++) {
    const queries = lastOnly && layer === w.nLayers - 1 ? 1 : tokens;
    sum += blockFlops(w, { rows, tokens, queries, keys: past + tokens });
  }
  return sum;
}

interface BlockRun {
  readonly rows: number;
  readonly tokens: number;
  /** Positions that go on after the keys and values. */
  readonly queries: number;
  readonly keys: number;
}

function blockFlops(w: Widths, { rows, tokens, queries, keys }: BlockRun): number {
  const asked = w.d * 2 * w.kv + w.dHead * w.kv; // projected, and the keys rotated
  const asking = w.d * w.q + w.dHead * w.q;
  const attention = 2 * keys * w.q;
  return 2 * rows * (tokens * asked + queries * (asking + attention + w.q * w.d + mlpWeights(w)));
}

/** Weights of one MLP's matrices. */
export function mlpWeights({ mlpMatrices, d, m }: Widths): number {
  return mlpMatrices * d * m;
}

/** Operations of the unembedding of so many rows. */
export function unembedFlops({ d, vocab }: Widths, rows: number): number {
  return 2 * rows * d * vocab;
}
