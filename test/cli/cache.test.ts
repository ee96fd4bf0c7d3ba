import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBudget } from '../../src/hub/cache/budget.js';
import { openHub } from '../../src/hub/hub.js';
import { cli } from '../support/cli.js';
import {
  branchesOf,
  filesOf,
  hubEnv,
  SUITE_REPO,
  weightsOf,
  writeHubManifest,
} from '../support/hub-suite.js';
import { fetchAll, noise, standIn } from '../support/hubs.js';
import { pythonWithHub, runPython } from '../support/python.js';
import { gitSha1, sha256 } from '../support/stand-in-repo.js';

const BYTES = weightsOf(0).length + Buffer.byteLength(String(filesOf(0)['config.json']));
const FOREIGN_REPO = 'another/model';
const COMMIT = 'c'.repeat(40);

/** Puts a repository into the cache as Python does. @returns its folder */
function foreignRepo(cacheDir: string): string {
  const root = join(cacheDir, 'models--another--model');
  const content = noise(70_000, 3);
  const place = join(root, 'snapshots', COMMIT);
  for (const folder of [join(root, 'blobs'), join(root, 'refs'), place])
    mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'blobs', sha256(content)), content);
  writeFileSync(join(root, 'blobs', `${'e'.repeat(64)}.incomplete`), noise(500));
  writeFileSync(join(root, 'refs', 'main'), COMMIT);
  symlinkSync(`../../blobs/${sha256(content)}`, join(place, 'model.safetensors'));
  return root;
}

/** A cache with one checkpoint and the tokenizer that `fetch` brought, and a repository of another program. */
async function filledCache() {
  const standing = await standIn();
  const commits = standing.addRepo(SUITE_REPO, branchesOf([0, 8, 16]));
  const env = hubEnv(standing);
  const cacheDir = env['HF_HUB_CACHE'] ?? '';
  const manifest = writeHubManifest();
  expect((await cli(['fetch', manifest, '--steps', '0'], { env })).code).toBe(0);
  const foreign = foreignRepo(cacheDir);
  const root = join(cacheDir, 'models--someone--tiny-suite');
  const run = (...args: string[]) => cli(['cache', ...args], { env });
  const removed = async (...args: string[]) => {
    const { code, stdout, stderr } = await run('clean', ...args, '--json');
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    return JSON.parse(stdout) as Record<
      'removed' | 'wouldRemove' | 'stays' | 'busy',
      { name: string; keeps: string }[]
    >;
  };
  return { standing, env, cacheDir, manifest, commits, foreign, root, run, removed };
}

describe('heuristrace cache', () => {
  it('shows repositories and revisions, whoever fetched them', async () => {
    const { run, commits, cacheDir } = await filledCache();
    mkdirSync(join(cacheDir, 'models--no--good--name'));
    const table = await run();
    expect(table.stdout).toMatch(/another\/model +1 +70\.0 kB +0 B +0 B +500 B/);
    expect(table.stdout).toMatch(/someone\/tiny-suite +2 +1\.50 MB +1\.50 MB +0 B +0 B/);
    expect(table.stdout).toMatch(/all +3 +1\.57 MB/);
    const one = await run(SUITE_REPO);
    expect(one.stdout).toMatch(
      new RegExp(`step0 +${(commits['step0'] ?? '').slice(0, 12)} +2 +1\\.50 MB +1\\.50 MB +20`),
    );
    const { repos } = JSON.parse((await run('--json')).stdout) as {
      repos: { repo: string; fetchedBytes: number; revisions: { refs: string[]; fetchedBytes: number }[] }[];
    };
    expect(repos.map(({ repo, fetchedBytes }) => [repo, fetchedBytes])).toEqual([
      [FOREIGN_REPO, 0],
      [SUITE_REPO, BYTES + 2],
    ]);
    expect(repos[1]?.revisions.map(({ refs, fetchedBytes }) => [refs, fetchedBytes]).sort()).toEqual([
      [['main'], 2],
      [['step0'], BYTES],
    ]);
    const unknown = await run('someone/tiny-suit');
    expect(unknown.code).toBe(4);
    expect(unknown.stderr).toMatch(/Did you mean 'someone\/tiny-suite'/);
  });

  it('an empty cache is no failure', async () => {
    const env = hubEnv(await standIn());
    expect(await cli(['cache'], { env })).toMatchObject({ code: 0, stdout: 'no models are in the cache\n' });
    expect((await cli(['cache', 'clean', '--all-fetched', '--yes'], { env })).code).toBe(0);
  });
});

