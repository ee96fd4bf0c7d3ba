import { open } from 'node:fs/promises';
import { HubNetworkError, OfflineError } from '../../errors/hub-errors.js';
import { repoPlaces } from '../cache/cache-paths.js';
import type { Hub } from '../hub.js';
import { shownUrl } from '../requests/judge.js';
import { isPresent } from '../cache/link.js';
import type { HubFile } from './list-files.js';
import { retrying, TransientError } from '../requests/retry.js';
import { fileUrl } from '../requests/urls.js';

async function readFromDisk(path: string, start: number, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await file.read(bytes, done, length - done, start + done);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/**
 * Reads a part of a file, for audits that need a header or a tensor only: from the cache where it is, else by Range,
 * without storing it. What comes over the network cannot be checked against the checksum of the whole.
 * @param params.start first byte
 * @param params.end one past the last byte; both are cut to the file
 * @returns the bytes, and how many of them came over the network
 * @throws OfflineError, HubFileNotFoundError, RepoNotFoundError, HubAccessError, RateLimitedError, HubNetworkError,
 * InterruptedError
 */
export async function readRange(params: {
  readonly hub: Hub;
  readonly repo: string;
  readonly commit: string;
  readonly file: HubFile;
  readonly start: number;
  readonly end: number;
  readonly signal?: AbortSignal;
}): Promise<{ readonly bytes: Uint8Array; readonly receivedBytes: number }> {
  const { hub, repo, commit, file, signal } = params;
  const [start, end] = [Math.min(params.start, file.size), Math.min(params.end, file.size)];
  const length = Math.max(0, end - start);
  if (length === 0) return { bytes: new Uint8Array(0), receivedBytes: 0 };
  const places = repoPlaces(hub.cacheDir, repo);
  for (const place of [places.blob(file.blob), places.file(commit, file.path)])
    if (await isPresent(place, file.size))
      return { bytes: await readFromDisk(place, start, length), receivedBytes: 0 };
  if (hub.offline) throw new OfflineError(`${file.path} of ${repo} at ${commit}`);
  const url = fileUrl({ endpoint: hub.endpoint, repo, commit, path: file.path });
  const shown = shownUrl(url);
  const attempt = async (): Promise<Uint8Array> => {
    const exchange = await hub.exchange(
      { url, signal, headers: { range: `bytes=${start}-${end - 1}` } },
      { repo, revision: commit, path: file.path },
    );
    try {
      const { response, alive, failure } = exchange;
      const range = `bytes ${start}-${end - 1}/${file.size}`;
      const whole = start === 0 && length === file.size && response.status === 200;
      // A server without Range would send gigabytes for a header.
      if (!whole && response.headers.get('Content-Range') !== range)
        throw new HubNetworkError(shown, 'no part of the file is to be had, only the whole', 1);
      const chunks: Uint8Array[] = [];
      let received = 0;
      const reader = response.body?.getReader();
      while (reader !== undefined && received <= length) {
        const { value } = await reader.read().catch((error: unknown) => {
          throw failure(error);
        });
        if (value === undefined) break;
        alive();
        chunks.push(value);
        received += value.length;
      }
      if (received !== length)
        throw new TransientError({ url: shown, problem: `${received} bytes came instead of ${length}` });
      return new Uint8Array(Buffer.concat(chunks));
    } finally {
      await exchange.close();
    }
  };
  const bytes = await hub.limit(() => retrying({ attempt, state: hub.retryState, clock: hub.clock, signal }));
  return { bytes, receivedBytes: length };
}
