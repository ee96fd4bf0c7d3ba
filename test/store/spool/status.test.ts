import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSpool } from '../../../src/store/spool/open-spool.js';
import { announceSweep, endAnnouncement } from '../../../src/store/spool/running.js';
import { sweepStatus } from '../../../src/store/spool/spool-status.js';
import { scratchFolder } from '../../support/scratch.js';
import { exampleStep, failedStep } from '../example.js';
import { ingestAll, spoolAll } from './spools.js';

it('says what is stored, what waits in the spool, and which sweeps run', async () => {
  const db = join(scratchFolder(), 'a.duckdb');
  const spool = `${db}.spool`;
  const nothing = { batches: 0, bytes: 0, units: 0, notStored: 0, damaged: 0, otherVersions: 0 };
  expect(await sweepStatus({ db, spool })).toEqual({ suites: null, spool: nothing, sweeps: [] });
  await spoolAll(spool, [exampleStep(0, 10), exampleStep(1, 10), failedStep(0, 100)]);
  await ingestAll(db, spool);
  await spoolAll(spool, [exampleStep(0, 1000)]);
  const state = {
    suite: 'toy',
    shard: '1/4',
    startedAt: '2026-01-01T00:00:00Z',
    finished: 2,
    failed: 1,
    todo: 9,
  };
  announceSweep(spool, state);
  const status = await sweepStatus({ db, spool });
  expect(status).toMatchObject({
    suites: [
      {
        suite: 'toy',
        checkpoints: 2,
        done: 4,
        failed: [{ seed: 0, step: 100 }],
        latest: '2026-01-01 00:00:40',
      },
    ],
    spool: { batches: 4, units: 8, notStored: 2, damaged: 0 },
    sweeps: [{ ...state, running: true }],
  });
  expect(status.spool.bytes).toBeGreaterThan(10_000);

  // One that was killed is told as such, until the next sweep removes its note.
  const [name] = readdirSync(spool).filter((file) => file.startsWith('.running.'));
  const killed = (name ?? '').replace(String(process.pid), '999999999');
  renameSync(join(spool, name ?? ''), join(spool, killed));
  expect((await sweepStatus({ db, spool })).sweeps).toEqual([{ ...state, running: false }]);
  await openSpool(spool);
  expect((await sweepStatus({ db, spool })).sweeps).toEqual([]);
  announceSweep(spool, state);
  endAnnouncement(spool);
  expect((await sweepStatus({ db, spool })).sweeps).toEqual([]);
});
