import { readStore } from '../../src/store/database.js';

/** Keeps databases open to read, so that each query of a test need not open them anew. @returns how to close them */
export async function holdOpen(files: readonly string[]): Promise<() => Promise<void>> {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const readers: Promise<void>[] = [];
  for (const db of files)
    await new Promise<void>((opened, refused) => {
      const reader = readStore({ db }, () => {
        opened();
        return released;
      });
      reader.catch(refused);
      readers.push(reader);
    });
  return async () => {
    release();
    await Promise.all(readers);
  };
}