describe('heuristrace cache clean', () => {
  it('removes what heuristrace fetched, only with --yes, and nothing else', async () => {
    const { run, root, foreign, cacheDir, env, manifest, removed } = await filledCache();
    const dry = await run('clean', '--all-fetched');
    expect(dry.stdout).toMatch(/^would remove: 3 files, 1\.50 MB\n {2}someone\/tiny-suite: 3 files/);
    expect(dry.stderr).toMatch(/nothing was removed: add --yes/);
    expect(readdirSync(join(root, 'blobs'))).toHaveLength(3);
    const wet = await run('clean', '--all-fetched', '--yes');
    expect(wet.stdout).toMatch(/^removed: 3 files, 1\.50 MB/);
    expect(existsSync(root)).toBe(false);
    expect(readdirSync(join(foreign, 'blobs'))).toHaveLength(2);
    expect(existsSync(join(foreign, 'snapshots', COMMIT, 'model.safetensors'))).toBe(true);
    expect(readdirSync(cacheDir).sort()).toEqual(['.locks', 'models--another--model']);
    // What is fetched again is known as our own again.
    expect((await cli(['fetch', manifest, '--steps', '0'], { env })).code).toBe(0);
    expect((await removed('--all-fetched')).wouldRemove).toHaveLength(3);
  });

  it('leaves what another program replaced or linked', async () => {
    const { root, removed } = await filledCache();
    const weights = join(root, 'blobs', sha256(weightsOf(0)));
    const config = join(root, 'blobs', gitSha1(String(filesOf(0)['config.json'])));
    utimesSync(weights, new Date('2020-01-01'), new Date('2020-01-01'));
    mkdirSync(join(root, 'snapshots', COMMIT), { recursive: true });
    symlinkSync(
      `../../blobs/${gitSha1(String(filesOf(0)['config.json']))}`,
      join(root, 'snapshots', COMMIT, 'config.json'),
    );
    const outcome = await removed('--all-fetched', '--yes');
    expect(outcome.removed.map(({ name }) => name)).toEqual([gitSha1('{}')]);
    expect(outcome.stays.map(({ keeps }) => keeps)).toEqual(['another program uses it']);
    expect([weights, config].map((path) => existsSync(path))).toEqual([true, true]);
  });

  it('takes all of a repository that is named', async () => {
    const { run, root, foreign, removed } = await filledCache();
    expect((await removed('--repo', FOREIGN_REPO)).wouldRemove).toHaveLength(2);
    expect((await removed('--repo', FOREIGN_REPO, '--all-fetched', '--incomplete', '--yes')).removed).toEqual(
      [],
    );
    expect(existsSync(foreign)).toBe(true);
    expect((await removed('--repo', FOREIGN_REPO, '--yes')).removed).toHaveLength(2);
    expect(existsSync(foreign)).toBe(false);
    expect(readdirSync(join(root, 'blobs'))).toHaveLength(3);
    expect((await run('clean', '--repo', FOREIGN_REPO, '--yes')).code).toBe(4);
  });

  it('takes only what was not used for some days', async () => {
    const { root, removed, foreign } = await filledCache();
    expect((await removed('--older-than', '2', '--yes')).removed).toEqual([]);
    const partial = join(root, 'blobs', `${'a'.repeat(64)}.heuristrace.incomplete`);
    writeFileSync(partial, noise(300));
    const old = new Date(Date.now() - 3 * 24 * 3_600_000);
    utimesSync(partial, old, old);
    for (const name of readdirSync(join(foreign, 'blobs')))
      utimesSync(join(foreign, 'blobs', name), old, old);
    expect((await removed('--older-than', '4')).wouldRemove).toEqual([]);
    expect((await removed('--older-than', '2', '--yes')).removed.map(({ name }) => name)).toEqual([
      `${'a'.repeat(64)}.heuristrace.incomplete`,
    ]);
  });

  it('removes unfinished files of its own, but none that is being fetched', async () => {
    const { cacheDir, root, foreign, removed } = await filledCache();
    const [begun, fetching] = ['a', 'b'].map((letter) => `${letter.repeat(64)}.heuristrace.incomplete`);
    for (const name of [begun, fetching]) writeFileSync(join(root, 'blobs', name ?? ''), noise(300));
    const locks = join(cacheDir, '.locks', 'models--someone--tiny-suite');
    mkdirSync(locks, { recursive: true });
    // Of a machine that cannot be asked, and alive by its time.
    writeFileSync(
      join(locks, `${'b'.repeat(64)}.heuristrace.lock`),
      JSON.stringify({ machine: 'elsewhere', pid: 1, start: null }),
    );
    const outcome = await removed('--incomplete', '--yes');
    expect(outcome.removed.map(({ name }) => name)).toEqual([begun]);
    expect(outcome.busy.map(({ name }) => name)).toEqual([fetching]);
    expect(readdirSync(join(foreign, 'blobs'))).toHaveLength(2);
  });

  it('leaves what a running sweep holds, and takes what sweeps left behind', async () => {
    const { env, cacheDir, commits, removed, run } = await filledCache();
    const hub = openHub({ env, cacheDir });
    const budget = await openBudget({ hub, limitBytes: Infinity });
    const commit = commits['step8'] ?? '';
    await fetchAll({ hub, repo: SUITE_REPO, commit, revision: 'step8', budget });
    // The config is the same at all steps: the sweep needs what `fetch` brought.
    const config = gitSha1(String(filesOf(0)['config.json']));
    const during = await removed('--all-fetched', '--yes');
    expect(during.stays.map(({ name }) => name)).toContain(sha256(weightsOf(8)));
    expect(during.stays.map(({ name }) => name)).toContain(config);
    expect(during.removed.map(({ name }) => name).sort()).toEqual(
      [sha256(weightsOf(0)), gitSha1('{}')].sort(),
    );
    await budget.release({ repo: SUITE_REPO, commit });
    expect((await run()).stdout).toMatch(/someone\/tiny-suite +2 +1\.51 MB +1\.51 MB +1\.51 MB/);
    const after = await removed('--all-fetched', '--yes');
    expect(after.stays).toEqual([]);
    expect(budget.usedBytes()).toBeGreaterThan(0);
    expect(existsSync(join(cacheDir, 'models--someone--tiny-suite'))).toBe(false);
    // The sweep's account notices that its files are gone when it needs their room.
    await budget.close();
    const small = await openBudget({ hub, limitBytes: 1_600_000 });
    await fetchAll({
      ...{ hub, repo: SUITE_REPO, commit: commits['step0'] ?? '', revision: 'step0', budget: small },
    });
    expect(small.usedBytes()).toBeLessThanOrEqual(1_600_000);
    await small.close();
  });

  it('what is cleaned away may be evicted by the sweep that fetches it again', async () => {
    const { env, cacheDir, manifest, commits, removed, root } = await filledCache();
    const hub = openHub({ env, cacheDir });
    const budget = await openBudget({ hub, limitBytes: 4_000_000 });
    const bring = (step: number) =>
      fetchAll({
        hub,
        repo: SUITE_REPO,
        commit: commits[`step${step}`] ?? '',
        revision: `step${step}`,
        budget,
      });
    const release = (step: number) =>
      budget.release({ repo: SUITE_REPO, commit: commits[`step${step}`] ?? '' });
    // With a ledger in the cache, what is fetched ahead is noted as not to be evicted.
    expect((await cli(['fetch', manifest, '--steps', '0,16'], { env })).code).toBe(0);
    expect((await removed('--repo', SUITE_REPO, '--yes')).removed).toHaveLength(4);
    expect(existsSync(root)).toBe(false);
    await bring(16);
    await release(16);
    await bring(8);
    await release(8);
    await bring(0);
    expect(existsSync(join(root, 'blobs', sha256(weightsOf(16))))).toBe(false);
    expect(existsSync(join(root, 'blobs', sha256(weightsOf(0))))).toBe(true);
    await release(0);
    await budget.close();
  });

  it('leaves a cache that Python calls sound', async (context) => {
    const python = pythonWithHub(context);
    const { env, cacheDir, commits, removed } = await filledCache();
    const hub = openHub({ env, cacheDir });
    const budget = await openBudget({ hub, limitBytes: Infinity });
    const commit = commits['step8'] ?? '';
    await fetchAll({ hub, repo: SUITE_REPO, commit, revision: 'step8', budget });
    rmSync(join(cacheDir, 'models--another--model', 'blobs', `${'e'.repeat(64)}.incomplete`));
    expect((await removed('--all-fetched', '--yes')).removed).toHaveLength(2);
    const said = await runPython(python, 'check_stand_in_hub.py', ['cache', cacheDir, SUITE_REPO, 'step8']);
    const config = Buffer.byteLength(String(filesOf(8)['config.json']));
    const size = Object.values(filesOf(8)).reduce((sum, content) => sum + Buffer.byteLength(content), 0);
    expect(said).toMatchObject({
      warnings: [],
      repos: {
        // What it shares with the step in use stays of the other.
        [SUITE_REPO]: {
          [commits['step0'] ?? '']: { refs: ['step0'], size: config },
          [commit]: { refs: ['step8'], size },
        },
        [FOREIGN_REPO]: { [COMMIT]: { refs: ['main'], size: 70_000 } },
      },
      snapshot: { 'model.safetensors': sha256(weightsOf(8)) },
    });
    await budget.close();
  });

  it('a torn note does no harm', async () => {
    const { cacheDir, removed } = await filledCache();
    appendFileSync(join(cacheDir, '.locks', 'heuristrace', 'ahead'), '{"event":"fetched","repo":"some');
    expect((await removed('--all-fetched')).wouldRemove).toHaveLength(3);
  });

  it.each([
    [[], 2, /nothing is chosen/],
    [['--older-than', 'a week'], 2, /'a week' is no number of days/],
    [['--older-than', '-1'], 2, /'-1' is no number of days/],
    [['--repo', 'no/such', '--yes'], 4, /unknown repository of the cache 'no\/such'/],
  ])('refuses %j', async (args, code, message) => {
    const result = await cli(['cache', 'clean', ...args], { env: hubEnv(await standIn()) });
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });
});
