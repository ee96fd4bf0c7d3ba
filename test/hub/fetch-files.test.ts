import { readFileSync, readlinkSync, readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DownloadChecksumError, HubNetworkError } from '../../src/errors/hub-errors.js';
import { fetchFiles, type FetchEvent } from '../../src/hub/download/fetch-files.js';
import { listFiles } from '../../src/hub/listing/list-files.js';
import { resolveRevision } from '../../src/hub/listing/resolve-revision.js';
import { projectPath } from '../support/fixtures.js';
import { fetchAll, hubAt, noise, standIn } from '../support/hubs.js';
import { filesOf, gitSha1, sha256 } from '../support/stand-in-repo.js';
import type { PlantedFault, StandInHub } from '../support/stand-in-hub.js';

const REPO = 'someone/model-a';
const WEIGHTS = noise(3_000_000, 7);
const CONFIG = '{"hidden_size": 8}';
const FILES = { 'model.safetensors': WEIGHTS, 'config.json': CONFIG, 'nested/deep/vocab.txt': 'a\nb\n' };

/** Fetches everything of `main` and returns what lies in the cache afterwards. */
async function fetchMain(standing: StandInHub, hub = hubAt(standing)) {
  const commit = await resolveRevision({ hub, repo: REPO, revision: 'main' });
  const events: FetchEvent[] = [];
  const fetched = await fetchAll({
    hub,
    repo: REPO,
    commit,
    revision: 'main',
    onProgress: (event) => events.push(event),
  });
  const root = join(hub.cacheDir, 'models--someone--model-a');
  return { hub, commit, fetched, events, root };
}

it('files land in the layout of the Hugging Face cache, and a second call fetches nothing', async () => {
  const standing = await standIn();
  standing.addRepo(REPO, { main: FILES });
  const { hub, commit, fetched, root } = await fetchMain(standing);

  expect(fetched.map(({ path, source }) => [path, source]).sort()).toEqual(
    Object.keys(FILES)
      .sort()
      .map((path) => [path, 'network']),
  );
  for (const [path, content] of Object.entries(FILES))
    expect(readFileSync(join(root, 'snapshots', commit, path)).equals(Buffer.from(content))).toBe(true);
  expect(readFileSync(join(root, 'refs', 'main'), 'utf8')).toBe(commit);
  expect(readdirSync(join(root, 'blobs')).sort()).toEqual(
    [sha256(WEIGHTS), gitSha1(CONFIG), gitSha1('a\nb\n')].sort(),
  );
  expect(readlinkSync(join(root, 'snapshots', commit, 'nested/deep/vocab.txt'))).toBe(
    `../../../../blobs/${gitSha1('a\nb\n')}`,
  );

  const before = standing.requests.length;
  const again = await fetchAll({ hub, repo: REPO, commit });
  expect(again.map(({ source }) => source)).toEqual(['cache', 'cache', 'cache']);
  // One request, for the list of files.
  expect(standing.requests.length - before).toBe(1);
});

it('an empty file is a file', async () => {
  const standing = await standIn();
  const { main = '' } = standing.addRepo(REPO, { main: { 'merges.txt': '', 'empty.bin': '' } });
  const hub = hubAt(standing);
  for (const source of ['network', 'cache']) {
    const fetched = await fetchAll({ hub, repo: REPO, commit: main });
    expect(fetched.map((file) => [file.size, file.source])).toEqual([
      [0, source],
      [0, source],
    ]);
    for (const { localPath } of fetched) expect(readFileSync(localPath)).toHaveLength(0);
  }
});

it('the folder of a model is fetched as it is', async () => {
  const standing = await standIn();
  const files = filesOf(projectPath('test/fixtures/llama/heads5-kv1-tied'));
  const { main = '' } = standing.addRepo(REPO, { main: files });
  const fetched = await fetchAll({ hub: hubAt(standing), repo: REPO, commit: main });
  expect(fetched.map(({ path }) => path).sort()).toEqual(Object.keys(files).sort());
  for (const { path, localPath } of fetched)
    expect(sha256(readFileSync(localPath))).toBe(sha256(files[path] ?? ''));
});

