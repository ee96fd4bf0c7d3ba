import { overSeeds } from '../analysis/emergence/over-seeds.js';
import { stepScale, type StepScale } from '../analysis/emergence/trajectory.js';
import { PARTS, type Part } from '../domain/emergence.js';
import type { RowOf } from '../store/schema/tables.js';
import type { JudgedTrajectory } from './judge-suite.js';
import type { LagPair } from './lag-rows.js';

type OverSeedsRow = RowOf<'emergence_over_seeds'>;

/** Times of one part of the rise of one seed, in octaves of a common scale. */
interface SeedTimes {
  readonly time: number;
  /** NaN where a resample has none within the measured steps. */
  readonly resampled: readonly number[];
}

/** Means over seeds of times and of lags against accuracy, of trajectories measured with more than one seed. */
export function overSeedsRows(
  suite: string,
  judged: readonly JudgedTrajectory[],
  pairs: readonly LagPair[],
): OverSeedsRow[] {
  const several = [...byName(judged, (one) => one)].filter(([, seeds]) => seeds.length > 1);
  const pairsOf = byName(pairs, ({ other }) => other);
  return several.flatMap(([name, seeds]) => {
    const scale = commonScale([...seeds, ...(pairsOf.get(name) ?? []).map(({ accuracy }) => accuracy)]);
    const row = (kind: OverSeedsRow['kind'], part: Part, of: number, values: readonly SeedTimes[]) => ({
      suite,
      trajectory: name,
      kind,
      part,
      ...summary(values, of, scale, kind),
    });
    return PARTS.flatMap((part) => [
      row(
        'time',
        part,
        seeds.length,
        seeds.flatMap((seed) => timesOf(seed, part, scale) ?? []),
      ),
      ...(pairsOf.has(name)
        ? [
            row(
              'lag',
              part,
              seeds.length,
              (pairsOf.get(name) ?? []).flatMap((pair) => lagOf(pair, part, scale) ?? []),
            ),
          ]
        : []),
    ]);
  });
}

function byName<T>(all: readonly T[], of: (one: T) => JudgedTrajectory): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const { name } = of(one).trajectory;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}

/** Seeds may begin at different steps; the coarsest scale holds for all. */
function commonScale(judged: readonly JudgedTrajectory[]): StepScale {
  return stepScale([Math.max(...judged.map(({ found }) => found.scale.unit))]);
}

/** Null where the time is not within the measured steps. */
function timesOf({ found }: JudgedTrajectory, part: Part, { toOctaves }: StepScale): SeedTimes | null {
  const { step } = found.logistic[part];
  if (step === null) return null;
  const own = found.scale;
  return {
    time: toOctaves(step),
    resampled: (found.resampled?.logistic ?? []).map((times) =>
      Number.isFinite(times[part]) ? toOctaves(own.toStep(times[part])) : NaN,
    ),
  };
}

function lagOf({ accuracy, other }: LagPair, part: Part, scale: StepScale): SeedTimes | null {
  const [first, second] = [timesOf(accuracy, part, scale), timesOf(other, part, scale)];
  if (first === null || second === null) return null;
  return {
    time: second.time - first.time,
    resampled: second.resampled.map((time, i) => time - (first.resampled[i] ?? NaN)),
  };
}

function summary(values: readonly SeedTimes[], judged: number, scale: StepScale, kind: OverSeedsRow['kind']) {
  const all =
    values.length === 0
      ? null
      : overSeeds(
          values.map(({ time }) => time),
          values.map(({ resampled }) => resampled),
        );
  const stepOf = (octaves: number | null | undefined): number | null =>
    kind === 'lag' || octaves === null || octaves === undefined ? null : Math.max(0, scale.toStep(octaves));
  return {
    seeds: values.length,
    seeds_judged: judged,
    unit: scale.unit,
    mean_octaves: all?.mean ?? null,
    low_octaves: all?.low ?? null,
    high_octaves: all?.high ?? null,
    mean_step: stepOf(all?.mean),
    low_step: stepOf(all?.low),
    high_step: stepOf(all?.high),
    p: kind === 'lag' ? (all?.p ?? null) : null,
  };
}
