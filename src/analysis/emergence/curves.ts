/** Octaves in which a logistic goes from 10 % to 90 % of its rise, times its rate. */
export const RISE_AT_RATE_1 = 2 * Math.log(9);

/** What the curves are fitted to. */
export interface Measured {
  /** [steps] octaves of the steps, rising */
  readonly t: Float64Array;
  /** [steps] measured levels */
  readonly level: Float64Array;
  /** Range of levels that curves may reach. */
  readonly low: number;
  readonly high: number;
}

/** A curve over time with a few free parameters. */
export interface Curve {
  value(t: number, parameters: readonly number[]): number;
  /** Derivatives by the parameters at t, written to `out` from `at` on. */
  gradient(t: number, parameters: readonly number[], out: Float64Array, at: number): void;
  /** Ranges of the parameters. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Where fits begin; the best end wins. */
  readonly starts: readonly (readonly number[])[];
}

/** Parameters: [level]. */
export function constant({ level, low, high }: Measured): Curve {
  return {
    value: (_, [a = 0]) => a,
    gradient: (_, __, out, at) => void (out[at] = 1),
    low: [low],
    high: [high],
    starts: [[mean(level)]],
  };
}

/** Parameters: [level at the first step, level at the last step]. */
export function line({ t, level, low, high }: Measured): Curve {
  const first = t[0] ?? 0;
  const span = (t.at(-1) ?? 1) - first;
  return {
    value: (x, [a = 0, b = 0]) => a + ((b - a) * (x - first)) / span,
    gradient: (x, _, out, at) => {
      out[at] = 1 - (x - first) / span;
      out[at + 1] = (x - first) / span;
    },
    low: [low, low],
    high: [high, high],
    starts: [ends(level)],
  };
}

/** a + b t^c as [a, a + b T^c, log c], T the last step's time. */
export function powerLaw({ t, level, low, high }: Measured): Curve {
  const last = t.at(-1) ?? 1;
  const raised = (x: number, log: number) => Math.pow(x / last, Math.exp(log));
  return {
    value: (x, [a = 0, b = 0, log = 0]) => a + (b - a) * raised(x, log),
    gradient: (x, [a = 0, b = 0, log = 0], out, at) => {
      const power = raised(x, log);
      out[at] = 1 - power;
      out[at + 1] = power;
      out[at + 2] = x > 0 ? (b - a) * power * Math.exp(log) * Math.log(x / last) : 0;
    },
    low: [low, low, Math.log(0.1)],
    high: [high, high, Math.log(30)],
    starts: [0.4, 1, 3, 9].map((c) => [...ends(level), Math.log(c)]),
  };
}

export interface LogisticLimits {
  /** Fewest octaves from 10 % to 90 % of the rise. Default: a tenth of the smallest time between steps. */
  readonly quickest?: number;
  /** Range of the half-way time. Default: the measured times and half their span at either side. */
  readonly halfway?: readonly [number, number];
}

/** Floor and ceiling free: [floor, ceiling, half-way time, log rate]; a falling one has its ceiling below its floor. */
export function logistic({ t, level, low, high }: Measured, limits: LogisticLimits = {}): Curve {
  const first = t[0] ?? 0;
  const last = t.at(-1) ?? 1;
  const span = last - first;
  const gaps = Array.from(t.subarray(1), (x, i) => x - (t[i] ?? 0));
  const quickest = limits.quickest ?? Math.min(...gaps) / 10;
  const [earliest, latest] = limits.halfway ?? [first - span / 2, last + span / 2];
  const highestRate = Math.log(RISE_AT_RATE_1 / quickest);
  const [floor, ceiling] = ends(level);
  const crossing = halfwayOf(t, level, floor, ceiling);
  const middles = [crossing, first + span / 3, first + (2 * span) / 3, last];
  const share = (x: number, p: readonly number[]) => sigmoid(Math.exp(p[3] ?? 0) * (x - (p[2] ?? 0)));
  return {
    // Called millions of times by bootstraps, so by index.
    value: (x, p) => {
      const s = share(x, p);
      return (p[0] ?? 0) * (1 - s) + (p[1] ?? 0) * s;
    },
    gradient: (x, p, out, at) => {
      const s = share(x, p);
      const slope = ((p[1] ?? 0) - (p[0] ?? 0)) * s * (1 - s) * Math.exp(p[3] ?? 0);
      out[at] = 1 - s;
      out[at + 1] = s;
      out[at + 2] = -slope;
      out[at + 3] = slope * (x - (p[2] ?? 0));
    },
    low: [low, low, earliest, Math.log(RISE_AT_RATE_1 / (4 * span))],
    high: [high, high, latest, highestRate],
    starts: middles.flatMap((middle, i) =>
      (i === 0 ? [span / 2, span / 6, 2 * quickest] : [span / 3]).map((width) => [
        floor,
        ceiling,
        Math.max(earliest, Math.min(latest, middle)),
        Math.min(highestRate, Math.log(RISE_AT_RATE_1 / width)),
      ]),
    ),
  };
}

