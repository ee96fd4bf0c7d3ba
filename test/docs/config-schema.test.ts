import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePreset, presetJsonSchema } from '../../src/config/preset-file.js';
import { configJsonSchema, parseConfigFile, resolveConfig } from '../../src/config/sweep-config.js';
import { SWEEP_FIELDS } from '../../src/config/sweep-fields.js';
import { suiteManifestJsonSchema } from '../../src/config/suite-manifest.js';
import { recipeJsonSchema } from '../../src/training/recipe.js';
import { projectPath } from '../support/fixtures.js';

describe('published schemas (renew with `npm run docs`)', () => {
  it.each([
    ['config', configJsonSchema],
    ['preset', presetJsonSchema],
    ['suite', suiteManifestJsonSchema],
    ['recipe', recipeJsonSchema],
  ])('docs/%s.schema.json', async (name, schema) => {
    await expect(`${JSON.stringify(schema(), null, 2)}\n`).toMatchFileSnapshot(
      `../../docs/${name}.schema.json`,
    );
  });

  it('describe every field of the configuration, with its default', () => {
    const schema = configJsonSchema() as {
      properties: Record<string, { description?: string; default?: unknown }>;
    };
    for (const [name, field] of Object.entries(SWEEP_FIELDS)) {
      expect(schema.properties[name]?.description).toBe(field.description);
      expect(schema.properties[name]?.default).toEqual(field.default);
    }
  });

  it('fit the example configuration of the docs', () => {
    const text = readFileSync(projectPath('docs/example-sweep.json'), 'utf8');
    const config = resolveConfig('docs/example-sweep.json', parseConfigFile('docs/example-sweep.json', text));
    expect(config.operators).toEqual(['+', '-']);
    expect(config.steps).toEqual(['0', '512', '4000']);
  });

  it('fit the example preset of the docs', () => {
    const text = readFileSync(projectPath('docs/example-preset.json'), 'utf8');
    expect(parsePreset('docs/example-preset.json', text).families).toHaveLength(2);
  });
});
