import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { withLock } from '../../src/hub/cache/lock.js';
import { thisProcess } from '../../src/files/process-id.js';
import { jumpingClock } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';

function lockHeldBy(content: string): string {
  const path = join(scratchFolder(), '.locks/repo/blob.lock');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}
const holder = (changes: object): string => JSON.stringify({ ...thisProcess(), ...changes });
const NO_SUCH_PID = 4_190_000;

it('a lock whose process is gone is broken without waiting', async () => {
  for (const gone of [{ pid: NO_SUCH_PID }, { pid: process.ppid, start: '1' }]) {
    const path = lockHeldBy(holder(gone));
    const clock = jumpingClock();
    expect(await withLock({ path, clock }, () => Promise.resolve(7))).toBe(7);
    expect(clock.waits).toEqual([]);
    expect(readdirSync(dirname(path))).toEqual([]);
  }
});

it('a lock of another machine, or one that was torn, is broken after a minute without a sign of life', async () => {
  for (const content of [holder({ machine: 'elsewhere', pid: NO_SUCH_PID }), '{"machine": "el']) {
    const path = lockHeldBy(content);
    const clock = jumpingClock();
    const start = clock.now();
    await withLock({ path, clock }, () => Promise.resolve());
    expect(clock.now() - start).toBeGreaterThan(60_000);
  }
});

it('a lock of a live process is waited for, and named when patience ends', async () => {
  const path = lockHeldBy(holder({ pid: process.ppid, start: null }));
  const holders: string[] = [];
  const work = withLock(
    { path, clock: jumpingClock(), patienceMs: 100_000, onWait: (name) => holders.push(name) },
    () => Promise.resolve(),
  );
  await expect(work).rejects.toMatchObject({ exitCode: 68, path });
  expect(holders).toEqual([`process ${process.ppid}`]);
  expect(existsSync(path)).toBe(true);
});

it('nobody is told that the process waits for itself', async () => {
  const path = lockHeldBy(JSON.stringify(thisProcess()));
  const holders: string[] = [];
  const work = withLock(
    { path, clock: jumpingClock(), patienceMs: 100_000, onWait: (name) => holders.push(name) },
    () => Promise.resolve(),
  );
  await expect(work).rejects.toMatchObject({ exitCode: 68 });
  expect(holders).toEqual([]);
});

it('waiting ends with the signal', async () => {
  const path = lockHeldBy(holder({ pid: process.ppid, start: null }));
  const controller = new AbortController();
  const onWait = (): void => controller.abort();
  const work = withLock({ path, clock: jumpingClock(), signal: controller.signal, onWait }, () =>
    Promise.resolve(),
  );
  await expect(work).rejects.toMatchObject({ exitCode: 130 });
});

it('one at a time holds it, also where all find the same dead lock', async () => {
  const path = lockHeldBy(holder({ pid: NO_SUCH_PID }));
  let [inside, most, done] = [0, 0, 0];
  await Promise.all(
    Array.from({ length: 12 }, () =>
      withLock({ path, clock: jumpingClock() }, async () => {
        most = Math.max(most, ++inside);
        await wait(2);
        inside--;
        done++;
      }),
    ),
  );
  expect([most, done]).toEqual([1, 12]);
});

it('the lock goes when the work fails', async () => {
  const path = join(scratchFolder(), 'a.lock');
  const work = withLock({ path, clock: jumpingClock() }, () => Promise.reject(new Error('no')));
  await expect(work).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});
