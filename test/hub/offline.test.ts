import { readFileSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fetchFiles } from '../../src/hub/download/fetch-files.js';
import { openHub } from '../../src/hub/hub.js';
import { listFiles } from '../../src/hub/listing/list-files.js';
import { listRefs } from '../../src/hub/listing/list-refs.js';
import { resolveRevision } from '../../src/hub/listing/resolve-revision.js';
import { fetchAll, hubAt, noise, standIn } from '../support/hubs.js';
import { scratchFolder } from '../support/scratch.js';

const REPO = 'someone/model-a';
const FILES = { 'model.safetensors': noise(3000), 'config.json': '{}', 'a/b.txt': 'x' };

/** A hub that must not be asked anything. */
const offlineHub = (cacheDir: string) =>
  openHub({
    cacheDir,
    env: { HF_HUB_OFFLINE: '1' },
    fetch: () => Promise.reject(new Error('the network was asked')),
  });

it('offline, everything comes from the cache', async () => {
  const standing = await standIn();
  const { step0 = '' } = standing.addRepo(REPO, { step0: FILES });
  const online = hubAt(standing);
  await fetchAll({ hub: online, repo: REPO, commit: step0, revision: 'step0' });
  const files = await listFiles({ hub: online, repo: REPO, commit: step0 });

  const hub = offlineHub(online.cacheDir);
  expect(await listRefs({ hub, repo: REPO })).toEqual([{ name: 'step0', kind: 'cached', commit: step0 }]);
  expect(await resolveRevision({ hub, repo: REPO, revision: 'step0' })).toBe(step0);
  expect(await resolveRevision({ hub, repo: REPO, revision: step0 })).toBe(step0);
  expect(await listFiles({ hub, repo: REPO, commit: step0 })).toEqual(files);
  const fetched = await fetchFiles({ hub, repo: REPO, commit: step0, files });
  for (const { path, localPath } of fetched)
    expect(
      readFileSync(localPath).equals(
        Buffer.from(Object.entries(FILES).find(([name]) => name === path)?.[1] ?? ''),
      ),
    ).toBe(true);
});

it('offline, what the cache does not hold is named', async () => {
  const standing = await standIn();
  const { step0 = '' } = standing.addRepo(REPO, { step0: FILES });
  const online = hubAt(standing);
  const fetched = await fetchAll({ hub: online, repo: REPO, commit: step0 });
  const files = await listFiles({ hub: online, repo: REPO, commit: step0 });
  unlinkSync(fetched.find(({ path }) => path === 'model.safetensors')?.localPath ?? '');

  const hub = offlineHub(online.cacheDir);
  const missing = (text: string) => ({ exitCode: 64, missing: expect.stringContaining(text) as unknown });
  await expect(fetchFiles({ hub, repo: REPO, commit: step0, files })).rejects.toMatchObject(
    missing('model.safetensors of someone/model-a'),
  );
  await expect(resolveRevision({ hub, repo: REPO, revision: 'step9' })).rejects.toMatchObject(
    missing("'step9'"),
  );
  await expect(listFiles({ hub, repo: REPO, commit: '3'.repeat(40) })).rejects.toMatchObject(missing('333'));
  expect(await listRefs({ hub, repo: 'someone/else' })).toEqual([]);
});

it('a link without its blob is no file, and online it is made whole again', async () => {
  const standing = await standIn();
  const { step0 = '' } = standing.addRepo(REPO, { step0: FILES });
  const online = hubAt(standing);
  const params = {
    repo: REPO,
    commit: step0,
    files: await listFiles({ hub: online, repo: REPO, commit: step0 }),
  };
  await fetchFiles({ hub: online, ...params });
  rmSync(join(online.cacheDir, 'models--someone--model-a', 'blobs'), { recursive: true });
  await expect(fetchFiles({ hub: offlineHub(online.cacheDir), ...params })).rejects.toMatchObject({
    exitCode: 64,
  });
  const again = await fetchFiles({ hub: online, ...params });
  expect(again.map(({ source }) => source)).toEqual(['network', 'network', 'network']);
});

it('an empty cache folder that does not exist yet is no error of its own', async () => {
  const hub = offlineHub(join(scratchFolder(), 'none'));
  await expect(resolveRevision({ hub, repo: REPO, revision: 'main' })).rejects.toMatchObject({
    exitCode: 64,
  });
});
