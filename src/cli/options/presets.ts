import { readFile } from 'node:fs/promises';
import { parsePreset } from '../../config/preset-file.js';
import { ConfigError, UnknownNameError } from '../../errors/errors.js';
import type { HeuristicPreset } from '../../heuristics/preset.js';
import { PRESETS } from '../../heuristics/presets.js';
import { identityOf } from '../../sweep/identity.js';
import { nearestName } from './nearest.js';

/** Whether a preset is given as the path of a file, not by its name. */
export function isPresetFile(name: string): boolean {
  return name.endsWith('.json');
}

/**
 * Presets by name, or from JSON files (anything that ends in `.json`); those that say the same once.
 * @throws UnknownNameError with the nearest name; ConfigError for a bad file, and for two that have the same name and do
 *   not say the same
 */
export async function loadPresets(names: readonly string[]): Promise<HeuristicPreset[]> {
  const presets = await Promise.all(names.map(loadPreset));
  const loaded = new Map<string, { readonly preset: HeuristicPreset; readonly from: string }>();
  presets.forEach((preset, i) => {
    const from = names[i] ?? preset.name;
    const same = loaded.get(preset.name);
    if (same === undefined) loaded.set(preset.name, { preset, from });
    else if (contentOf(same.preset) !== contentOf(preset))
      throw new ConfigError(from, [
        `name: '${preset.name}' is the name of ${same.from} too, which says otherwise`,
      ]);
  });
  return [...loaded.values()].map(({ preset }) => preset);
}

async function loadPreset(name: string): Promise<HeuristicPreset> {
  if (isPresetFile(name)) {
    const text = await readFile(name, 'utf8').catch(() => {
      throw new ConfigError(name, ['the file cannot be read']);
    });
    return parsePreset(name, text);
  }
  const preset = PRESETS[name];
  const known = Object.keys(PRESETS);
  if (preset === undefined) throw new UnknownNameError('preset', name, known, nearestName(name, known));
  return preset;
}

/** What a preset says, without the schema that its file may name for editors. */
function contentOf(preset: HeuristicPreset): string {
  return identityOf({ ...preset, $schema: null });
}
