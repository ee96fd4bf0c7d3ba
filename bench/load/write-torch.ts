import { open, type FileHandle } from 'node:fs/promises';
import { bytesOf, filler, type Filled, type FloatDtype } from './filler.js';
import { pickleStateDict } from './pickle-state-dict.js';

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly write: (file: FileHandle) => Promise<void>;
}

/** PyTorch lays every file of the archive at a multiple of this. */
const ALIGNMENT = 64;

/** Writes a state dict as torch.save does: a ZIP archive of stored files, without their check sums, which nobody reads. */
export async function writeTorchFile(
  path: string,
  tensors: readonly Filled[],
  dtype: FloatDtype,
): Promise<void> {
  const pickle = pickleStateDict(tensors, dtype);
  const fill = filler(dtype);
  const entries: readonly Entry[] = [
    textEntry('archive/data.pkl', pickle),
    textEntry('archive/byteorder', Buffer.from('little')),
    ...tensors.map((tensor, key) => {
      const size = bytesOf(tensor, dtype);
      return { name: `archive/data/${key}`, size, write: (file: FileHandle) => fill(file, size) };
    }),
    textEntry('archive/version', Buffer.from('3\n')),
  ];
  const file = await open(path, 'w');
  try {
    await writeZip(file, entries);
  } finally {
    await file.close();
  }
}

function textEntry(name: string, bytes: Buffer): Entry {
  return {
    name,
    size: bytes.length,
    write: async (file) => {
      await file.write(bytes);
    },
  };
}

async function writeZip(file: FileHandle, entries: readonly Entry[]): Promise<void> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, size, write } of entries) {
    const start = offset + 30 + name.length;
    const padding = 4 + ((ALIGNMENT - ((start + 4) % ALIGNMENT)) % ALIGNMENT);
    const extra = Buffer.alloc(padding);
    extra.write('FB', 'latin1');
    extra.writeUInt16LE(padding - 4, 2);
    const fields = fieldsOf(name, size);
    const lengths = Buffer.alloc(2);
    lengths.writeUInt16LE(padding);
    await file.write(Buffer.concat([signature(0x04034b50), fields, lengths, Buffer.from(name), extra]));
    await write(file);
    const tail = Buffer.alloc(16);
    tail.writeUInt32LE(offset, 12);
    directory.push(Buffer.concat([signature(0x02014b50), Buffer.alloc(2), fields, tail, Buffer.from(name)]));
    offset = start + padding + size;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listing.length, 8);
  end.writeUInt32LE(offset, 12);
  await file.write(Buffer.concat([listing, signature(0x06054b50), end]));
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** What the local header and the directory share: from the version needed to the length of the name. */
function fieldsOf(name: string, size: number): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}
