/** Name of a checkpoint inside a suite. */
export function checkpointKey(seed: number, step: number): string {
  return `${seed} ${step}`;
}
