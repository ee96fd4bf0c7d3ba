import { fileURLToPath, pathToFileURL } from 'node:url';
import { runProcess } from './run-process.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * Runs a task of bench/child.ts in a process of its own.
 * @returns what it found, not yet validated
 * @throws Error with what it said when it fails
 */
export async function runTask(
  name: 'forward' | 'classify' | 'values' | 'scale',
  options: object,
): Promise<unknown> {
  const stdout = await runProcess({
    command: process.execPath,
    args: ['--import', pathToFileURL(here('typescript.js')).href, here('child.ts'), name],
    input: JSON.stringify(options),
  });
  return JSON.parse(stdout);
}
