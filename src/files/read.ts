import { UnreadableError } from '../errors/errors.js';
import { errnoOf } from './write.js';

/**
 * For the `catch` of a read: what to take in place of something that is not there. What is there but cannot be read must
 * not count as absent, else results would be computed again, or lost.
 * @returns a function that gives `absent`, or throws UnreadableError
 */
export function unlessAbsent<T>(path: string, absent: T): (error: unknown) => T {
  return (error) => {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return absent;
    throw new UnreadableError(path, code);
  };
}
