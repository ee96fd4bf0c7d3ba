import { UsageError } from '../../errors/errors.js';

/** One worker of several that share a sweep. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

const NEXT =
  'Give --shard 0/4 to 3/4, say; auto in a Slurm job array, auto/4 in a Kubernetes Indexed Job of 4.';

type Environment = Readonly<Record<string, string | undefined>>;

const whole = (text: string | undefined): number | null =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : null;

/** The worker's number from 0, as Slurm or Kubernetes tells it. */
function indexFrom(environment: Environment): number | null {
  const task = whole(environment['SLURM_ARRAY_TASK_ID']);
  if (task === null) return whole(environment['JOB_COMPLETION_INDEX']);
  const first = whole(environment['SLURM_ARRAY_TASK_MIN']) ?? 0;
  return (task - first) / (whole(environment['SLURM_ARRAY_TASK_STEP']) ?? 1);
}

/**
 * Reads `I/N` (I from 0), `auto` (number and count of a Slurm job array) or `auto/N` (number of a Slurm array task or of
 * a Kubernetes Indexed Job's pod).
 * @throws UsageError for another form, a number that is not below the count, or `auto` where no scheduler tells
 */
export function parseShard(text: string, environment: Environment): Shard {
  const [first, second, ...more] = text.split('/');
  const auto = first === 'auto';
  const index = auto ? indexFrom(environment) : whole(first);
  const count = whole(auto ? (second ?? environment['SLURM_ARRAY_TASK_COUNT']) : second);
  if (auto && (index === null || count === null))
    throw new UsageError(`--shard ${text}: the environment names no task of an array and their number`, NEXT);
  if (index === null || count === null || more.length > 0)
    throw new UsageError(`--shard ${text} is no I/N`, NEXT);
  if (index >= count) throw new UsageError(`--shard ${text}: there is no shard ${index} of ${count}`, NEXT);
  return { index, count };
}

/** The items that fall to a shard: every item to one, in turns, whatever is done already. */
export function shareOf<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_item, i) => i % count === index);
}
