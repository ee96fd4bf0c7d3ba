import type { Hash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { DownloadChecksumError } from '../../errors/hub-errors.js';
import { writeFailure } from '../../files/write.js';
import { contentHash, hashFromDisk } from './content-hash.js';
import type { Exchange } from '../requests/exchange.js';
import type { Hub } from '../hub.js';
import { shownUrl } from '../requests/judge.js';
import type { HubFile } from '../listing/list-files.js';
import { fileUrl } from '../requests/urls.js';
import { retrying, TransientError, type RetryNotice } from '../requests/retry.js';

export interface Download {
  readonly hub: Hub;
  readonly repo: string;
  readonly commit: string;
  readonly file: HubFile;
  /** Where the bytes gather; what is there already is continued. */
  readonly partial: string;
  /** Bytes of the file that are on disk now. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The partial file: how many bytes it holds, and their hash. */
interface Gathered {
  readonly handle: FileHandle;
  bytes: number;
  hash: Hash;
}

/** Bytes gathered before a write: far fewer system calls than one per network packet. */
const WRITE_BYTES = 1 << 20;
/** A damaged body may be bad luck; a second one is a damaged source. */
const MAX_WRONG_BODIES = 2;

async function startOver(gathered: Gathered, file: HubFile): Promise<void> {
  await gathered.handle.truncate(0);
  gathered.bytes = 0;
  gathered.hash = contentHash(file);
}

/** Where a 206 starts and how long the whole is; undefined when the header is missing or of another form. */
function contentRange(response: Response): { start: number; total: number } | undefined {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '') ?? [];
  return start === undefined || total === undefined
    ? undefined
    : { start: Number(start), total: Number(total) };
}

/** Appends a body to the partial file; the next bytes are received and hashed while the last are being written. */
async function append(exchange: Exchange, gathered: Gathered, download: Download): Promise<void> {
  const { file, partial, onBytes } = download;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    if (waitingBytes === 0) return;
    const [chunks, position] = [waiting, gathered.bytes];
    gathered.bytes += waitingBytes;
    [waiting, waitingBytes] = [[], 0];
    const bytes = gathered.bytes;
    writing = writeAll(gathered.handle, chunks, position).then(
      () => onBytes?.(bytes),
      (error: unknown) => writeFailure(partial, error),
    );
    // Awaited at the next flush; until then a failure must not count as unhandled.
    writing.catch(() => undefined);
  };
  let lost: { readonly error: unknown } | undefined;
  const reader = exchange.response.body?.getReader();
  while (reader !== undefined) {
    const next = await reader.read().catch((error: unknown) => {
      lost = { error };
      return undefined;
    });
    if (next?.value === undefined) break;
    exchange.alive();
    gathered.hash.update(next.value);
    waiting.push(next.value);
    waitingBytes += next.value.length;
    if (gathered.bytes + waitingBytes > file.size) break;
    if (waitingBytes >= WRITE_BYTES) await flush();
  }
  await flush();
  await writing;
  if (lost !== undefined) throw exchange.failure(lost.error);
}

async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[], position: number): Promise<void> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev(chunks, position);
  if (bytesWritten === length) return;
  // A nearly full disk takes a part first and says so at the next write.
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  for (let done = 0; done < rest.length;) {
    const written = await handle.write(rest, done, rest.length - done, position + bytesWritten + done);
    done += written.bytesWritten;
  }
}

/** One request for what is missing. @throws TransientError when it did not bring the whole right file */
async function request(download: Download, gathered: Gathered, url: string): Promise<void> {
  const { hub, repo, commit, file, signal } = download;
  const from = gathered.bytes;
  const fail = (problem: string): TransientError => new TransientError({ url: shownUrl(url), problem });
  if (from < file.size || from === 0) {
    // No If-Range: behind the redirect the ETag is the CDN's own. Total length and checksum tell the same and more.
    const exchange = await hub.exchange(
      { url, signal, ...(from > 0 && { headers: { range: `bytes=${from}-` } }) },
      { repo, revision: commit, path: file.path },
    );
    try {
      const { response } = exchange;
      const range = contentRange(response);
      if (
        response.status === 416 ||
        (response.status === 206 && (range?.start !== from || range.total !== file.size))
      ) {
        await startOver(gathered, file);
        throw fail('the rest of the file is not to be had, only the whole');
      }
      if (response.status !== 206 && from > 0) await startOver(gathered, file);
      await append(exchange, gathered, download);
    } catch (error) {
      if (error instanceof TransientError) error.progressed = gathered.bytes > from;
      throw error;
    } finally {
      await exchange.close();
    }
  }
  if (gathered.bytes < file.size) {
    const short = fail(`the body ended after ${gathered.bytes} of ${file.size} bytes`);
    short.progressed = gathered.bytes > from;
    throw short;
  }
}

/**
 * Brings one file to `partial`, whole and with the right checksum: continued by Range from what is there (whose bytes
 * are hashed from disk first), hashed as it streams, fetched once more from the start when the checksum is wrong.
 * Goes past @huggingface/hub, which accepts a damaged body of the right length and begins anew after every failure.
 * @returns bytes received from the network
 * @throws DownloadChecksumError, DiskFullError, HubFileNotFoundError and the others of the Hub, InterruptedError;
 * after a lost connection or interruption the partial file stays and is continued next time
 */
export async function downloadBlob(download: Download): Promise<number> {
  const { hub, repo, commit, file, partial, onRetry, signal } = download;
  const url = fileUrl({ endpoint: hub.endpoint, repo, commit, path: file.path });
  const handle = await open(partial, 'a').then(
    (made) => made.close().then(() => open(partial, 'r+')),
    (error: unknown) => writeFailure(partial, error),
  );
  let keep = true;
  try {
    const gathered: Gathered = { handle, bytes: (await handle.stat()).size, hash: contentHash(file) };
    if (gathered.bytes > file.size) await startOver(gathered, file);
    await hashFromDisk(handle, gathered.bytes, gathered.hash);
    let received = 0;
    let wrongBodies = 0;
    const attempt = async (): Promise<void> => {
      const before = gathered.bytes;
      try {
        await request(download, gathered, url);
      } finally {
        received += Math.max(0, gathered.bytes - before);
      }
      const actual = gathered.bytes > file.size ? 'too long' : gathered.hash.digest('hex');
      if (actual === file.blob) return;
      await startOver(gathered, file);
      if (++wrongBodies < MAX_WRONG_BODIES)
        throw new TransientError({ url: shownUrl(url), problem: 'the checksum is wrong' });
      throw new DownloadChecksumError(repo, file.path, file.blob, actual);
    };
    await retrying({ attempt, state: hub.retryState, clock: hub.clock, onRetry, signal });
    // Renamed without this, a file could be empty after a power cut, under a name that promises its content.
    await handle.datasync().catch((error: unknown) => writeFailure(partial, error));
    return received;
  } catch (error) {
    const kind = error instanceof Error && 'kind' in error ? error.kind : undefined;
    keep = !['diskFull', 'downloadChecksum', 'hubFile'].includes(String(kind));
    throw error;
  } finally {
    await handle.close();
    if (!keep) await rm(partial, { force: true });
  }
}
