import type { ListedCheckpoint, RunFacts } from './facts.js';

/** A step, or the branch with the final model. */
export type Place = number | 'main';

export interface Placed {
  readonly place: Place;
  readonly checkpoint: ListedCheckpoint;
}

/** All that are compared: the checkpoints in their order, then `main`. */
export function placesOf({ checkpoints, main }: RunFacts): Placed[] {
  return [
    ...checkpoints.map((checkpoint) => ({ place: checkpoint.step, checkpoint })),
    ...(main === null ? [] : [{ place: 'main' as const, checkpoint: main }]),
  ];
}

/** As people say it. */
export const shown = (place: Place): string => (place === 'main' ? 'main' : `step ${place}`);

/** Names of the contents of all weight files; null where there are none. */
export function filesKey({ weights }: ListedCheckpoint): string | null {
  return weights.length === 0
    ? null
    : weights
        .map(({ hash }) => hash)
        .sort()
        .join(' ');
}

/** Values of all tensors that were read; null where none was. */
function valuesKey({ tensors }: ListedCheckpoint): string | null {
  const read = [...(tensors ?? [])].flatMap(([name, { values }]) =>
    values === null ? [] : [`${name} ${values.fingerprint}`],
  );
  return read.length === 0 ? null : read.sort().join('\n');
}

/**
 * Groups of two or more places with the same weights: the same files, or the same values in all that was read, which
 * two files can have without being equal. Both relations together: A = B by bytes and B = C by value is one group.
 * @returns groups in the order of their first member, members in the order of the run, `main` last
 */
export function equalWeights(run: RunFacts): Placed[][] {
  const places = placesOf(run);
  const group = places.map((_, i) => i);
  const merge = (keyOf: (checkpoint: ListedCheckpoint) => string | null): void => {
    const first = new Map<string, number>();
    for (const [i, { checkpoint }] of places.entries()) {
      const key = keyOf(checkpoint);
      const same = key === null ? undefined : first.get(key);
      if (key !== null && same === undefined) first.set(key, i);
      const [from, to] = [group[i], same === undefined ? undefined : group[same]];
      if (to === undefined || from === to) continue;
      for (const [j, id] of group.entries()) if (id === from) group[j] = to;
    }
  };
  merge(filesKey);
  merge(valuesKey);
  const members = new Map<number, Placed[]>();
  for (const [i, placed] of places.entries()) {
    const id = group[i] ?? i;
    members.set(id, [...(members.get(id) ?? []), placed]);
  }
  return [...members.values()].filter((one) => one.length > 1);
}
