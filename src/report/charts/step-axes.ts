/** A checkpoint's place in training. */
export interface StepTokens {
  readonly step: number;
  /** Training tokens seen; null when unknown. */
  readonly tokens: number | null;
}

/**
 * Parameters of a chart that lay out its axis of steps. The axis is symlog in all of them: a constant far above the last
 * step makes it linear, so that one chart serves every axis.
 */
export interface StepAxisParams {
  /** Slope of the symlog axis at 0. */
  readonly stepConstant: number;
  /** Labelled places, as steps. */
  readonly stepTicks: readonly number[];
  /** What stands at each of them: steps or tokens. */
  readonly stepLabels: readonly string[];
  readonly stepTitle: string;
  /** Labelled ages of what was born during training, always in steps. */
  readonly ageTicks: readonly number[];
  /** Where the axis is broken between 0 and the first step; 0 where it is not. */
  readonly stepBreak: number;
}

type Labels = Pick<StepAxisParams, 'stepTicks' | 'stepLabels' | 'stepTitle'>;

export interface StepAxis {
  readonly name: string;
  /** What the reader chooses it by. */
  readonly label: string;
  readonly params: StepAxisParams;
}

/** Largest last step for which powers of 4 still fit as labels. */
const LAST_FOR_POWERS_OF_4 = 20_000;
/** The last step is labelled when this many times the label before it, so that the two do not touch. */
const LAST_TICK_APART = 2;
/** Labels of a linear axis, about. */
const LINEAR_TICKS = 4;
/** Fewer powers of ten than this leave an axis of tokens too bare. */
const FEW_POWERS = 3;
/** A symlog axis whose constant is this many times its last value is linear to seven digits. */
const LINEAR_CONSTANT = 1e6;

const withCommas = (value: number): string => value.toLocaleString('en-US');

/** 1500000 becomes 1.5M. */
function short(value: number): string {
  const units = [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  const [size, letter] = units.find(([unit]) => value >= unit) ?? [1, ''];
  return `${Number((value / size).toPrecision(3))}${letter}`;
}

function logTicks(first: number, last: number): number[] {
  const base = last <= LAST_FOR_POWERS_OF_4 ? 4 : 10;
  const ticks: number[] = [];
  for (let tick = 1; tick <= last; tick *= base) if (tick >= first) ticks.push(tick);
  if (last >= LAST_TICK_APART * (ticks.at(-1) ?? 0)) ticks.push(last);
  return ticks;
}

/** Round values from 0 to `last`. */
function linearTicks(last: number): number[] {
  const rough = last / LINEAR_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const gap = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(last / gap) + 1 }, (_, i) => i * gap);
}

function tokenTicks(first: number, last: number): number[] {
  const powers = Array.from({ length: 16 }, (_, i) => 10 ** i);
  const within = (values: readonly number[]): number[] =>
    values.filter((value) => value >= first && value <= last);
  const whole = within(powers);
  return whole.length >= FEW_POWERS
    ? whole
    : within(powers.flatMap((power) => [power, 2 * power, 5 * power]));
}

/** The step at which so many tokens had been seen, by a straight line between the checkpoints around it. */
function stepAt(
  tokens: number,
  known: readonly { readonly step: number; readonly tokens: number }[],
): number {
  const after = known.findIndex((each) => each.tokens >= tokens);
  const b = known[after];
  const a = known[after - 1] ?? { step: 0, tokens: 0 };
  if (b === undefined || b.tokens === a.tokens) return b?.step ?? a.step;
  return a.step + ((tokens - a.tokens) / (b.tokens - a.tokens)) * (b.step - a.step);
}

/**
 * Lays out the axes of training that a chart can be drawn on: steps or tokens, logarithmic (with 0 apart, about one
 * doubling before the first step) or linear. The first is the one that a chart begins with.
 * @param checkpoints measured ones, in any order; without tokens there are axes of steps only
 */
export function stepAxes(checkpoints: readonly StepTokens[]): readonly [StepAxis, ...StepAxis[]] {
  const known = [...checkpoints].sort((a, b) => a.step - b.step);
  const positive = known.filter(({ step }) => step > 0).map(({ step }) => step);
  const first = positive[0] ?? 1;
  const last = positive.at(-1) ?? 1;
  const zero = known[0]?.step === 0;
  const log = { stepConstant: first, stepBreak: zero ? first * (Math.SQRT2 - 1) : 0 };
  const linear = { stepConstant: last * LINEAR_CONSTANT, stepBreak: 0 };
  const from0 = (ticks: readonly number[]): number[] => (zero ? [0, ...ticks] : [...ticks]);
  const ages = { log: from0(logTicks(first, last)), linear: linearTicks(last) };
  const inSteps = (ticks: readonly number[]): Labels => ({
    stepTicks: ticks,
    stepLabels: ticks.map(withCommas),
    stepTitle: 'training step',
  });
  const axes: [StepAxis, ...StepAxis[]] = [
    {
      name: 'log',
      label: 'steps, logarithmic',
      params: { ...log, ...inSteps(ages.log), ageTicks: ages.log },
    },
    {
      name: 'linear',
      label: 'steps, linear',
      params: { ...linear, ...inSteps(ages.linear), ageTicks: ages.linear },
    },
  ];
  const withTokens = known.flatMap(({ step, tokens }) => (tokens === null ? [] : [{ step, tokens }]));
  const firstTokens = withTokens.find(({ tokens }) => tokens > 0)?.tokens;
  const lastTokens = withTokens.at(-1)?.tokens ?? 0;
  if (firstTokens === undefined || withTokens.length < known.length) return axes;
  const inTokens = (ticks: readonly number[]): Labels => ({
    stepTicks: ticks.map((tokens) => stepAt(tokens, withTokens)),
    stepLabels: ticks.map(short),
    stepTitle: 'training tokens',
  });
  axes.push(
    {
      name: 'tokens',
      label: 'tokens, logarithmic',
      params: { ...log, ...inTokens(from0(tokenTicks(firstTokens, lastTokens))), ageTicks: ages.log },
    },
    {
      name: 'linear-tokens',
      label: 'tokens, linear',
      params: { ...linear, ...inTokens(linearTicks(lastTokens)), ageTicks: ages.linear },
    },
  );
  return axes;
}
