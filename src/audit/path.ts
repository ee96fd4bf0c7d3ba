import { placesOf, shown, type Placed } from './equal-weights.js';
import type { ListedCheckpoint, RunFacts } from './facts.js';
import type { Finding } from '../domain/audit-finding.js';
import { finding } from './finding.js';

/**
 * How much nearer its neighbours are to each other than it is to either of them, before a checkpoint is out of place. A
 * training that goes straight on has 2, a random walk 1.4, and weights that move about one place without any memory 1;
 * far below that, it would have gone there and back. Nearer to 1 the neighbours of an exchanged checkpoint are accused too.
 */
const THERE_AND_BACK = 0.5;

/**
 * How near a checkpoint must be to the final weights, against the median of those after it, to be out of place: a
 * training comes nearer to where it ends.
 */
const NEAR_THE_END = 0.25;

/** The coordinates of a checkpoint. */
interface Point {
  readonly placed: Placed;
  readonly tensors: ReadonlyMap<string, { readonly logNorm: number; readonly picked: Float32Array }>;
}

/**
 * Checkpoints off the path of the training, by their distance in values and in log norms of the matrices that were read.
 * (Gains and biases begin at 1 and 0, from where any relative distance is large.) Both rules compare distances of the
 * suite with each other, so that they hold for any model, step size and spacing of steps:
 * - there and back: the nearest checkpoints before and after it are nearer to each other (0.5) than either is to it;
 * - near the end too soon: it is nearer (0.25) to the final weights than half of the later checkpoints are.
 * What they cannot see: the first checkpoint exchanged for another but the final one, several in a row of another era but
 * the final one, and which of two is wrong where one is a changed copy of the last but one.
 * @param explained steps that are known to be wrong already: they are left out, so that their neighbours are compared
 *   with sound ones
 */
export function pathFindings(run: RunFacts, explained: ReadonlySet<number>): Finding[] {
  const points = pointsOf(placesOf(run).filter(({ place }) => place === 'main' || !explained.has(place)));
  const isLast = ({ placed: { place } }: Point): boolean => place === run.lastStep;
  const steps = points.filter(({ placed: { place } }) => place !== 'main');
  const end = points.find(({ placed: { place } }) => place === 'main') ?? points.find(isLast);
  // Those that were found do not stand between the others any more, nor behind them.
  const sound = [...steps];
  const keep = (point: Point, isBad: (i: number) => boolean): void => {
    const i = sound.indexOf(point);
    if (!isLast(point) && isBad(i)) sound.splice(i, 1);
  };
  for (const point of steps) keep(point, (i) => jumps(sound[i - 1], point, sound[i + 1]));
  for (const point of sound.toReversed())
    keep(point, (i) => end !== undefined && isTooSoon(point, sound.slice(i + 1), end));
  return steps
    .filter((point) => !sound.includes(point))
    .map((point) => describe(run, point, { sound, points }));
}

function describe(
  { seed }: RunFacts,
  point: Point,
  { sound, points }: { readonly sound: readonly Point[]; readonly points: readonly Point[] },
): Finding {
  const at = (one: Point): number => (one.placed.place === 'main' ? Infinity : one.placed.place);
  const before = sound.filter((one) => at(one) < at(point)).at(-1);
  const after = sound.find((one) => at(one) > at(point));
  const nearest = nearestOf(point, points)?.placed.place ?? null;
  const evidence = [
    normEvidence(point, before, after),
    ...(nearest === null ? [] : [`nearest in value to ${shown(nearest)}`]),
  ].join('; ');
  return finding({ seed, step: at(point), kind: 'out_of_place', evidence, equals: nearest });
}

/** The checkpoints of which values were read, each by the tensors that all of them have: distances must be comparable. */
function pointsOf(places: readonly Placed[]): Point[] {
  const points = places
    .map((placed) => ({ placed, tensors: matricesOf(placed.checkpoint) }))
    .filter(({ tensors }) => tensors.size > 0);
  const shared = (name: string, { length }: Float32Array): boolean =>
    points.every(({ tensors }) => tensors.get(name)?.picked.length === length);
  return points.map(({ placed, tensors }) => ({
    placed,
    tensors: new Map([...tensors].filter(([name, { picked }]) => shared(name, picked))),
  }));
}

function matricesOf({ tensors }: ListedCheckpoint): Point['tensors'] {
  return new Map(
    [...(tensors ?? [])].flatMap(([name, { shape, values }]) =>
      shape.length < 2 || values === null || values.notFinite > 0 || values.norm === 0
        ? []
        : [[name, { logNorm: Math.log(values.norm), picked: values.picked }] as const],
    ),
  );
}

/**
 * Distance of two checkpoints: of each tensor, the difference of its picked values against their size
 * and the difference of its log norm, the two added; the mean over tensors.
 */
function distance(a: Point, b: Point): number {
  let [sum, count] = [0, 0];
  for (const [name, one] of a.tensors) {
    const other = b.tensors.get(name);
    if (other === undefined) continue;
    let [difference, size] = [0, 0];
    for (let i = 0; i < one.picked.length; i++) {
      const [x, y] = [one.picked[i] ?? 0, other.picked[i] ?? 0];
      difference += (x - y) ** 2;
      size += x * x + y * y;
    }
    sum += (size === 0 ? 0 : Math.sqrt(difference / size)) + Math.abs(one.logNorm - other.logNorm);
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

function jumps(before: Point | undefined, point: Point, after: Point | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const away = Math.min(distance(before, point), distance(point, after));
  return distance(before, after) < THERE_AND_BACK * away;
}

function isTooSoon(point: Point, later: readonly Point[], end: Point): boolean {
  const distances = later.map((one) => distance(one, end)).sort((a, b) => a - b);
  const median = distances[Math.floor(distances.length / 2)];
  return median !== undefined && distance(point, end) < NEAR_THE_END * median;
}

function nearestOf(point: Point, points: readonly Point[]): Point | null {
  return points
    .filter((other) => other !== point)
    .reduce<Point | null>(
      (best, one) => (best === null || distance(one, point) < distance(best, point) ? one : best),
      null,
    );
}

/** The norm of the tensor that moved most, before, at and after. */
function normEvidence(point: Point, before: Point | undefined, after: Point | undefined): string {
  const moved = [...point.tensors].map(([name, { logNorm }]) => {
    const around = [before, after].flatMap((one) => one?.tensors.get(name)?.logNorm ?? []);
    return { name, logNorm, by: Math.min(...around.map((other) => Math.abs(other - logNorm)), Infinity) };
  });
  const [most] = moved.filter(({ by }) => Number.isFinite(by)).sort((a, b) => b.by - a.by);
  if (most === undefined) return 'has no neighbours';
  const norm = (one: Point | undefined): string => {
    const value = one?.tensors.get(most.name)?.logNorm;
    return value === undefined ? '-' : Math.exp(value).toPrecision(4);
  };
  return `norm of ${most.name} goes ${norm(before)}, ${norm(point)}, ${norm(after)}`;
}
