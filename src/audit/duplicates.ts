import { equalWeights, filesKey, shown, type Placed } from './equal-weights.js';
import type { KnownFault, RunFacts } from './facts.js';
import type { Finding } from '../domain/audit-finding.js';
import { finding } from './finding.js';

/**
 * Steps whose weights are also those of another step or of the final model. Where one of a group is the end of the
 * training, the others are wrong. Else one of them is right, and nothing here says which: each is named, none is called
 * bad. Where values were read, `pathFindings` tells: the copy does not lie between its neighbours.
 * @param faults those that say which steps may be equal
 */
export function duplicateFindings(run: RunFacts, faults: readonly KnownFault[]): Finding[] {
  return equalWeights(run).flatMap((group) => {
    const last = group.find(({ place }) => place === run.lastStep);
    const main = group.find(({ place }) => place === 'main');
    const finals = [main, last].filter((one) => one !== undefined);
    return group.flatMap((one) => {
      if (one === main) return [];
      if (one === last) return finalStep(run, last, main);
      return finals.length > 0 ? finalWeights(run, one, finals) : duplicate(run, one, group, faults);
    });
  });
}

/** The last step is what `main` should be; worth a word where only the values tell. */
function finalStep({ seed }: RunFacts, last: Placed, main: Placed | undefined): Finding[] {
  if (last.place === 'main' || main === undefined || sameFiles(last, main)) return [];
  const at = { seed, step: last.place, kind: 'duplicate', severity: 'expected' } as const;
  return [finding({ ...at, evidence: likeness(last, main), equals: 'main' })];
}

function finalWeights({ seed }: RunFacts, { place, ...one }: Placed, finals: readonly Placed[]): Finding[] {
  const [first] = finals;
  const copied = finals.find((final) => sameFiles({ place, ...one }, final)) ?? first;
  if (place === 'main' || copied === undefined) return [];
  const evidence = likeness({ place, ...one }, copied);
  return [finding({ seed, step: place, kind: 'final_weights', evidence, equals: copied.place })];
}

function duplicate(
  { seed }: RunFacts,
  one: Placed,
  group: readonly Placed[],
  faults: readonly KnownFault[],
): Finding[] {
  const { place: step } = one;
  if (step === 'main') return [];
  const others = group.filter((other) => other !== one);
  const wrong = others.find(({ place }) => place !== 'main' && !mayBeEqual(faults, seed, step, place));
  const other = wrong ?? others[0];
  if (other === undefined) return [];
  const at = { seed, step, kind: 'duplicate', evidence: likeness(one, other), equals: other.place } as const;
  return [finding(wrong === undefined ? { ...at, severity: 'expected' } : at)];
}

/** Whether two steps may have the same weights. */
function mayBeEqual(faults: readonly KnownFault[], seed: number, a: number, b: number): boolean {
  return faults.some(
    (fault) => fault.expected && fault.kind === 'duplicate' && fault.covers(seed, a) && fault.covers(seed, b),
  );
}

const sameFiles = (a: Placed, b: Placed): boolean => filesKey(a.checkpoint) === filesKey(b.checkpoint);

/** How two places were seen to be equal. */
function likeness(a: Placed, b: Placed): string {
  const hash = a.checkpoint.weights[0]?.hash.slice(0, 12) ?? '';
  if (sameFiles(a, b)) return `same files as ${shown(b.place)} (${hash}...)`;
  const read = [...(a.checkpoint.tensors?.values() ?? [])].filter(({ values }) => values !== null);
  return `same values as ${shown(b.place)} in all ${read.length} tensors read, though the files differ`;
}
