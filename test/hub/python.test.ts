import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cacheInventory } from '../../src/hub/cache/inventory.js';
import { listFiles } from '../../src/hub/listing/list-files.js';
import { openHub } from '../../src/hub/hub.js';
import { resolveRevision } from '../../src/hub/listing/resolve-revision.js';
import { fetchAll, hubAt, noise, standIn } from '../support/hubs.js';
import { pythonWithHub, runPython } from '../support/python.js';
import { scratchFolder } from '../support/scratch.js';
import { gitSha1, sha256, type Files } from '../support/stand-in-repo.js';

const SCRIPT = 'check_stand_in_hub.py';
const REPO = 'someone/model-a';
const FILES: Files = {
  'model.safetensors': noise(700_000, 3),
  'config.json': '{"hidden_size": 8}',
  'nested/deep/vocab.txt': 'a\nb\n',
};
const LATER: Files = { ...FILES, 'model.safetensors': noise(700_000, 4) };
const digests = (files: Files) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [path, sha256(content)]));

it('huggingface_hub for Python reads the stand-in as it reads the Hub', async (context) => {
  const python = pythonWithHub(context);
  const standing = await standIn({ pageSize: 2 });
  const commits = standing.addRepo(REPO, { main: LATER, step512: FILES }, { tags: { v1: 'step512' } });
  standing.addRepo('someone/gated', { main: FILES }, { access: 'gated' });
  standing.addRepo('someone/private', { main: FILES }, { access: 'private' });
  const said = await runPython(python, SCRIPT, ['protocol', standing.endpoint, scratchFolder()]);
  const step512 = commits['step512'] ?? '';
  expect(said).toEqual({
    branches: commits,
    tags: { v1: step512 },
    sha: step512,
    tree: {
      'config.json': 18,
      'model.safetensors': 700_000,
      nested: null,
      'nested/deep': null,
      'nested/deep/vocab.txt': 4,
    },
    lfs: { 'model.safetensors': sha256(FILES['model.safetensors'] ?? '') },
    pathsInfo: {
      'config.json': gitSha1('{"hidden_size": 8}'),
      'model.safetensors': gitSha1(`pointer to ${sha256(FILES['model.safetensors'] ?? '')}`),
    },
    metadata: { etag: sha256(FILES['model.safetensors'] ?? ''), size: 700_000, commit: step512 },
    one: join('models--someone--model-a', 'snapshots', step512, 'nested/deep/vocab.txt'),
    snapshot: digests(FILES),
    failures: {
      repo: 'RepositoryNotFoundError',
      revision: 'RevisionNotFoundError',
      file: 'EntryNotFoundError',
      gated: 'GatedRepoError',
      private: 'RepositoryNotFoundError',
      token: 'HfHubHTTPError',
      allowed: 'none',
    },
  });
  expect(
    standing.requests.filter(({ where, authorization }) => where === 'cdn' && authorization !== undefined),
  ).toEqual([]);
});

it('Python finds offline what we fetched, and calls nothing in the cache damaged', async (context) => {
  const python = pythonWithHub(context);
  const standing = await standIn();
  const { main = '', step512 = '' } = standing.addRepo(REPO, { main: LATER, step512: FILES });
  const hub = hubAt(standing);
  await fetchAll({ hub, repo: REPO, commit: main, revision: 'main' });
  await fetchAll({ hub, repo: REPO, commit: step512, revision: 'step512' });
  const said = await runPython(python, SCRIPT, ['cache', hub.cacheDir, REPO, 'step512']);
  expect(said).toEqual({
    warnings: [],
    repos: {
      [REPO]: { [main]: { refs: ['main'], size: 700_022 }, [step512]: { refs: ['step512'], size: 700_022 } },
    },
    snapshot: digests(FILES),
  });
});

it('we find offline what Python fetched, and fetch only what it has not', async (context) => {
  const python = pythonWithHub(context);
  const standing = await standIn();
  const { main = '', step512 = '' } = standing.addRepo(REPO, { main: LATER, step512: FILES });
  const cacheDir = scratchFolder();
  await runPython(python, SCRIPT, ['fetch', standing.endpoint, cacheDir, REPO, 'step512']);

  const offline = openHub({ cacheDir, offline: true, env: {} });
  expect(await resolveRevision({ hub: offline, repo: REPO, revision: 'step512' })).toBe(step512);
  const online = hubAt(standing, { cacheDir });
  const listed = await listFiles({ hub: offline, repo: REPO, commit: step512 });
  expect(listed).toEqual(await listFiles({ hub: online, repo: REPO, commit: step512 }));
  const found = await fetchAll({ hub: offline, repo: REPO, commit: step512 });
  expect(found.map(({ path, source }) => [path, source])).toEqual(listed.map(({ path }) => [path, 'cache']));
  const later = await fetchAll({ hub: online, repo: REPO, commit: main });
  expect(later.filter(({ source }) => source === 'network').map(({ path }) => path)).toEqual([
    'model.safetensors',
  ]);
  expect((await cacheInventory({ cacheDir })).map(({ repo, bytes }) => [repo, bytes])).toEqual([
    [REPO, 1_400_022],
  ]);
});
