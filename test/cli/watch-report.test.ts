import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { watchReport, type WatchParams } from '../../src/cli/work/watch-report.js';
import { DatabaseLockedError } from '../../src/errors/database-errors.js';
import { InterruptedError } from '../../src/errors/errors.js';
import { writeStore } from '../../src/store/database.js';
import { commitAll, exampleStep, scratch } from '../store/example.js';

const { folder, remove } = scratch();
afterAll(remove);

/** Watches until `enough` says so, and tells what was done in order. */
async function watched(
  db: string,
  { enough, ...params }: Partial<WatchParams> & { readonly enough: (done: readonly string[]) => boolean },
  meanwhile: (done: readonly string[]) => Promise<unknown> = () => Promise.resolve(),
): Promise<string[]> {
  const done: string[] = [];
  const controller = new AbortController();
  const note = (what: string) => () => {
    done.push(what);
    if (enough(done)) controller.abort();
    return Promise.resolve();
  };
  const watching = watchReport({
    db,
    write: note('write'),
    settle: note('settle'),
    onWaiting: () => void note('waiting')(),
    signal: controller.signal,
    lookMs: 1,
    settledMs: 1,
    ...params,
  }).catch((error: unknown) => error);
  await meanwhile(done);
  expect(await watching).toBeInstanceOf(InterruptedError);
  return done;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(5);
}

describe('watching a database', () => {
  it('waits for one that is not there, says so once, and writes once for each change', async () => {
    const db = join(folder, 'later.duckdb');
    const done = await watched(
      db,
      { settledMs: 1e9, enough: (list) => list.filter((what) => what === 'write').length === 2 },
      async (list) => {
        await until(() => list.includes('waiting'));
        await commitAll(db, [exampleStep(0, 0)]);
        await until(() => list.includes('write'));
        await commitAll(db, [exampleStep(0, 10)]);
      },
    );
    expect(done).toEqual(['waiting', 'write', 'write']);
  });

  it('renews what is derived when results have stopped coming, and does not take that for a change', async () => {
    const db = join(folder, 'settled.duckdb');
    await commitAll(db, [exampleStep(0, 0)]);
    const done: string[] = [];
    const controller = new AbortController();
    await watched(db, {
      write: async () => {
        done.push('write');
        if (!done.includes('settle')) return;
        void pause(100).then(() => controller.abort());
        await pause(1);
      },
      settle: async () => {
        done.push('settle');
        await writeStore({ db, programVersion: '0.1.0' }, (connection) =>
          connection.run("UPDATE schema_info SET program_version = '0.1.1'"),
        );
      },
      onWaiting: undefined,
      enough: () => false,
      signal: controller.signal,
    });
    expect(done).toEqual(['write', 'settle', 'write']);
  });

  it('tries again when another process holds the database', async () => {
    const db = join(folder, 'held.duckdb');
    await commitAll(db, [exampleStep(0, 0)]);
    let tries = 0;
    const controller = new AbortController();
    await watched(db, {
      settledMs: 1e9,
      signal: controller.signal,
      enough: () => false,
      write: () => {
        if (++tries < 3) return Promise.reject(new DatabaseLockedError(db, 'a sweep writes it'));
        controller.abort();
        return Promise.resolve();
      },
    });
    expect(tries).toBe(3);
  });

  it('passes other failures on', async () => {
    const db = join(folder, 'fails.duckdb');
    await commitAll(db, [exampleStep(0, 0)]);
    await expect(
      watchReport({
        db,
        write: () => Promise.reject(new Error('no space')),
        settle: () => Promise.resolve(),
        signal: new AbortController().signal,
      }),
    ).rejects.toThrow('no space');
  });
});
