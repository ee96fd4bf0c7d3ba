import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXAMPLE_STEPS, exampleStep } from '../store/example.js';
import { spoolAll } from '../store/spool/spools.js';
import { cli } from '../support/cli.js';
import { scratchFolder } from '../support/scratch.js';

it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a rebuild and a merge with 130', async (signal) => {
  const folder = scratchFolder();
  const [db, spool] = [join(folder, 'a.duckdb'), join(folder, 'spool')];
  await spoolAll(
    spool,
    [0, 1, 2, 3].flatMap((seed) => EXAMPLE_STEPS.map((step) => exampleStep(seed, step))),
  );
  const stopped = (args: readonly string[]) => {
    let sent = false;
    return cli(args, {
      onStderr: (text, kill) => {
        if (sent || !text.includes('checking batches: 0 of 16, estimating')) return;
        sent = true;
        kill(signal);
      },
    });
  };
  for (const args of [
    ['rebuild', '--db', db, '--spool', spool],
    ['merge', spool, '--db', db],
  ]) {
    const { code, stderr } = await stopped(args);
    expect([args[0], code]).toEqual([args[0], 130]);
    expect(stderr).toMatch(/stopping: what is finished is kept/);
    expect(readdirSync(folder).filter((name) => !['spool', 'a.duckdb'].includes(name))).toEqual([]);
  }
});
