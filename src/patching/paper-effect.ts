/** Log-probabilities of r (the clean prompt's answer) and of r' (the corrupted one's). */
export interface LogProbPair {
  readonly clean: number;
  readonly corrupted: number;
}

/**
 * Effect E of a patch from log-probabilities (paper, Eq. 1; method section 3):
 * 1/2 [(P*(r') - P(r')) / P(r') + (P(r) - P*(r)) / P*(r)].
 * @param before of the clean run
 * @param after of the patched run
 * @returns above -1; infinite where a ratio overflows
 */
export function paperEffect(before: LogProbPair, after: LogProbPair): number {
  return (Math.expm1(after.corrupted - before.corrupted) + Math.expm1(before.clean - after.clean)) / 2;
}
