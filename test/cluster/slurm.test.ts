import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { cli } from '../support/cli.js';
import { startSlurm, type TestSlurm } from '../support/slurm.js';
import { smallSuite } from '../support/suites.js';
import { facts, rows } from '../support/sweeping.js';

const QUICK = ['--analysis-prompts', '10', '--min-prompts', '3', '--bootstrap-samples', '100'];
const SETTINGS = [...QUICK, '--measures', 'classification', '--presets', 'paper', '--engine', 'wasm'];

/** Process ids of workers, by a word of their command line. */
function processesOf(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return line.includes(word) && line.some((part) => part.endsWith('main.js'));
      } catch {
        return false; // it has ended
      }
    })
    .map(Number);
}

async function eventually<T>(find: () => T | undefined, seconds: number): Promise<T> {
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until) {
    const found = find();
    if (found !== undefined) return found;
    await delay(20);
  }
  throw new Error('it did not happen');
}

it('an array of four tasks, one killed and one whose script is killed, gives the rows of one sweep', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'heuristrace-cluster-'));
  let slurm: TestSlurm | null = null;
  try {
    slurm = await startSlurm(context);
    await smallSuite(folder, [0, 1]);
    const [whole, out] = [join(folder, 'whole.duckdb'), join(folder, 'out')];
    const sequential = await cli(['sweep', '--suite', folder, '--db', whole, ...SETTINGS]);
    expect(sequential.code).toBe(0);

    const job = ['--jobs', '4', '--cpus', '1', '--memory', '600MB', '--time', '10m', '--out', out];
    const submitted = await cli(['cluster', 'slurm', '--suite', folder, ...SETTINGS, ...job, '--submit'], {
      env: { SLURM_CONF: String(slurm.env['SLURM_CONF']) },
    });
    expect(submitted.stderr).toMatch(/submitted: array \d+, then \d+/);
    expect(submitted.code).toBe(0);
    const config = join(out, 'sweep.json');
    const [first] = await eventually(() => nonEmpty(processesOf(config)), 60);
    process.kill(first, 'SIGKILL');
    const second = await eventually(() => processesOf(config).find((pid) => pid !== first), 60);
    const script = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(second)], { encoding: 'utf8' }));
    process.kill(script, 'SIGKILL');
    await slurm.settle(240);

    const states = [...slurm.states().values()].sort();
    expect(states.filter((state) => state === 'FAILED').length).toBeLessThanOrEqual(1); // whose script was killed
    expect(states.filter((state) => state === 'COMPLETED').length).toBeGreaterThanOrEqual(4);
    const logs = readdirSync(join(out, 'logs')).map((name) => readFileSync(join(out, 'logs', name), 'utf8'));
    expect(logs.join('')).toContain('ended with 137: into the queue again');

    const [db = ''] = readdirSync(out).filter((name) => name.endsWith('.duckdb'));
    expect(await facts(join(out, db))).toEqual(await facts(whole));
    expect(await rows(join(out, db), 'SELECT count(DISTINCT (seed, step))::INTEGER FROM units')).toEqual([
      [5],
    ]);
  } finally {
    await slurm?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 400_000);

function nonEmpty<T>(values: T[]): [T, ...T[]] | undefined {
  const [first, ...others] = values;
  return first === undefined ? undefined : [first, ...others];
}
