import { InterruptedError } from '../../errors/errors.js';

/** How far a merge is. */
export interface MergeProgress {
  /** Files are held against their hashes, then rows go into the database. */
  readonly phase: 'checking' | 'storing';
  /** Batches done, and all; a phase begins with none. */
  readonly done: number;
  readonly of: number;
}

/** Who watches a merge, and may stop it. */
export interface Watched {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((at: MergeProgress) => void) | undefined;
}

/** @throws InterruptedError when work was told to stop */
export function goOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new InterruptedError();
}
