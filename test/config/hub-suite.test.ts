import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findSuite, isHubSuite, isLocalSuite, shippedSuites } from '../../src/config/find-suite.js';
import {
  checkpointBytes,
  expectedSteps,
  faultsAt,
  matchRefs,
  revisionOf,
  stepOfRevision,
} from '../../src/config/hub-suite.js';
import { ArchitectureError } from '../../src/errors/checkpoint-errors.js';
import { UnknownNameError } from '../../src/errors/errors.js';
import { projectPath } from '../support/fixtures.js';
import { shippedManifest } from '../support/manifests.js';

const none = (): undefined => undefined;

describe('the shipped suites', () => {
  it('are valid, named as their files, each repo in one of them', async () => {
    const suites = await shippedSuites();
    const files = readdirSync(projectPath('checkpoints')).map((name) => name.replace('.json', ''));
    expect(suites.map(({ manifest }) => manifest.name).sort()).toEqual(files.sort());
    expect(suites[0]?.manifest.name).toBe('embedded');
    const repos = suites.filter(isHubSuite).flatMap(({ manifest }) => manifest.runs.map(({ repo }) => repo));
    expect(new Set(repos).size).toBe(repos.length);
    expect(repos).toContain('EleutherAI/pythia-6.9b-deduped');
    expect(repos.filter((repo) => repo.includes('-seed'))).toHaveLength(45 + 6);
  });

  it('have revisions for all of their steps, and fault only these', async () => {
    for (const { manifest } of (await shippedSuites()).filter(isHubSuite)) {
      const steps = expectedSteps(manifest) ?? [];
      for (const step of steps) {
        const revision = revisionOf(manifest, step);
        if (revision !== null) expect(stepOfRevision(manifest, revision)).toBe(step);
      }
      for (const fault of manifest.faults)
        if (fault.steps !== null)
          for (const named of fault.steps.split(',').filter((part) => !part.includes('..')))
            expect(steps, `${manifest.name}: ${named}`).toContain(Number(named));
    }
  });

  it.each<[string, number, string]>([
    ['pythia-70m', 512, 'step512'],
    ['smollm2-135m', 240_000, 'step-240000'],
    ['amber', 762, 'ckpt_000'],
    ['amber', 762 * 359, 'ckpt_358'],
  ])('%s has step %i in %s', async (name, step, revision) => {
    const manifest = await shippedManifest(name);
    expect(revisionOf(manifest, step)).toBe(revision);
    expect(stepOfRevision(manifest, revision)).toBe(step);
  });

  it('know no revision between two checkpoints', async () => {
    const amber = await shippedManifest('amber');
    expect(revisionOf(amber, 800)).toBeNull();
    expect(revisionOf(amber, 0)).toBeNull();
    expect(revisionOf(await shippedManifest('fineweb-edu-ablation'), 1000)).toBeNull();
  });

  it('list the faults of Pythia 2.8B as reported: 76 equal to main, 10 of a second file', async () => {
    const manifest = await shippedManifest('pythia-2.8b');
    const steps = expectedSteps(manifest) ?? [];
    const kindsAt = (step: number): string[] =>
      faultsAt(manifest, 0, step)
        .filter(({ state }) => state === 'present')
        .map(({ kind, expected }) => `${kind}${expected ? ', expected' : ''}`);
    const final = steps.filter((step) => kindsAt(step).includes('final_weights'));
    expect(final).toHaveLength(76 + 9);
    expect(kindsAt(0)).toEqual(['duplicate, expected', 'final_weights']);
    expect(kindsAt(54_000)).toEqual(['final_weights']);
    expect(kindsAt(143_000)).toEqual(['duplicate, expected']);
    expect(kindsAt(66_000)).toEqual([]);
  });

  it('ascribe a fault to the run that has it', async () => {
    const manifest = await shippedManifest('polypythia-410m');
    const missing = [1, 2, 6, 9].map((seed) =>
      [40_000, 88_000, 111_000].filter((step) =>
        faultsAt(manifest, seed, step).some(({ kind }) => kind === 'missing'),
      ),
    );
    expect(missing).toEqual([[], [111_000], [88_000], [40_000]]);
    const weight = await shippedManifest('polypythia-160m-weight');
    const seeds = [1, 2, 3].filter((seed) => faultsAt(weight, seed, 4).length > 0);
    expect(seeds).toEqual([1, 2]);
  });

  it('say whether a size is computed or a bound', async () => {
    expect(checkpointBytes(await shippedManifest('pythia-70m'))).toEqual({
      bytes: 281_706_496,
      from: 'computed',
    });
    expect(checkpointBytes(await shippedManifest('pythia-2.8b')).bytes).toBe(5_550_417_920);
    expect(checkpointBytes(await shippedManifest('pythia-12b')).from).toBe('at_most');
    const amber = await shippedManifest('amber');
    const listed = { ...amber, hub: { ...amber.hub, weights: { ...amber.hub.weights, bytes: 12 } } };
    expect(checkpointBytes(listed)).toEqual({ bytes: 12, from: 'listed' });
  });
});

