import { describe, expect, it } from 'vitest';
import type { HubManifest } from '../../src/config/suite-manifest.js';
import type { AuditDepth, Finding } from '../../src/domain/audit-finding.js';
import { OfflineError } from '../../src/errors/hub-errors.js';
import { fetchFiles } from '../../src/hub/download/fetch-files.js';
import { listFiles } from '../../src/hub/listing/list-files.js';
import { listRefs } from '../../src/hub/listing/list-refs.js';
import { auditSuite } from '../../src/sweep/audit/audit-suite.js';
import { faultySuite, LAST, revision, soundRepo, weightsAt, withValue } from '../support/faulty-suite.js';
import { hubAt, standIn } from '../support/hubs.js';

const DEPTHS: readonly AuditDepth[] = ['listing', 'sample', 'all'];
const SHARD = 'model-00001-of-00002.safetensors';
const EMBEDDING = 'gpt_neox.embed_in.weight';

/** Audits repos that were spoiled. @returns the report, and how the stand-in was asked */
async function audit(
  repos: readonly ReturnType<typeof soundRepo>[],
  depth: AuditDepth,
  { faults = [], steps = '' }: { faults?: HubManifest['faults']; steps?: string } = {},
) {
  const standing = await standIn();
  const suite = faultySuite(standing, repos, faults);
  const hub = hubAt(standing);
  const report = await auditSuite({ suite, hub: () => hub, depth, steps });
  return { ...report, requests: standing.requests };
}

const short = ({ step, kind, severity, equals }: Finding): string =>
  `${step ?? 'run'} ${kind} ${severity}${equals === null ? '' : ` = ${equals}`}`;

const EXPECTED = ['0 duplicate expected = 1', '1 duplicate expected = 0'];

describe('the audit of a sound suite', () => {
  it.each(DEPTHS)('lists step 0 = step 1 as it should be, and nothing else, reading %s', async (depth) => {
    const { findings, bytesRead, weightBytes, files } = await audit([soundRepo(), soundRepo(1)], depth);
    expect(findings.map((one) => `${one.seed} ${short(one)}`)).toEqual(
      [0, 1].flatMap((seed) => EXPECTED.map((text) => `${seed} ${text}`)),
    );
    expect(findings[0]?.report).toBe('https://example.org/issues/83');
    expect(files.reduce((sum, file) => sum + file.bytesRead, 0)).toBe(bytesRead);
    if (depth === 'listing') expect(bytesRead).toBe(0);
    else expect(bytesRead).toBeGreaterThan(0);
    expect(weightBytes).toBeGreaterThan(100_000);
  });

  it('asks once for the refs, and once for each revision', async () => {
    const { requests } = await audit([soundRepo()], 'listing');
    const kinds = requests.map(({ url }) => /refs|tree|resolve/.exec(url)?.[0] ?? url);
    const count = (kind: string): number => kinds.filter((one) => one === kind).length;
    expect([count('refs'), count('tree')]).toEqual([1, 15]);
    // config.json and the index are the same everywhere, and fetched once.
    expect(count('resolve')).toBe(2);
    expect(kinds.length).toBe(count('refs') + count('tree') + count('resolve'));
  });

  it('takes a selection of steps, with the last one beside it', async () => {
    const { runs, requests } = await audit([soundRepo()], 'listing', { steps: '4,8' });
    expect(runs).toEqual([{ seed: 0, source: 'test/faulty-seed0', steps: [4, 8] }]);
    expect(requests.filter(({ url }) => url.includes('/tree/'))).toHaveLength(4);
  });
});

/** A repo with all faults of published suites at once. */
function faultyRepo() {
  const repo = soundRepo();
  const final = weightsAt(LAST);
  // As pythia-2.8b: files of main at an early step, and a second blob that differs in one signed zero.
  const twin = withValue(final, EMBEDDING, (data) => (data[7] = 0));
  const negative = withValue(final, EMBEDDING, (data) => (data[7] = -0));
  repo.branches.set('main', revision(twin));
  repo.weights(LAST, negative);
  repo.weights(4, twin);
  repo.weights(512, negative);
  // As pythia-12b: the first shard of the final model.
  repo.at(64)[SHARD] = revision(twin)[SHARD] ?? '';
  repo.branches.delete('step16');
  const config = String(repo.at(32)['config.json']);
  repo.at(32)['config.json'] = config.replace('"rotary_emb_base": 10000', '"rotary_emb_base": 500');
  repo.at(128)['tokenizer.json'] = '{"version":"1.0","model":{"type":"WordLevel","vocab":{"0":1,"1":0}}}';
  repo.weights(
    256,
    withValue(weightsAt(256), EMBEDDING, (data) => (data[3] = NaN)),
  );
  repo.at(1000)['model.safetensors.index.json'] = String(
    repo.at(1000)['model.safetensors.index.json'],
  ).replaceAll('model-00002-of-00002', 'model-00003-of-00003');
  return repo;
}

