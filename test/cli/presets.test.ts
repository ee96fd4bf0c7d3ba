import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { loadPresets } from '../../src/cli/options/presets.js';
import { ConfigError } from '../../src/errors/errors.js';
import { PRESETS } from '../../src/heuristics/presets.js';
import { cli } from '../support/cli.js';
import { projectPath } from '../support/fixtures.js';
import { scratchFolder } from '../support/scratch.js';

const EXAMPLE = projectPath('docs/example-preset.json');

/** A preset file that says what the example says, but for some fields. */
function presetFile(name: string, changed: Record<string, unknown> = {}): string {
  const path = join(scratchFolder(), name);
  const example = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as Record<string, unknown>;
  const entries = Object.entries({ ...example, ...changed }).reverse(); // the order of fields says nothing
  writeFileSync(path, JSON.stringify(Object.fromEntries(entries)));
  return path;
}

it('presets that say the same are one, however they are named', async () => {
  const names = ['paper', EXAMPLE, relative('.', EXAMPLE), presetFile('copy.json'), 'paper'];
  const schema = presetFile('schema.json', { $schema: 'preset.schema.json' });
  const paper = join(scratchFolder(), 'paper.json');
  writeFileSync(paper, JSON.stringify(PRESETS['paper']));
  const loaded = await loadPresets([...names, schema, paper]);
  expect(loaded.map(({ name }) => name)).toEqual(['paper', 'coarse']);
});

it.each([
  [() => [EXAMPLE, presetFile('other.json', { threshold: 0.7 })], /other\.json.*name: .*'coarse'.*example/],
  [() => ['paper', presetFile('mine.json', { name: 'paper' })], /mine\.json.*name: .*'paper'.*paper/],
])('different presets of one name are refused', async (names, problem) => {
  const refused = loadPresets(names());
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(problem);
});

it('a sweep refuses them before it does anything', async () => {
  const folder = scratchFolder();
  const db = join(folder, 'a.duckdb');
  const other = presetFile('other.json', { threshold: 0.7 });
  const { code, stderr } = await cli(['sweep', '--db', db, '--presets', `${EXAMPLE},${other}`]);
  expect([code, stderr]).toEqual([3, expect.stringMatching(/^error: .*'coarse'/)]);
});
