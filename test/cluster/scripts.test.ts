import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, parse } from 'yaml';
import { quoted, type ClusterJob } from '../../src/cluster/job.js';
import { kubernetesManifests, podPath } from '../../src/cluster/kubernetes.js';
import { slurmScripts, slurmTime } from '../../src/cluster/slurm.js';
import { projectPath } from '../support/fixtures.js';
import { runPython, pythonWithHub } from '../support/python.js';

const JOB: ClusterJob = {
  name: 'heuristrace-pythia-70m',
  program: ['/opt/node', '/opt/heuri strace/main.js'],
  config: "/shared/o'brien/sweep.json",
  spool: '/shared/spool',
  db: '/shared/a.duckdb',
  logs: '/shared/logs',
  shards: 16,
  atOnce: 4,
  resources: { cpus: 8, gpus: 1, memoryBytes: 20e9, seconds: 100_000 },
};
const KUBERNETES = {
  image: 'registry/heuristrace:1',
  claim: 'data',
  mount: '/data',
  settings: { suite: 'pythia-70m', steps: ['log'], presets: [podPath('preset-1.json')] },
  files: { 'preset-1.json': '{}' },
};

describe('words for a shell', () => {
  it('arrive as they are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0')),
          { maxLength: 4 },
        ),
        (words) => {
          const line = ['printf', '%s\\0', ...words].map(quoted).join(' ');
          const { stdout } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
          expect(stdout).toBe(words.length === 0 ? '\0' : words.map((word) => `${word}\0`).join(''));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('scripts for Slurm', () => {
  it.each([
    [59, '0-00:01:00'],
    [3600, '0-01:00:00'],
    [100_000, '1-03:47:00'],
  ])('ask for %s s as %s', (seconds, text) => {
    expect(slurmTime(seconds)).toBe(text);
  });

  it('are shell that parses, and ask for what a worker needs', () => {
    const scripts = slurmScripts(JOB, ['--partition=gpu']);
    for (const script of Object.values<string>({ ...scripts })) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
    }
    const options = (script: string): string[] =>
      script.split('\n').flatMap((line) => /^#SBATCH (.*)$/.exec(line)?.[1] ?? []);
    const shared = [
      '--cpus-per-task=8',
      '--mem=19074M',
      '--time=1-03:47:00',
      '--gres=gpu:1',
      '--partition=gpu',
    ];
    expect(options(scripts['array.sh'])).toEqual(
      expect.arrayContaining(['--array=0-15%4', '--requeue', ...shared]),
    );
    expect(options(scripts['finish.sh'])).toEqual(expect.arrayContaining(shared));
    expect(scripts['array.sh']).toContain(
      "'/opt/heuri strace/main.js' sweep --config '/shared/o'\\''brien/sweep.json' --shard auto",
    );
  });
});

/** The objects of a YAML file. */
function documentsOf(text: string): unknown[] {
  return parseAllDocuments(text).map((one) => {
    const value: unknown = one.toJS();
    return value;
  });
}

describe('manifests for Kubernetes', () => {
  it('give each pod its share, and the settings', () => {
    const manifests = kubernetesManifests(JOB, KUBERNETES);
    const [settings, workers] = documentsOf(manifests['workers.yaml']);
    expect(settings).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: JOB.name },
      data: {
        'preset-1.json': '{}',
        'sweep.json': expect.stringContaining('"/etc/heuristrace/preset-1.json"') as unknown,
      },
    });
    expect(workers).toMatchObject({
      spec: {
        completionMode: 'Indexed',
        completions: 16,
        parallelism: 4,
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [
              {
                command: expect.arrayContaining(['--shard', 'auto/16']) as unknown,
                resources: { limits: { memory: '19074Mi', 'nvidia.com/gpu': '1' } },
              },
            ],
          },
        },
      },
    });
    expect(parse(manifests['finish.yaml'])).toMatchObject({ metadata: { name: `${JOB.name}-finish` } });
  });

  it('keep the cache where the image does, and ask for a program that it has', () => {
    const image = readFileSync(projectPath('Dockerfile'), 'utf8');
    const manifests = kubernetesManifests({ ...JOB, program: ['heuristrace'] }, KUBERNETES);
    const [, workers] = documentsOf(manifests['workers.yaml']);
    for (const job of [workers, parse(manifests['finish.yaml']) as unknown]) {
      const cache = expect.arrayContaining([{ name: 'HF_HOME', value: '/data/huggingface' }]) as unknown;
      const command = expect.arrayContaining(['heuristrace', 'sweep']) as unknown;
      expect(job).toMatchObject({
        spec: { template: { spec: { containers: [{ env: cache, command, workingDir: '/data' }] } } },
      });
    }
    expect(image).toMatch(/^ *HF_HOME=\/data\/huggingface$/m);
    expect(image).toMatch(/ln -s \S+ \/usr\/local\/bin\/heuristrace /);
    expect(image).toMatch(/^WORKDIR \/data$/m);
    const engines = [...image.matchAll(/HEURISTRACE_ENGINES=(\S+)/g)].map(([, folder]) => folder);
    expect(engines).toEqual(['/opt/heuristrace/engines', '/opt/heuristrace/engines']);
  });

  it('are valid by the published schema', async (context) => {
    const python = pythonWithHub(context);
    const manifests = kubernetesManifests(JOB, KUBERNETES);
    const documents = Object.values<string>({ ...manifests }).flatMap(documentsOf);
    expect(await runPython(python, 'validate_kubernetes.py', [JSON.stringify(documents)])).toEqual([
      { kind: 'ConfigMap', problem: null },
      { kind: 'Job', problem: null },
      { kind: 'Job', problem: null },
    ]);
    const broken = [
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'a' }, spec: { completions: 'many' } },
    ];
    const [found] = (await runPython(python, 'validate_kubernetes.py', [JSON.stringify(broken)])) as {
      problem: string | null;
    }[];
    expect(found?.problem).not.toBeNull();
  });
});
