import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DownloadChecksumError } from '../../errors/hub-errors.js';
import { contentHash } from '../../hub/download/content-hash.js';
import type { Hub } from '../../hub/hub.js';
import { listFiles, type HubFile } from '../../hub/listing/list-files.js';
import { openRange } from '../../hub/listing/range-source.js';
import { readRange } from '../../hub/listing/read-range.js';
import { openBytes, type ByteSource } from '../../weights/byte-source.js';
import { hashFile } from '../../weights/checkpoint.js';

/** One revision to look at, in a folder or on the Hub. */
export interface AuditSource {
  /** Branch, tag or folder. */
  readonly revision: string;
  /** Whether it may hold less than was published, as the cache does when offline. */
  readonly partial: boolean;
  /** Its files with the hashes of their contents. */
  readonly list: () => Promise<HubFile[]>;
  /** Reads a small file. */
  readonly text: (file: HubFile) => Promise<string>;
  /** Opens a file to read parts of it. @param onBytes told of the bytes read */
  readonly open: (file: HubFile, onBytes: (bytes: number) => void) => Promise<ByteSource>;
}

/** A folder: its files are hashed. */
export function folderSource(folder: string, revision: string, namedBy: string): AuditSource {
  return {
    revision,
    partial: false,
    list: async () => {
      const entries = await readdir(folder, { withFileTypes: true });
      const files: HubFile[] = [];
      for (const { name } of entries.filter((entry) => !entry.isDirectory())) {
        const path = join(folder, name);
        const hash = await hashFile(path, namedBy);
        files.push({ path: name, size: (await stat(path)).size, blob: hash, sha256: hash });
      }
      return files;
    },
    text: ({ path }) => readFile(join(folder, path), 'utf8'),
    open: async ({ path }, onBytes) => {
      const bytes = await openBytes(join(folder, path));
      return {
        path: bytes.path,
        size: bytes.size,
        readInto: async (offset, target) => {
          await bytes.readInto(offset, target);
          onBytes(target.length);
        },
        close: () => bytes.close(),
      };
    },
  };
}

/** A revision on the Hub: listed, not fetched; of weight files only the parts that are asked for are read. */
export function hubRevisionSource(params: {
  readonly hub: Hub;
  readonly repo: string;
  readonly revision: string;
  readonly commit: string;
  readonly signal?: AbortSignal;
}): AuditSource {
  const { revision, ...at } = params;
  return {
    revision,
    partial: at.hub.offline,
    list: () => listFiles(at),
    text: async (file) => {
      const { bytes } = await readRange({ ...at, file, start: 0, end: file.size });
      const hash = contentHash(file).update(bytes).digest('hex');
      if (hash !== file.blob) throw new DownloadChecksumError(at.repo, file.path, file.blob, hash);
      return new TextDecoder().decode(bytes);
    },
    open: (file, onBytes) => Promise.resolve(openRange({ ...at, file, onBytes })),
  };
}
