import type { Hub } from '../hub.js';
import type { HubFile } from './list-files.js';
import { readRange } from './read-range.js';

/** A file on the Hub that can be read anywhere without fetching it. */
export interface RangeSource {
  /** Names the file in errors. */
  readonly path: string;
  readonly size: number;
  /** Fills `target` with the bytes from `offset` on. @throws as `readRange` */
  readonly readInto: (offset: number, target: Uint8Array) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A small read brings as much with it: headers are read in many small steps, and a request costs more than bytes. */
const READ_AHEAD_BYTES = 64 << 10;
/** Reads of at least so many bytes are taken as they are. */
const LARGE_READ_BYTES = 16 << 10;
/** One for the directory at the end of a file, one for what it points to, one for the start. */
const WINDOWS = 3;

interface Window {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Opens a file of a commit for reading by Range. Nothing is asked for yet.
 * @param params.onBytes told of the bytes that each read brought over the network
 */
export function openRange(params: {
  readonly hub: Hub;
  readonly repo: string;
  readonly commit: string;
  readonly file: HubFile;
  readonly onBytes: (bytes: number) => void;
  readonly signal?: AbortSignal;
}): RangeSource {
  const { hub, repo, commit, file, onBytes, signal } = params;
  let windows: Window[] = [];

  const fetchWindow = async (offset: number, length: number): Promise<Window> => {
    const end = offset + length;
    const at = { hub, repo, commit, file, start: offset, end, ...(signal && { signal }) };
    const { bytes, receivedBytes } = await readRange(at);
    onBytes(receivedBytes);
    return { offset, bytes };
  };
  const covering = (offset: number, length: number): Window | undefined =>
    windows.find((one) => offset >= one.offset && offset + length <= one.offset + one.bytes.length);

  return {
    path: `${repo}@${commit.slice(0, 12)}/${file.path}`,
    size: file.size,
    readInto: async (offset, target) => {
      let window = covering(offset, target.length);
      if (window === undefined && target.length >= LARGE_READ_BYTES)
        window = await fetchWindow(offset, target.length);
      if (window === undefined) {
        window = await fetchWindow(offset, READ_AHEAD_BYTES);
        windows = [window, ...windows.slice(0, WINDOWS - 1)];
      }
      const from = offset - window.offset;
      if (from + target.length > window.bytes.length)
        throw new RangeError(`${target.length} bytes at ${offset} lie outside ${file.path}`);
      target.set(window.bytes.subarray(from, from + target.length));
    },
    close: () => Promise.resolve(),
  };
}
