import { bootstrapInterval } from './bootstrap.js';

/** NL of each prompt (see `CircuitRun`): of one circuit, with everything replaced by its mean, and of the whole model. */
export interface NormalisedLogits {
  /** [prompts] */
  readonly nl: ArrayLike<number>;
  /** [prompts] */
  readonly nlNone: ArrayLike<number>;
  /** [prompts] */
  readonly nlModel: ArrayLike<number>;
}

export interface FaithfulnessOptions {
  /** Smallest |NL(model) - NL(none)| that is divided by, of a prompt as of the means. */
  readonly floor: number;
  /** Resamples of the bootstrap interval. */
  readonly samples: number;
  readonly seed: number;
  /** Fewest prompts that F is the mean of; with fewer it is null. Default 10. */
  readonly minPrompts?: number;
}

/** Why there is no F. */
export type NoFaithfulness = 'too_few_prompts' | 'not_finite' | 'denominator_below_floor';

export interface Faithfulness {
  /** F: mean over `n` prompts of (NL - NL(none)) / (NL(model) - NL(none)); 1 is the model, 0 everything replaced. */
  readonly faithfulness: number | null;
  /** Bootstrap 95 % interval of F over prompts. */
  readonly ciLow: number | null;
  readonly ciHigh: number | null;
  /** The same of the mean NLs below; null where their denominator is below the floor. */
  readonly ratioOfMeans: number | null;
  /** Mean NLs over all prompts of which the three are finite; null where there is none. */
  readonly nlCircuit: number | null;
  readonly nlNone: number | null;
  readonly nlModel: number | null;
  /** Prompts that F is the mean of. */
  readonly n: number;
  /** Prompts left out, since their denominator is below the floor. */
  readonly belowFloor: number;
  /** Prompts left out, since one of the three NLs is not finite: all logits equal. */
  readonly notFinite: number;
  /** Why F is null; null where it was measured. */
  readonly nullReason: NoFaithfulness | null;
}

const MIN_PROMPTS = 10;

/**
 * Faithfulness of a circuit (paper, Eq. 2; method section 5). A mean of ratios is worth nothing where the denominators
 * are about 0, as at the first checkpoints of a training: it is null when the mean denominator is below the floor, too.
 * @throws RangeError when the three are of different lengths
 */
export function faithfulness(
  { nl, nlNone, nlModel }: NormalisedLogits,
  { floor, samples, seed, minPrompts = MIN_PROMPTS }: FaithfulnessOptions,
): Faithfulness {
  const given = nl.length;
  if (nlNone.length !== given || nlModel.length !== given)
    throw new RangeError(`NLs of ${given}, ${nlNone.length} and ${nlModel.length} prompts`);
  const rows = Array.from(nl, (circuit, p) => ({
    circuit,
    none: nlNone[p] ?? NaN,
    model: nlModel[p] ?? NaN,
  }));
  const finite = rows.filter((row) => Object.values(row).every(Number.isFinite));
  const usable = finite.filter(({ model, none }) => Math.abs(model - none) >= floor);
  const means = {
    circuit: meanOf(finite.map(({ circuit }) => circuit)),
    none: meanOf(finite.map(({ none }) => none)),
    model: meanOf(finite.map(({ model }) => model)),
  };
  const divisible = Math.abs(means.model - means.none) >= floor; // false for no prompt
  const nullReason: NoFaithfulness | null =
    given < minPrompts
      ? 'too_few_prompts'
      : finite.length < minPrompts
        ? 'not_finite'
        : usable.length < minPrompts || !divisible
          ? 'denominator_below_floor'
          : null;
  const ratios = usable.map(ratio);
  const interval = nullReason === null ? bootstrapInterval(ratios, { samples, seed }) : null;
  return {
    faithfulness: nullReason === null ? meanOf(ratios) : null,
    ciLow: interval?.low ?? null,
    ciHigh: interval?.high ?? null,
    ratioOfMeans: divisible ? ratio(means) : null,
    nlCircuit: finiteOrNull(means.circuit),
    nlNone: finiteOrNull(means.none),
    nlModel: finiteOrNull(means.model),
    n: usable.length,
    belowFloor: finite.length - usable.length,
    notFinite: given - finite.length,
    nullReason,
  };
}

function ratio({ circuit, none, model }: Record<'circuit' | 'none' | 'model', number>): number {
  return (circuit - none) / (model - none);
}

/** NaN without values. */
function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
