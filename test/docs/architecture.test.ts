import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { projectPath } from '../support/fixtures.js';

const text = readFileSync(projectPath('ARCHITECTURE.md'), 'utf8');

it('ARCHITECTURE.md names files that are there', () => {
  const files = ['src', 'test', 'scripts'].flatMap((folder) =>
    readdirSync(projectPath(folder), { recursive: true, encoding: 'utf8' }).map(
      (path) => `/${folder}/${path}`,
    ),
  );
  const named = [...text.matchAll(/`([\w/*.-]+\.ts)`/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter((name) => {
    const [before = '', after = ''] = `/${name}`.split('*');
    return !files.some((file) => file.includes(before) && file.endsWith(after === '' ? before : after));
  });
  expect(missing).toEqual([]);
});

it('ARCHITECTURE.md says what belongs into each folder of src', () => {
  const rows = [...text.matchAll(/^\| `src\/([\w-]+)`/gm)].map(([, name = '']) => name);
  expect(rows.toSorted()).toEqual(readdirSync(projectPath('src')).toSorted());
});
