import { equalWeights, placesOf, shown, type Place, type Placed } from './equal-weights.js';
import type { ListedCheckpoint, RunFacts } from './facts.js';
import type { Finding } from '../domain/audit-finding.js';
import { finding } from './finding.js';

/** A part of a checkpoint that has an identity: a file, or a tensor. */
interface Part {
  readonly name: string;
  readonly identity: string;
}

/** Of a tensor that stays the same at more than this share of the checkpoints nothing can be said: it is not trained. */
const FROZEN_SHARE = 0.5;

/**
 * Weight files that are those of another step while the rest of the checkpoint is not; then, where values were read,
 * tensors of which the same holds. Of a tensor only a matrix tells: gains and biases stay at 1 and 0 for a while.
 * @param whole steps whose weights are known to be another's as a whole
 */
export function sharedPartFindings(run: RunFacts, whole: ReadonlySet<number>): Finding[] {
  const files = sharedParts(run, whole, 'other_step_shard', ({ weights }) =>
    weights.length < 2 ? [] : weights.map(({ path, hash }) => ({ name: path, identity: hash })),
  );
  const explained = new Set(files.map(({ step }) => step));
  const tensors = sharedParts(run, whole, 'other_step_tensors', ({ tensors: all }) =>
    [...(all ?? [])].flatMap(([name, { shape, values }]) =>
      values === null || values.constant || shape.length < 2
        ? []
        : [{ name, identity: `${name} ${values.fingerprint}` }],
    ),
  );
  return [...files, ...tensors.filter(({ step }) => !explained.has(step))];
}

function sharedParts(
  run: RunFacts,
  whole: ReadonlySet<number>,
  kind: 'other_step_shard' | 'other_step_tensors',
  partsOf: (checkpoint: ListedCheckpoint) => readonly Part[],
): Finding[] {
  const places = placesOf(run);
  const groups = equalWeights(run);
  const groupOf = (placed: Placed): Place =>
    groups.find((group) => group.some(({ place }) => place === placed.place))?.[0]?.place ?? placed.place;
  const owners = new Map<string, Placed[]>();
  for (const placed of places)
    for (const { identity } of partsOf(placed.checkpoint))
      owners.set(identity, [...(owners.get(identity) ?? []), placed]);
  const isFinal = ({ place }: Placed): boolean => place === 'main' || place === run.lastStep;
  return places.flatMap((placed) => {
    const { place: step, checkpoint } = placed;
    if (step === 'main' || step === run.lastStep || whole.has(step)) return [];
    const parts = partsOf(checkpoint);
    const shared = parts.flatMap(({ name, identity }) => {
      const others = (owners.get(identity) ?? []).filter((other) => groupOf(other) !== groupOf(placed));
      if (others.length + 1 > Math.max(2, FROZEN_SHARE * places.length) && kind === 'other_step_tensors')
        return [];
      const source = others.find(isFinal) ?? others[0];
      return source === undefined ? [] : [{ name, source: source.place }];
    });
    const [first] = shared;
    if (first === undefined) return [];
    const evidence = `${first.name}${shared.length > 1 ? ` and ${shared.length - 1} more` : ''} of ${parts.length} ${kind === 'other_step_shard' ? 'files' : 'matrices read'} as at ${shown(first.source)}`;
    return [finding({ seed: run.seed, step, kind, evidence, equals: first.source })];
  });
}