/** One level before, another from step number `first` on: [before, after]. */
export function changePoint({ t, level, low, high }: Measured, first: number): Curve {
  const at = t[first] ?? Infinity;
  return {
    value: (x, [before = 0, after = 0]) => (x < at ? before : after),
    gradient: (x, _, out, start) => {
      out[start] = x < at ? 1 : 0;
      out[start + 1] = x < at ? 0 : 1;
    },
    low: [low, low],
    high: [high, high],
    starts: [[mean(level.subarray(0, first)), mean(level.subarray(first))]],
  };
}

/**
 * A logistic whose ceiling moves on after the half-way time, for what overshoots: [floor, ceiling at the half-way time,
 * half-way time, log rate, change of the ceiling per octave].
 */
export function logisticWithDecline(measured: Measured, limits: LogisticLimits = {}): Curve {
  const plain = logistic(measured, limits);
  const steepest = measured.high - measured.low;
  const moved = (x: number, p: readonly number[]) => {
    const since = Math.max(0, x - (p[2] ?? 0));
    return since === 0 ? 0 : since * sigmoid(Math.exp(p[3] ?? 0) * since);
  };
  return {
    value: (x, p) => plain.value(x, p) + (p[4] ?? 0) * moved(x, p),
    gradient: (x, p, out, at) => {
      plain.gradient(x, p, out, at);
      const since = Math.max(0, x - (p[2] ?? 0));
      if (since > 0) {
        const rate = Math.exp(p[3] ?? 0);
        const s = sigmoid(rate * since);
        const slope = (p[4] ?? 0) * s * (1 - s) * since * rate;
        out[at + 2] = (out[at + 2] ?? 0) - (p[4] ?? 0) * s - slope;
        out[at + 3] = (out[at + 3] ?? 0) + slope * since;
      }
      out[at + 4] = moved(x, p);
    },
    low: [...plain.low, -steepest],
    high: [...plain.high, steepest],
    starts: plain.starts.map((start) => [...start, 0]),
  };
}

/** A change point with a straight line after it: [before, after, change of the level after it per octave]. */
export function changePointWithDecline(measured: Measured, first: number): Curve {
  const plain = changePoint(measured, first);
  const at = measured.t[first] ?? Infinity;
  const steepest = measured.high - measured.low;
  return {
    value: (x, parameters) => plain.value(x, parameters) + (parameters[2] ?? 0) * Math.max(0, x - at),
    gradient: (x, parameters, out, start) => {
      plain.gradient(x, parameters, out, start);
      out[start + 2] = Math.max(0, x - at);
    },
    low: [...plain.low, -steepest],
    high: [...plain.high, steepest],
    starts: plain.starts.map((start) => [...start, 0]),
  };
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean levels of the first and the last fifth of the steps. */
function ends(level: Float64Array): [number, number] {
  const few = Math.max(1, Math.floor(level.length / 5));
  return [mean(level.subarray(0, few)), mean(level.subarray(-few))];
}

/** First time at which the level has passed the middle between floor and ceiling. */
function halfwayOf(t: Float64Array, level: Float64Array, floor: number, ceiling: number): number {
  const middle = (floor + ceiling) / 2;
  const sign = Math.sign(ceiling - floor);
  const i = level.findIndex((value) => sign * (value - middle) >= 0);
  return i < 1 ? (t[Math.floor(t.length / 2)] ?? 0) : ((t[i - 1] ?? 0) + (t[i] ?? 0)) / 2;
}
