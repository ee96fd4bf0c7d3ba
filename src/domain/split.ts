/** How a suite's training held prompts out. */
export interface SplitSpec {
  /** Share of the units of `by` that were trained on, in (0, 1). */
  readonly trainShare: number;
  readonly seed: number;
  /**
   * What is drawn: single prompts, or unordered pairs of operands, so that of a commutative operator the swapped twin of
   * a held-out prompt is held out too.
   */
  readonly by: 'prompt' | 'unordered_pair';
}
