import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { cli } from '../support/cli.js';
import { projectPath } from '../support/fixtures.js';
import { smallSuite } from '../support/suites.js';
import { rows } from '../support/sweeping.js';
import { tree } from '../store/spool/spools.js';

const PRESET = projectPath('docs/example-preset.json');
const RESOURCES = ['--jobs', '2', '--cpus', '1', '--memory', '600MB', '--time', '10m'];

/** A folder that a user works in: suite, preset, settings. */
let home: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'heuristrace-paths-'));
  await smallSuite(join(home, 'suite'));
  mkdirSync(join(home, 'own'));
  copyFileSync(PRESET, join(home, 'own/preset.json'));
  const settings = { suite: 'suite', presets: ['paper', 'own/preset.json'], db: 'results/a.duckdb' };
  const measures = { measures: ['classification'], neurons: 'all', engine: 'wasm', workers: 0 };
  const rest = { analysisPrompts: 10, minPrompts: 3, $schema: 'docs/config.schema.json' };
  writeFileSync(join(home, 'own/sweep.json'), JSON.stringify({ ...settings, ...measures, ...rest }));
});

afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

const cluster = (scheduler: string, ...args: readonly string[]) =>
  cli(['cluster', scheduler, '--config', 'own/sweep.json', ...RESOURCES, ...args], { cwd: home });

it('jobs for Slurm find what was named by relative paths, in whatever folder they start', async () => {
  const { code, stderr } = await cluster('slurm', '--out', 'out', '--spool', 'results/spool');
  expect([code, stderr.includes('error')]).toEqual([0, false]);
  expect(JSON.parse(readFileSync(join(home, 'out/sweep.json'), 'utf8'))).toEqual({
    suite: join(home, 'suite'),
    presets: ['paper', join(home, 'own/preset.json')],
    db: join(home, 'results/a.duckdb'),
    spool: join(home, 'results/spool'),
    ...{ measures: ['classification'], neurons: 'all', engine: 'wasm', workers: 0 },
    ...{ analysisPrompts: 10, minPrompts: 3 },
  });
  const { status } = spawnSync('bash', ['finish.sh'], { cwd: join(home, 'out') });
  expect([status, existsSync(join(home, 'results/spool'))]).toEqual([0, true]);
  const presets = 'SELECT DISTINCT preset FROM configurations WHERE preset IS NOT NULL ORDER BY ALL';
  expect(await rows(join(home, 'results/a.duckdb'), presets)).toEqual([['coarse'], ['paper']]);
});

/** Data of the ConfigMap that was written, and the words of the workers' command. */
function written(out: string): { readonly data: Record<string, string>; readonly command: string[] } {
  const [map, job] = parseAllDocuments(readFileSync(join(out, 'workers.yaml'), 'utf8')).map(
    (one) => one.toJS() as object,
  );
  const { data } = map as { readonly data: Record<string, string> };
  const { spec } = job as {
    spec: { template: { spec: { containers: readonly { readonly command: string[] }[] } } };
  };
  return { data, command: spec.template.spec.containers[0]?.command ?? [] };
}

it('pods are given presets with their settings, and look for the rest on their volume', async () => {
  const pods = ['--image', 'registry/heuristrace', '--claim', 'data', '--mount', '/shared'];
  expect((await cluster('kubernetes', ...pods, '--out', 'pods')).code).toBe(0);
  const { data, command } = written(join(home, 'pods'));
  expect(JSON.parse(data['sweep.json'] ?? '')).toMatchObject({
    suite: '/shared/suite',
    presets: ['paper', '/etc/heuristrace/preset-2.json'],
    db: '/shared/results/a.duckdb',
  });
  expect(data['preset-2.json']).toBe(readFileSync(PRESET, 'utf8'));
  expect(command).toEqual(expect.arrayContaining(['--spool', '/shared/spool']));
  const { code, stderr } = await cluster('kubernetes', ...pods.slice(0, 4), '--mount', 'shared');
  expect([code, stderr]).toEqual([2, expect.stringContaining('absolute path')]);
});

it('pods are given the manifest of a suite on the Hub that is a file', async () => {
  const manifest = projectPath('checkpoints/pythia-70m.json');
  copyFileSync(manifest, join(home, 'own/pythia.json'));
  const pods = ['--image', 'registry/heuristrace', '--claim', 'data', '--suite', 'own/pythia.json'];
  expect((await cluster('kubernetes', ...pods, '--out', 'hub')).code).toBe(0);
  const { data } = written(join(home, 'hub'));
  expect(JSON.parse(data['sweep.json'] ?? '')).toMatchObject({ suite: '/etc/heuristrace/suite.json' });
  expect(data['suite.json']).toBe(readFileSync(manifest, 'utf8'));
});

it.each([['slurm'], ['kubernetes', '--image', 'registry/heuristrace', '--claim', 'data']])(
  'a folder that cannot be written is told with its name: %s',
  async (scheduler, ...args) => {
    writeFileSync(join(home, 'file'), '');
    const before = tree(home);
    for (const out of ['file', 'file/job']) {
      const { code, stderr } = await cluster(scheduler, ...args, '--out', out);
      expect([code, stderr]).toEqual([30, expect.stringMatching(/^error: cannot write/)]);
      expect(stderr).toContain(join(home, out));
    }
    expect(tree(home)).toEqual(before);
  },
);
