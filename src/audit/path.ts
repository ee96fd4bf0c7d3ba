import { placesOf, shown, type Placed } from './equal-weights.js';
import type { ListedCheckpoint, RunFacts } from './facts.js';
import { finding, type Finding } from './finding.js';

/**
 * How much nearer its neighbours are to each other than it is to either of them, before a checkpoint is out of place. A
 * training that goes on moves away: straight on it would be 2, as a random walk 1.4; far below 1 it would have gone
 * there and back.
 */
const THERE_AND_BACK = 0.5;

/**
 * How near a checkpoint must be to the final weights, against the farthest one after it, to be out of place: a training
 * comes nearer to where it ends.
 */
const NEAR_THE_END = 0.25;

/** The coordinates of a checkpoint. */
interface Point {
  readonly placed: Placed;
  readonly tensors: ReadonlyMap<string, { readonly logNorm: number; readonly picked: Float32Array }>;
}

/**
 * Checkpoints off the path of the training, by their distance in values and in log norms. Both rules compare distances
 * of the suite with each other, so that they hold for any model, step size and spacing of steps:
 * - there and back: the nearest checkpoints before and after it are nearer to each other (0.5) than either is to it;
 * - near the end too soon: it is nearer (0.25) to the final weights than a later checkpoint is.
 * @param explained steps that are known to be wrong already: they are left out, so that their neighbours are compared
 *   with sound ones
 */
export function pathFindings(run: RunFacts, explained: ReadonlySet<number>): Finding[] {
  const points = placesOf(run).flatMap((placed) => pointOf(placed));
  const steps = points.filter(({ placed: { place } }) => place !== 'main' && !explained.has(place));
  const end = points.find(({ placed }) => placed.place === 'main') ?? points.find(isLast(run));
  const found: Finding[] = [];
  const sound = [...steps];
  for (const point of steps) {
    const { place: step } = point.placed;
    if (step === 'main' || step === run.lastStep) continue;
    const i = sound.indexOf(point);
    const [before, after] = [sound[i - 1], sound[i + 1]];
    const farthest = farthestAfter(sound.slice(i + 1), end);
    const tooSoon =
      end !== undefined && farthest !== null && distance(point, end) < NEAR_THE_END * distance(farthest, end);
    if (!tooSoon && !jumps(before, point, after)) continue;
    // Those that were found do not stand between the others any more.
    sound.splice(i, 1);
    const nearest = nearestOf(point, points);
    const evidence = [
      normEvidence(point, before, after),
      ...(nearest === null ? [] : [`nearest in value to ${shown(nearest.placed.place)}`]),
    ].join('; ');
    const equals = nearest?.placed.place ?? null;
    found.push(finding({ seed: run.seed, step, kind: 'out_of_place', evidence, equals }));
  }
  return found;
}

const isLast =
  ({ lastStep }: RunFacts) =>
  ({ placed }: Point): boolean =>
    placed.place === lastStep;

function pointOf(placed: Placed): Point[] {
  const tensors = new Map<string, { logNorm: number; picked: Float32Array }>();
  for (const [name, { values }] of (placed.checkpoint satisfies ListedCheckpoint).tensors ?? [])
    if (values !== null && values.notFinite === 0 && values.norm > 0)
      tensors.set(name, { logNorm: Math.log(values.norm), picked: values.picked });
  return tensors.size === 0 ? [] : [{ placed, tensors }];
}

/**
 * Distance of two checkpoints: of each tensor that both have, the difference of its picked values against their size
 * and the difference of its log norm, the two added; the mean over tensors.
 */
function distance(a: Point, b: Point): number {
  let [sum, count] = [0, 0];
  for (const [name, one] of a.tensors) {
    const other = b.tensors.get(name);
    if (other === undefined || other.picked.length !== one.picked.length) continue;
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

function farthestAfter(later: readonly Point[], end: Point | undefined): Point | null {
  if (end === undefined) return null;
  return later.reduce<Point | null>(
    (best, one) => (best === null || distance(one, end) > distance(best, end) ? one : best),
    null,
  );
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
