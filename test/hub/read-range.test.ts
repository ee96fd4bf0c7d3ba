import { expect, it } from 'vitest';
import { listFiles } from '../../src/hub/listing/list-files.js';
import { openHub } from '../../src/hub/hub.js';
import { readRange } from '../../src/hub/listing/read-range.js';
import { fetchAll, hubAt, noise, standIn } from '../support/hubs.js';

const REPO = 'someone/model-a';
const WEIGHTS = noise(50_000, 3);

it('a part of a file is read by Range, healed of faults, and from the cache once the file is there', async () => {
  const standing = await standIn();
  const { main: commit = '' } = standing.addRepo(REPO, { main: { 'model.bin': WEIGHTS } });
  const hub = hubAt(standing);
  const [file] = await listFiles({ hub, repo: REPO, commit });
  if (file === undefined) throw new Error('no file');
  const part = async (start: number, end: number, from = hub) => {
    const { bytes, receivedBytes } = await readRange({ hub: from, repo: REPO, commit, file, start, end });
    expect(Buffer.from(bytes).equals(WEIGHTS.subarray(start, end))).toBe(true);
    return receivedBytes;
  };
  expect(await part(0, 8)).toBe(8);
  expect(await part(49_990, 60_000)).toBe(10);
  expect(await part(0, 50_000)).toBe(50_000);
  expect(await part(7, 7)).toBe(0);
  for (const fault of [
    { kind: 'short', after: 3 },
    { kind: 'reset', after: 5 },
    { kind: 'stall', after: 1 },
  ] as const)
    standing.plant('cdn', /repos/, fault);
  expect(await part(100, 200)).toBe(100);
  for (const kind of ['no-range', 'shifted-range'] as const) {
    standing.plant('cdn', /repos/, { kind });
    await expect(part(100, 200)).rejects.toMatchObject({ exitCode: 66 });
  }
  const offline = openHub({ cacheDir: hub.cacheDir, offline: true, env: {} });
  await expect(part(0, 8, offline)).rejects.toMatchObject({ exitCode: 64 });
  await fetchAll({ hub, repo: REPO, commit });
  expect(await part(100, 200)).toBe(0);
  expect(await part(0, 8, offline)).toBe(8 - 8);
});
