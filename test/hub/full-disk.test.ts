import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fetchAll, hubAt, noise, standIn } from '../support/hubs.js';
import { smallDisk } from '../support/small-disk.js';
import { sha256 } from '../support/stand-in-repo.js';

const REPO = 'someone/model-a';

it('a disk that is too small is refused before, one that fills up meanwhile is cleaned, and with room all is well', async (context) => {
  const disk = smallDisk(context, 8);
  const standing = await standIn();
  const weights = noise(5_000_000);
  const { main = '' } = standing.addRepo(REPO, { main: { 'model.safetensors': weights } });
  const cacheDir = join(disk, 'hub');
  const hub = hubAt(standing, { cacheDir });
  const fetchMain = (onBytes?: () => void) =>
    fetchAll({
      hub,
      repo: REPO,
      commit: main,
      spareBytes: 1_000_000,
      onProgress: ({ kind }) => kind === 'bytes' && onBytes?.(),
    });
  const blobs = join(cacheDir, 'models--someone--model-a', 'blobs');
  const filler = join(disk, 'filler');

  writeFileSync(filler, Buffer.alloc(4_000_000));
  await expect(fetchMain()).rejects.toMatchObject({ exitCode: 69, limit: 'disk' });
  expect(standing.requests.some(({ where }) => where === 'cdn')).toBe(false);
  rmSync(filler);

  let filled = false;
  const fillUp = (): void => {
    if (filled) return;
    filled = true;
    writeFileSync(filler, Buffer.alloc(4_000_000));
  };
  await expect(fetchMain(fillUp)).rejects.toMatchObject({ exitCode: 31 });
  expect(readdirSync(blobs)).toEqual([]);
  rmSync(filler);

  expect(await fetchMain()).toMatchObject([{ source: 'network' }]);
  expect(readdirSync(blobs)).toEqual([sha256(weights)]);
});
