import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { HeuristraceError } from '../errors/errors.js';
import { TorchFileError } from '../errors/weight-file-errors.js';
import type { ByteSource } from './byte-source.js';

/** Far beyond the parts of any checkpoint: the list of them is held in memory. */
const MAX_ENTRIES = 200_000;
const STORED = 0;

/** One file of an archive, stored as it is. */
export interface StoredEntry {
  readonly name: string;
  readonly size: number;
  /** Offset of its first byte, from its local header. @throws TorchFileError when that is none or lies outside */
  start(): Promise<number>;
}

/** Lets yauzl read from a source. */
class SourceReader extends RandomAccessReader {
  constructor(private readonly source: ByteSource) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (position + length > this.source.size) {
      callback(new Error(`${length} bytes at ${position} lie outside the file of ${this.source.size}`));
      return;
    }
    this.source.readInto(position, buffer.subarray(offset, offset + length)).then(
      () => callback(null),
      (reason: unknown) => callback(reason instanceof Error ? reason : new Error(String(reason))),
    );
  }
}

/**
 * Lists a ZIP or ZIP64 archive; nothing of its files is read. The source stays the caller's.
 * @returns its files by name
 * @throws TorchFileError when it is damaged, names a file twice, or compresses or encrypts one
 */
export async function readZip(source: ByteSource): Promise<ReadonlyMap<string, StoredEntry>> {
  const { path, size } = source;
  const zip = await understood(path, () =>
    fromRandomAccessReaderPromise(new SourceReader(source), size, { lazyEntries: true, autoClose: false }),
  );
  if (zip.entryCount > MAX_ENTRIES)
    throw new TorchFileError(
      path,
      `${zip.entryCount} files in the archive exceed the limit of ${MAX_ENTRIES}`,
    );
  const entries = new Map<string, StoredEntry>();
  for (const entry of await understood(path, () => allEntries(zip))) {
    const stored = storedEntry(source, zip, entry);
    if (entries.has(stored.name)) throw new TorchFileError(path, `'${stored.name}' is twice in the archive`);
    entries.set(stored.name, stored);
  }
  return entries;
}

async function allEntries(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  return entries;
}

function storedEntry({ path, size }: ByteSource, zip: ZipFile, entry: Entry): StoredEntry {
  const { fileName: name, uncompressedSize } = entry;
  if (entry.compressionMethod !== STORED || entry.isEncrypted())
    throw new TorchFileError(path, `'${name}' is compressed or encrypted; PyTorch stores files as they are`);
  if (entry.relativeOffsetOfLocalHeader + uncompressedSize > size)
    throw new TorchFileError(path, `truncated: '${name}' lies outside the file`);
  return {
    name,
    size: uncompressedSize,
    start: async () => {
      const { fileDataStart } = await understood(path, () =>
        zip.readLocalFileHeaderPromise(entry, { minimal: true }),
      );
      if (fileDataStart + uncompressedSize > size)
        throw new TorchFileError(path, `truncated: '${name}' lies outside the file`);
      return fileDataStart;
    },
  };
}

/** Runs a step of yauzl; its complaints are about the file. */
async function understood<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof HeuristraceError) throw cause;
    throw new TorchFileError(
      path,
      `is no whole ZIP archive (${cause instanceof Error ? cause.message : String(cause)})`,
    );
  }
}
