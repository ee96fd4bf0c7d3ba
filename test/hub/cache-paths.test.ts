import { relative, sep } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkFilePath, checkRepo, checkRevision, repoPlaces } from '../../src/hub/cache/cache-paths.js';

const COMMIT = 'a'.repeat(40);
/** Strings made of what makes paths dangerous. */
const nasty = fc
  .array(fc.constantFrom('a', '..', '.', '/', '\\', '\0', 'C:', '%2e', ' ', '--', '~', 'b.bin'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

it('no name that a Hub sends leads out of its folder', () => {
  const inside = (folder: string, path: string): boolean => {
    const way = relative(folder, path);
    return way !== '' && !way.split(sep).includes('..') && !way.startsWith(sep);
  };
  const places = repoPlaces('/cache', 'a/b');
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(nasty, fc.string()), (name) => {
      const tries = [
        () => inside(places.snapshot(COMMIT), places.file(COMMIT, checkFilePath(name, 'a/b'))),
        () => inside(places.refs, places.ref(checkRevision(name))),
        () => inside('/cache', repoPlaces('/cache', checkRepo(name)).root),
      ];
      for (const attempt of tries) {
        let held: boolean;
        try {
          held = attempt();
        } catch {
          continue;
        }
        accepted++;
        expect(held).toBe(true);
      }
    }),
    { numRuns: 2000, seed: 5 },
  );
  expect(accepted).toBeGreaterThan(100);
});
