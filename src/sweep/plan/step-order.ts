/** In which order the checkpoints of a run are analysed, after the reference. */
export type StepOrder = 'progressive' | 'forward' | 'backward';

/**
 * Training steps in the order in which a sweep takes them.
 *
 * `progressive`: the last and the first, then always the step that is farthest from those taken, by the logarithm of the
 * step, so that a sweep that is cut short has seen the whole training, if coarsely. `forward` and `backward`: by step.
 * @param steps distinct, in any order
 */
export function orderSteps(steps: readonly number[], order: StepOrder): number[] {
  const ascending = [...steps].sort((a, b) => a - b);
  if (order === 'forward') return ascending;
  if (order === 'backward') return ascending.reverse();
  const distance = new Map(ascending.map((step) => [step, Infinity]));
  const ordered: number[] = [];
  const take = (taken: number): void => {
    distance.delete(taken);
    ordered.push(taken);
    for (const [step, before] of distance)
      distance.set(step, Math.min(before, Math.abs(Math.log1p(step) - Math.log1p(taken))));
  };
  const last = ascending.at(-1);
  const [first] = ascending;
  if (last === undefined || first === undefined) return [];
  take(last);
  if (first !== last) take(first);
  while (distance.size > 0) {
    let farthest = first;
    let far = -1;
    for (const [step, own] of distance) if (own > far) [farthest, far] = [step, own];
    take(farthest);
  }
  return ordered;
}
