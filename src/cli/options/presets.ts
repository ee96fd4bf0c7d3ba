import { readFile } from 'node:fs/promises';
import { parsePreset } from '../../config/preset-file.js';
import { ConfigError, UnknownNameError } from '../../errors/errors.js';
import type { HeuristicPreset } from '../../heuristics/preset.js';
import { PRESETS } from '../../heuristics/presets.js';
import { nearestName } from './nearest.js';

/**
 * Presets by name, or from JSON files (anything that ends in `.json`).
 * @throws UnknownNameError with the nearest name; ConfigError for a bad file
 */
export async function loadPresets(names: readonly string[]): Promise<HeuristicPreset[]> {
  return Promise.all(
    names.map(async (name) => {
      if (name.endsWith('.json')) {
        const text = await readFile(name, 'utf8').catch(() => {
          throw new ConfigError(name, ['the file cannot be read']);
        });
        return parsePreset(name, text);
      }
      const preset = PRESETS[name];
      const known = Object.keys(PRESETS);
      if (preset === undefined) throw new UnknownNameError('preset', name, known, nearestName(name, known));
      return preset;
    }),
  );
}