it('only the files asked for are fetched, and equal contents of two commits only once', async () => {
  const standing = await standIn();
  const { step0 = '', step1 = '' } = standing.addRepo(REPO, {
    step0: { ...FILES, 'copy.safetensors': WEIGHTS },
    step1: { ...FILES, 'config.json': '{}' },
  });
  const hub = hubAt(standing);
  const weights = (await listFiles({ hub, repo: REPO, commit: step0 })).filter(
    ({ sha256 }) => sha256 !== null,
  );
  expect(weights.map(({ path }) => path)).toEqual(['copy.safetensors', 'model.safetensors']);
  await fetchFiles({ hub, repo: REPO, commit: step0, files: weights });
  const fetched = await fetchFiles({ hub, repo: REPO, commit: step1, files: weights.slice(1) });
  expect(fetched.map(({ source, receivedBytes }) => [source, receivedBytes])).toEqual([['cache', 0]]);
  expect(standing.requests.filter(({ where }) => where === 'cdn')).toHaveLength(1);
});

const CDN = /^\/repos/;
const HEALED: readonly (readonly [string, readonly PlantedFault[], { rest?: boolean; problem: RegExp }])[] = [
  ['a damaged body of the right length', [{ kind: 'corrupt' }], { problem: /checksum is wrong/ }],
  [
    'a short body',
    [{ kind: 'short', after: 1_200_000 }],
    { rest: true, problem: /body ended after 1200000/ },
  ],
  ['a body that is too long', [{ kind: 'long' }], { problem: /checksum is wrong/ }],
  [
    'a reset in the middle',
    [{ kind: 'reset', after: 1_500_000 }],
    { rest: true, problem: /connection lost/ },
  ],
  ['a reset before the first byte', [{ kind: 'reset', after: 0 }], { problem: /connection lost/ }],
  ['a stall', [{ kind: 'stall', after: 1_100_000 }], { rest: true, problem: /no byte for 1 s/ }],
  ['a storm of 503', Array<PlantedFault>(5).fill({ kind: 'status', status: 503 }), { problem: /status 503/ }],
  ['a time-out of the server', [{ kind: 'status', status: 408 }], { problem: /status 408/ }],
  ['a rate limit without headers', [{ kind: 'status', status: 429 }], { problem: /rate limit/ }],
  ['an expired link', [{ kind: 'status', status: 403 }], { problem: /link to the file has expired/ }],
  ['a link that is gone', [{ kind: 'status', status: 404 }], { problem: /link to the file has expired/ }],
];

