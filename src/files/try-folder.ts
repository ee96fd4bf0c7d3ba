import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeFailure } from './write.js';

/**
 * Makes a folder that is not there, with those above it that are missing, and removes them again.
 * @param shown the path that errors name
 * @throws UnwritableError, DiskFullError
 */
export function tryFolder(shown: string, folder: string): void {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at); at = dirname(at)) missing.push(at);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    writeFailure(shown, error);
  } finally {
    missing.forEach(removeEmpty);
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // it could not be made, or another process has put something there
  }
}