describe('the audit of a suite with the faults of published ones', () => {
  const cheap = [
    ...EXPECTED,
    '4 final_weights bad = main',
    '16 missing bad',
    '32 config_changed bad',
    '64 other_step_shard bad = main',
    '128 tokenizer_changed warning',
    '512 final_weights bad = 3000',
    '1000 incomplete bad',
  ];

  it('finds by listings exactly what listings show', async () => {
    const { findings } = await audit([faultyRepo()], 'listing');
    expect(findings.map(short)).toEqual(cheap);
  });

  it.each(['sample', 'all'] as const)('finds the rest in the values, reading %s', async (depth) => {
    const { findings, bytesRead, weightBytes } = await audit([faultyRepo()], depth);
    const deep = [
      ...cheap.slice(0, 7),
      '256 not_finite bad',
      ...cheap.slice(7),
      // Equal in value but for a signed zero, as the hashes cannot show.
      '3000 duplicate expected = main',
    ];
    expect(findings.map(short)).toEqual(deep);
    const twin = findings.find(({ step }) => step === LAST);
    expect(twin?.evidence).toMatch(/same values as main in all \d+ tensors read, though the files differ/);
    expect(bytesRead).toBeLessThan(1.05 * weightBytes);
  });

  it('links what the manifest knows, and says what it knows and is not there any more', async () => {
    const fault = (kind: 'final_weights' | 'missing', steps: string) =>
      ({
        kind,
        steps,
        state: 'present',
        expected: false,
        note: 'Seen.',
        report: `https://example.org/${kind}`,
      }) as const;
    const { findings } = await audit([faultyRepo()], 'listing', {
      faults: [fault('final_weights', '4,8'), fault('missing', '16')],
    });
    const known = findings.filter(({ report }) => report !== null && !report.endsWith('83'));
    expect(known.map((one) => `${short(one)} ${one.report}`)).toEqual([
      '4 final_weights bad = main https://example.org/final_weights',
      '8 fault_not_seen warning https://example.org/final_weights',
      '16 missing bad https://example.org/missing',
    ]);
  });

  it('says nothing offline of what the cache lacks, and fails where it knows nothing', async () => {
    const standing = await standIn();
    const suite = faultySuite(standing, [soundRepo()]);
    const online = hubAt(standing);
    const [{ repo } = { repo: '' }] = suite.manifest.runs;
    const commits = new Map(
      (await listRefs({ hub: online, repo })).map(({ name, commit }) => [name, commit]),
    );
    const fetch = async (revision: string, wanted: RegExp): Promise<void> => {
      const commit = commits.get(revision) ?? '';
      const files = (await listFiles({ hub: online, repo, commit })).filter(({ path }) => wanted.test(path));
      await fetchFiles({ hub: online, repo, commit, revision, files });
    };
    const hub = hubAt(standing, { cacheDir: online.cacheDir, offline: true });
    await expect(auditSuite({ suite, hub: () => hub })).rejects.toThrow(OfflineError);
    await fetch('step2', /./);
    await fetch('step4', /./);
    await fetch('step8', /tokenizer/);
    const { findings, runs } = await auditSuite({ suite, hub: () => hub });
    expect(runs.map(({ steps }) => steps)).toEqual([[2, 4]]);
    expect(findings.filter(({ severity }) => severity === 'bad')).toEqual([]);
  });

  it('speaks of the steps that are asked for', async () => {
    const standing = await standIn();
    const suite = faultySuite(standing, [faultyRepo()]);
    const hub = hubAt(standing);
    const { findings } = await auditSuite({ suite, hub: () => hub, steps: '2,4,16' });
    expect(findings.map(short)).toEqual(['4 final_weights bad = main', '16 missing bad']);
  });
});

describe('weights off the path of the training', () => {
  it('finds final-era weights under other bytes, and a step of another era', async () => {
    const repo = soundRepo();
    // Near the end, but neither the last step nor main.
    repo.weights(8, weightsAt(2990));
    repo.weights(1000, weightsAt(5));
    const { findings } = await audit([repo], 'sample');
    expect(findings.map(short)).toEqual([
      ...EXPECTED,
      '8 out_of_place bad = 3000',
      '1000 out_of_place bad = 4',
    ]);
    expect(findings.at(-1)?.evidence).toMatch(
      /^norm of \S+ goes [\d.]+, [\d.]+, [\d.]+; nearest in value to step 4$/,
    );
  });
});
