import { describe, expect, it } from 'vitest';
import { ownRepoManifest } from '../../src/config/own-repo.js';
import { parseSuiteManifest } from '../../src/config/suite-manifest.js';
import { ManifestError } from '../../src/errors/checkpoint-errors.js';
import { shippedManifest } from '../support/manifests.js';
import { TINY_LLAMA } from '../support/models.js';

const LOCAL = { name: 'own', description: '', architecture: 'llama', tokensPerStep: null, runs: [] };

function problemsOf(manifest: unknown): readonly string[] {
  try {
    parseSuiteManifest('m.json', JSON.stringify(manifest));
  } catch (error) {
    if (error instanceof ManifestError) return error.problems;
    throw error;
  }
  return [];
}

describe('a manifest', () => {
  it('is of a local suite unless it says otherwise', () => {
    expect(parseSuiteManifest('m.json', JSON.stringify(LOCAL)).kind).toBeUndefined();
    expect(problemsOf({ ...LOCAL, kind: 'local' })).toEqual([]);
    expect(problemsOf({ ...LOCAL, kind: 'elsewhere' })).toEqual([expect.stringMatching(/^kind: /)]);
    expect(problemsOf({ ...LOCAL, faults: [] })).toEqual([expect.stringMatching(/faults/)]);
  });

  it.each(['x'.repeat(201), '.', '..', 'a/b', ''])('cannot be named %j, which no folder is', (name) => {
    expect(problemsOf({ ...LOCAL, name })).toEqual([expect.stringMatching(/^name: may /)]);
  });

  it('may have a name of 200 characters', () => {
    expect(problemsOf({ ...LOCAL, name: 'x'.repeat(200) })).toEqual([]);
  });

  it('of the Hub that is read and written again is the same', async () => {
    const manifest = await shippedManifest('pythia-2.8b');
    expect(parseSuiteManifest('m.json', JSON.stringify(manifest))).toEqual(manifest);
  });

  it('names each field that is wrong', async () => {
    const amber = await shippedManifest('amber');
    const { hub } = amber;
    const fault = { kind: 'missing', steps: '1', note: 'x', report: 'https://example.org/1' };
    const wrong: [unknown, RegExp][] = [
      [{ ...amber, hub: { ...hub, revision: 'main' } }, /^hub\.revision: has no \{step\}/],
      [{ ...amber, hub: { ...hub, steps: 'last:3' } }, /^hub\.steps: lists no steps/],
      [{ ...amber, hub: { ...hub, checkpoints: undefined } }, /^hub\.checkpoints: is needed/],
      [{ ...amber, hub: { ...hub, revision: 'step{step}' } }, /^hub\.checkpoints: says nothing/],
      [{ ...amber, runs: [{ seed: 0, repo: 'Amber' }] }, /^runs\.0\.repo: is no owner\/name/],
      [{ ...amber, runs: [...amber.runs, ...amber.runs] }, /^listed twice: seed 0/],
      [{ ...amber, faults: [{ ...fault, seeds: [4] }] }, /^faults: there is no run of seed 4/],
      [{ ...amber, faults: [{ ...fault, kind: 'odd' }] }, /^faults\.0\.kind: /],
      [{ ...amber, faults: [{ ...fault, steps: 'log' }] }, /^faults\.0\.steps: names no steps/],
      [{ ...amber, faults: [{ ...fault, report: 'issue 5' }] }, /^faults\.0\.report: /],
      [{ ...amber, model: { ...amber.model, nLayers: 0 } }, /^model\.nLayers: /],
    ];
    for (const [manifest, problem] of wrong) expect(problemsOf(manifest)[0]).toMatch(problem);
  });
});

describe('a manifest for a repo of one’s own', () => {
  const own = { repo: 'me/mine', model: TINY_LLAMA, tokenizerRevision: 'step-20' };

  it('is one that a file may hold, with the pattern guessed', () => {
    const manifest = ownRepoManifest({ ...own, refs: ['main', 'step-10', 'step-20'] });
    expect(parseSuiteManifest('m.json', JSON.stringify(manifest))).toEqual(manifest);
    expect(manifest).toMatchObject({
      name: 'me--mine',
      architecture: 'llama',
      hub: { revision: 'step-{step}', steps: null, tokenizer: { revision: 'step-20' } },
      model: { nLayers: TINY_LLAMA.nLayers, nKvHeads: TINY_LLAMA.nKvHeads },
      runs: [{ seed: 0, repo: 'me/mine' }],
    });
  });

  it('takes the pattern given, and counts checkpoints where names do', () => {
    const manifest = ownRepoManifest({ ...own, refs: [], pattern: 'part{checkpoint:2}' });
    expect(manifest.hub).toMatchObject({
      revision: 'part{checkpoint:2}',
      checkpoints: { first: 0, stride: 1 },
    });
  });

  it('asks for a pattern when none fits', () => {
    expect(() => ownRepoManifest({ ...own, refs: ['main', 'v1', 'v2'] })).toThrow(/follow no pattern/);
    expect(() => ownRepoManifest({ ...own, refs: [], pattern: 'v1' })).toThrow(/is no pattern/);
  });
});
