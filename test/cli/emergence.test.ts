import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshEmergence } from '../../src/emergence/refresh.js';
import { EXIT_CODES } from '../../src/errors/errors.js';
import { runSql } from '../../src/queries/run-query.js';
import { commitAll, scratch } from '../store/example.js';
import { cli } from '../support/cli.js';
import { courseBatch } from '../support/courses.js';
import { FEW_STEPS } from '../support/simulated-trajectories.js';

const { folder, remove } = scratch();
afterAll(remove);
const db = join(folder, 'courses.duckdb');
beforeAll(() => commitAll(db, [courseBatch({ steps: FEW_STEPS, measures: ['accuracy'] })]));

describe('heuristrace emergence', () => {
  it('judges, says so, and leaves what is up to date', async () => {
    const first = await cli(['emergence', '--db', db, '--samples', '100', '--json']);
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toEqual([
      { suite: 'toy', trajectories: 4, computed: true, seconds: expect.any(Number) as number },
    ]);
    const again = await cli(['emergence', '--db', db, '--samples', '100']);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('toy: the verdicts on 4 trajectories are up to date');
    expect(again.stdout).toMatch(/accuracy of \+ on universe +gradual +\d+ \(\d+ to \d+\)/);
    expect(again.stdout).toMatch(/accuracy of \/ on universe +undetermined: fewer than 10 steps/);
  });

  it('finds with threads what it finds without', async () => {
    const copy = join(folder, 'copy.duckdb');
    copyFileSync(db, copy);
    // from the sources there are no compiled workers
    const settings = { samples: 100, permutations: null, seed: 5 };
    await refreshEmergence({ db: copy, programVersion: '0.1.0', settings });
    expect((await cli(['emergence', '--db', db, '--samples', '100', '--seed', '5'])).code).toBe(0);
    for (const table of ['emergence', 'emergence_times', 'emergence_models', 'emergence_levels']) {
      const rows = async (file: string) =>
        (await runSql({ db: file, sql: `SELECT * FROM ${table} ORDER BY ALL` })).rows;
      expect(await rows(db)).toEqual(await rows(copy));
    }
  });

  it('refuses what cannot be', async () => {
    for (const [option, value] of [
      ['--samples', '10'],
      ['--permutations', 'many'],
      ['--seed', '-1'],
    ] as const)
      expect((await cli(['emergence', '--db', db, option, value])).code).toBe(EXIT_CODES.usage.code);
    const unknown = await cli(['emergence', '--db', db, '--suite', 'toyy']);
    expect(unknown.code).toBe(EXIT_CODES.unknownName.code);
    const missing = await cli(['emergence', '--db', join(folder, 'none.duckdb')]);
    expect(missing.code).toBe(EXIT_CODES.notADatabase.code);
  });

  it('stops when told to, and keeps the verdicts that there are', async () => {
    let told = false;
    const stopped = await cli(['emergence', '--db', db, '--seed', '7'], {
      onStderr: (text, kill) => {
        if (told || !text.includes('judging how toy emerges')) return;
        told = true;
        kill();
      },
    });
    expect(stopped.code).toBe(EXIT_CODES.interrupted.code);
    const kept = await cli(['query', 'emergence-state', '--db', db, '--json']);
    expect(JSON.parse(kept.stdout)).toMatchObject([{ random_seed: 5, current: true }]);
  });

  it('is done by a report that would else show old verdicts', async () => {
    await commitAll(db, [courseBatch({ steps: [5000], measures: ['accuracy'] })]);
    const report = await cli(['report', '--db', db, '--out', join(folder, 'report.html')]);
    expect(report.code).toBe(0);
    expect(report.stderr).toMatch(/emergence of toy: 4 trajectories judged \(\d+\.\d s\)/);
    const again = await cli(['report', '--db', db, '--out', join(folder, 'report.html')]);
    expect(again.stderr).not.toContain('emergence');
  });
});
