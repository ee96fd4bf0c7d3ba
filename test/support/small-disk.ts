import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { scratchFolder } from './scratch.js';

/** A file system of a few megabytes that goes away with the test; skips the test where mounting is not permitted. */
export function smallDisk(context: TestContext, megabytes: number): string {
  const disk = join(scratchFolder(), 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    context.skip('mounting a small disk is not permitted here');
  }
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', disk]);
  });
  return disk;
}
