import { rmSync } from 'node:fs';

/** Removes files of ours that a failure left, as far as that is possible: the failure itself is what to tell. */
export function removeFiles(...paths: readonly string[]): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true });
    } catch {
      // e.g. ENOTDIR: the file never existed
    }
  }
}
