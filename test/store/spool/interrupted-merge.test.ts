import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { InterruptedError } from '../../../src/errors/errors.js';
import { mergeSpools } from '../../../src/store/spool/merge-spools.js';
import { rebuildDatabase } from '../../../src/store/spool/rebuild-database.js';
import type { MergeProgress, Watched } from '../../../src/store/spool/watched.js';
import { scratchFolder } from '../../support/scratch.js';
import { commitAll, EXAMPLE_STEPS, exampleStep } from '../example.js';
import { dump, programVersion, spoolAll } from './spools.js';

const STEPS = EXAMPLE_STEPS.map((step) => exampleStep(0, step));

async function place() {
  const folder = scratchFolder();
  const spools = [join(folder, 'first'), join(folder, 'second')];
  await spoolAll(join(folder, 'first'), STEPS.slice(0, 2));
  await spoolAll(join(folder, 'second'), STEPS.slice(2));
  const [db, whole] = [join(folder, 'a.duckdb'), join(folder, 'whole.duckdb')];
  await commitAll(whole, STEPS);
  return { folder, spools, db, whole };
}

/** Stops work when so many batches are done in a phase. */
function stopsAt(phase: MergeProgress['phase'], done: number): Watched {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    onProgress: (at) => {
      if (at.phase === phase && at.done === done) stop.abort();
    },
  };
}

it('a merge tells how far it is, over all spools', async () => {
  const { spools, db } = await place();
  const told: string[] = [];
  const onProgress = ({ phase, done, of }: MergeProgress) => told.push(`${phase} ${done}/${of}`);
  await mergeSpools({ db, spools, programVersion, onProgress });
  const counts = ['0/4', '1/4', '2/4', '3/4', '4/4'];
  expect(told).toEqual(
    ['checking', 'storing'].flatMap((phase) => counts.map((count) => `${phase} ${count}`)),
  );
});

it('a merge that is stopped keeps what is stored, and goes on from there', async () => {
  const { spools, db, whole } = await place();
  const merge = (watched: Watched) => mergeSpools({ db, spools, programVersion, ...watched });
  await expect(merge(stopsAt('checking', 1))).rejects.toThrow(InterruptedError);
  expect(existsSync(db)).toBe(false);
  await expect(merge(stopsAt('storing', 2))).rejects.toThrow(InterruptedError);
  expect((await dump(db))['units']).toHaveLength(4);
  expect((await merge({})).inserted).toHaveLength(4);
  expect(await dump(db)).toEqual(await dump(whole));
});

it('a rebuild that is stopped leaves the old database, and nothing beside it', async () => {
  const { folder, spools, db, whole } = await place();
  await mergeSpools({ db, spools: spools.slice(0, 1), programVersion });
  const before = await dump(db);
  const names = readdirSync(folder);
  for (const watched of [stopsAt('checking', 3), stopsAt('storing', 1), stopsAt('storing', 4)]) {
    const rebuilding = rebuildDatabase({ db, spools, programVersion, ...watched });
    await expect(rebuilding).rejects.toMatchObject({
      kind: 'interrupted',
      next: expect.stringMatching(/old database is as it was/) as unknown,
    });
    expect(readdirSync(folder)).toEqual(names);
  }
  expect(await dump(db)).toEqual(before);
  cpSync(whole, `${db}.rebuilding`);
  await rebuildDatabase({ db, spools, programVersion });
  expect(await dump(db)).toEqual(await dump(whole));
});