describe('a manifest held against a repo', () => {
  it('tells what is there, what is missing, and what nobody expects', async () => {
    const manifest = await shippedManifest('fineweb-edu-ablation');
    const refs = ['step-003000-6BT', 'main', 'step-001000-2BT', 'step-000500-1BT', 'dev', 'step-001000-9BT'];
    const { present, missing, unexpected } = matchRefs(manifest, refs);
    expect(present).toEqual([
      { step: 500, revision: 'step-000500-1BT' },
      { step: 1000, revision: 'step-001000-2BT' },
      { step: 3000, revision: 'step-003000-6BT' },
    ]);
    expect(missing.slice(0, 3)).toEqual([2000, 4000, 5000]);
    expect(missing).toHaveLength(165);
    expect(unexpected).toEqual(['dev', 'step-000500-1BT', 'step-001000-9BT']);
  });

  it('takes the revisions as they are where no steps are listed', async () => {
    const manifest = await shippedManifest('smollm2-360m');
    expect(matchRefs(manifest, ['step-320000', 'main', 'step-160000', 'x'])).toEqual({
      present: [
        { step: 160_000, revision: 'step-160000' },
        { step: 320_000, revision: 'step-320000' },
      ],
      missing: [],
      unexpected: ['x'],
    });
  });

  it('misses exactly the steps that are taken away', async () => {
    const manifest = await shippedManifest('pythia-14m');
    const steps = expectedSteps(manifest) ?? [];
    fc.assert(
      fc.property(fc.subarray(steps), (gone) => {
        const refs = steps.filter((step) => !gone.includes(step)).map((step) => `step${step}`);
        const found = matchRefs(manifest, ['main', ...refs.reverse()]);
        expect(found.missing).toEqual(gone);
        expect(found.unexpected).toEqual([]);
        expect(found.present.map(({ revision }) => revision)).toEqual([...refs].reverse());
      }),
      { seed: 2, numRuns: 30 },
    );
  });
});

describe('finding a suite', () => {
  it('tells folders from the Hub', async () => {
    expect(isLocalSuite(await findSuite('embedded', none))).toBe(true);
    expect(isHubSuite(await findSuite('pythia-70m', none))).toBe(true);
    expect(isHubSuite(await findSuite(projectPath('checkpoints/amber.json'), none))).toBe(true);
  });

  it('takes one run by the name of its repo, with the faults of that run', async () => {
    const { manifest } = await findSuite('hf:EleutherAI/pythia-410m-seed6', none);
    if (manifest.kind !== 'hub') throw new Error('a suite on the Hub');
    expect(manifest.runs).toEqual([{ seed: 6, repo: 'EleutherAI/pythia-410m-seed6' }]);
    expect(manifest.faults.filter(({ kind }) => kind === 'missing').map(({ steps }) => steps)).toEqual([
      '88000',
    ]);
  });

  it('does not know a repo without a manifest', async () => {
    await expect(findSuite('hf:me/mine', none)).rejects.toThrow(UnknownNameError);
  });

  it.each(['hf:allenai/OLMo-1B-hf', 'allenai/OLMo-2-0425-1B', 'olmo'])(
    'refuses %s with the reason',
    async (name) => {
      await expect(findSuite(name, none)).rejects.toThrow(ArchitectureError);
      await expect(findSuite(name, none)).rejects.toThrow(/normalises|norms/);
    },
  );
});
