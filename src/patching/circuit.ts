import type { LayerIndex, NeuronIndex } from '../domain/ids.js';

/** What of a layer stays as it is; everything else is replaced by its mean. */
export type Kept<Index extends number> = 'all' | readonly Index[];

/** One block's part of a circuit. */
export interface KeptInLayer {
  /** Attention heads whose `z` is kept. */
  readonly heads: Kept<number>;
  /** Neurons whose `mlp_post` is kept; `all` keeps the MLP whole, none replaces it whole. */
  readonly neurons: Kept<NeuronIndex>;
}

/** Which components of a model are kept, block by block (paper, section 3; method section 5). */
export interface Circuit {
  /** [layers] */
  readonly layers: readonly KeptInLayer[];
}

/** An attention head, counted from 0 inside its layer. */
export interface HeadId {
  readonly layer: LayerIndex;
  readonly head: number;
}