it.each(HEALED)('%s ends in the right file', async (_, faults, { rest = false, problem }) => {
  const standing = await standIn();
  standing.addRepo(REPO, { main: FILES });
  for (const fault of faults) standing.plant('cdn', CDN, fault);
  const { root, commit, events } = await fetchMain(standing);
  expect(readFileSync(join(root, 'snapshots', commit, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  expect(readdirSync(join(root, 'blobs'))).toHaveLength(3);
  const retries = events.filter((event) => event.kind === 'retry');
  expect(retries).toHaveLength(faults.length);
  for (const retry of retries) expect(retry.problem).toMatch(problem);
  const ranges = standing.requests.filter(({ where }) => where === 'cdn').map(({ range }) => range);
  // What was received is not fetched again where the bytes themselves were right.
  expect(ranges.filter((range) => range !== undefined)).toHaveLength(rest ? 1 : 0);
});

it('a server that passes over Range, or answers another one, costs a fresh start and no more', async () => {
  for (const kind of ['no-range', 'shifted-range'] as const) {
    const standing = await standIn();
    standing.addRepo(REPO, { main: FILES });
    standing.plant('cdn', CDN, { kind: 'reset', after: 2_000_000 });
    standing.plant('cdn', CDN, { kind });
    const { root, commit } = await fetchMain(standing);
    expect(readFileSync(join(root, 'snapshots', commit, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  }
});

it('links that expire while a file is under way are asked for anew', async () => {
  const standing = await standIn();
  standing.addRepo(REPO, { main: FILES });
  standing.plant('cdn', CDN, { kind: 'stall', after: 1_000_000 });
  const hub = hubAt(standing);
  const commit = await resolveRevision({ hub, repo: REPO, revision: 'main' });
  await fetchAll({
    hub,
    repo: REPO,
    commit,
    onProgress: (event) => event.kind === 'retry' && standing.expireLinks(),
  });
  const links = standing.requests.filter(({ where }) => where === 'cdn').map(({ url }) => url);
  expect(new Set(links).size).toBe(2);
});

it('a small file that arrives damaged is fetched again too', async () => {
  const standing = await standIn();
  standing.addRepo(REPO, { main: FILES });
  standing.plant('hub', /config\.json/, { kind: 'corrupt' });
  const { root, commit } = await fetchMain(standing);
  expect(readFileSync(join(root, 'snapshots', commit, 'config.json'), 'utf8')).toBe(CONFIG);
});

it('a file that is damaged twice is refused by name, and nothing of it stays', async () => {
  const standing = await standIn();
  standing.addRepo(REPO, { main: FILES });
  standing.plant('cdn', CDN, { kind: 'corrupt' }, 2);
  const hub = hubAt(standing);
  const failure = await fetchMain(standing, hub).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DownloadChecksumError);
  expect(failure).toMatchObject({
    exitCode: 67,
    repo: REPO,
    path: 'model.safetensors',
    expected: sha256(WEIGHTS),
  });
  const blobs = join(hub.cacheDir, 'models--someone--model-a', 'blobs');
  expect(readdirSync(blobs).filter((name) => name.startsWith(sha256(WEIGHTS)))).toEqual([]);
});

it('a Hub that never recovers ends in an error that says what, where and how often', async () => {
  const standing = await standIn();
  standing.addRepo(REPO, { main: FILES });
  standing.plant('cdn', CDN, { kind: 'status', status: 503 }, 1_000);
  const failure = await fetchMain(standing, hubAt(standing, { attempts: 4 })).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(HubNetworkError);
  expect(failure).toMatchObject({ exitCode: 66, attempts: 4, problem: 'status 503' });
  // The link's signature is a secret.
  expect(String(failure)).not.toMatch(/Signature/);
});

it('a listing with a path outside the snapshot is refused before anything is written', async () => {
  const standing = await standIn();
  const { main = '' } = standing.addRepo(REPO, { main: { '../../escape.bin': 'x', 'config.json': CONFIG } });
  const hub = hubAt(standing);
  await expect(fetchAll({ hub, repo: REPO, commit: main })).rejects.toThrow(/unsafe path/);
  expect(existsSync(join(hub.cacheDir, 'models--someone--model-a'))).toBe(false);
});

it('a branch that moves during the sweep changes nothing for the commit that is held', async () => {
  const standing = await standIn();
  standing.addRepo(REPO, { step5: FILES });
  const hub = hubAt(standing);
  const commit = await resolveRevision({ hub, repo: REPO, revision: 'step5' });
  const files = await listFiles({ hub, repo: REPO, commit });
  const moved = standing.moveBranch(REPO, 'step5', { ...FILES, 'model.safetensors': noise(1000, 9) });
  const fetched = await fetchFiles({ hub, repo: REPO, commit, files });
  const weights = fetched.find(({ path }) => path === 'model.safetensors');
  expect(readFileSync(weights?.localPath ?? '').equals(WEIGHTS)).toBe(true);
  expect(await resolveRevision({ hub, repo: REPO, revision: 'step5' })).toBe(moved);
});
