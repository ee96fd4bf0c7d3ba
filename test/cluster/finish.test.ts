import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { applyLine } from '../../src/cluster/kubernetes.js';
import { cli } from '../support/cli.js';
import { scratchFolder } from '../support/scratch.js';
import { smallSuite } from '../support/suites.js';
import { facts, rows } from '../support/sweeping.js';
import { tree } from '../store/spool/spools.js';

const SETTINGS = ['--measures', 'accuracy', '--engine', 'wasm', '--presets', 'paper'];
const RESOURCES = ['--jobs', '2', '--cpus', '1', '--memory', '600MB', '--time', '10m'];

/** Writes the jobs for a suite. @returns their folder */
async function jobsFor(suite: string): Promise<string> {
  const out = join(scratchFolder(), 'out');
  const { code } = await cli([
    ...['cluster', 'slurm', '--suite', suite, ...SETTINGS, ...RESOURCES, '--out', out],
  ]);
  expect(code).toBe(0);
  return out;
}

/** Runs a job's script as Slurm would. */
function run(out: string, script: string, env: Record<string, string> = {}) {
  const { status, stderr } = spawnSync('bash', [script], {
    cwd: out,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return { status, stderr };
}

const task = (index: number): Record<string, string> => ({
  SLURM_ARRAY_TASK_ID: String(index),
  SLURM_ARRAY_TASK_MIN: '0',
  SLURM_ARRAY_TASK_COUNT: '2',
});

const database = (out: string): string => join(out, 'small.duckdb');

describe('the last job of a cluster', () => {
  let suite: string;
  let whole: string;
  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), 'heuristrace-finish-'));
    suite = join(home, 'suite');
    whole = join(home, 'whole.duckdb');
    await smallSuite(suite);
    expect((await cli(['sweep', '--suite', suite, '--db', whole, ...SETTINGS])).code).toBe(0);
    return () => {
      rmSync(home, { recursive: true, force: true });
    };
  });

  it('computes anew what a task wrote and a disk damaged', async () => {
    const out = await jobsFor(suite);
    expect(run(out, 'array.sh', task(0)).status).toBe(0);
    const [file = ''] = tree(join(out, 'spool')).filter((path) => path.endsWith('units.parquet'));
    appendFileSync(join(out, 'spool', file), 'x');
    const { status, stderr } = run(out, 'finish.sh');
    expect([status, stderr]).toEqual([0, expect.stringContaining('set aside')]);
    expect(await facts(database(out))).toEqual(await facts(whole));
  });

  it('computes everything where no task wrote anything', async () => {
    const out = await jobsFor(suite);
    expect(existsSync(join(out, 'spool'))).toBe(false);
    expect(run(out, 'finish.sh').status).toBe(0);
    expect(await facts(database(out))).toEqual(await facts(whole));
  });

  it('ends as its sweep ends', async () => {
    const broken = join(scratchFolder(), 'suite');
    await smallSuite(broken);
    const out = await jobsFor(broken);
    rmSync(join(broken, 'seed0/step10/model.safetensors'));
    expect(run(out, 'finish.sh').status).toBe(11);
    expect(await rows(database(out), "SELECT count(*)::INTEGER FROM units WHERE state = 'done'")).toEqual([
      [2],
    ]);
  });

  it('runs the sweep and nothing before it on Kubernetes', async () => {
    const out = join(scratchFolder(), 'out');
    const { code, stderr } = await cli([
      ...['cluster', 'kubernetes', '--suite', suite, ...SETTINGS, ...RESOURCES, '--out', out],
      ...['--image', 'registry/heuristrace', '--claim', 'data'],
    ]);
    expect([code, readdirSync(out).sort()]).toEqual([0, ['finish.yaml', 'logs', 'workers.yaml']]);
    expect(stderr).toContain(applyLine('heuristrace-small', out));
    const { spec } = parse(readFileSync(join(out, 'finish.yaml'), 'utf8')) as {
      readonly spec: { readonly template: { readonly spec: { readonly containers: readonly object[] } } };
    };
    expect(spec.template.spec.containers[0]).toMatchObject({
      command: [
        ...['heuristrace', 'sweep', '--config', '/etc/heuristrace/sweep.json'],
        ...['--spool', '/data/spool', '--db', '/data/small.duckdb'],
      ],
    });
  });
});

it.each(['Suspended SuccessCriteriaMet Complete', 'FailureTarget Failed'])(
  'follows workers on Kubernetes that have ended as %s, and no sooner',
  (ended) => {
    const bin = scratchFolder();
    const [calls, asked] = [join(bin, 'calls'), join(bin, 'asked')];
    const answers = `echo "$@" >> ${calls}; [ "$1" = get ] || exit 0; [ -e ${asked} ] && echo ${ended}; touch ${asked}`;
    writeFileSync(join(bin, 'kubectl'), `#!/bin/sh\n${answers}\n`, { mode: 0o755 });
    writeFileSync(join(bin, 'sleep'), '#!/bin/sh\n', { mode: 0o755 });
    const PATH = `${bin}:${process.env['PATH'] ?? ''}`;
    const { status } = spawnSync('sh', ['-c', applyLine('workers', '/my jobs')], {
      env: { ...process.env, PATH },
      timeout: 20_000,
    });
    expect(status).toBe(0);
    const get = 'get job/workers -o jsonpath={.status.conditions[*].type}';
    expect(readFileSync(calls, 'utf8').trim().split('\n')).toEqual([
      ...['apply -f /my jobs/workers.yaml', get, get, 'apply -f /my jobs/finish.yaml'],
    ]);
  },
);
