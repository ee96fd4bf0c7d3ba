import { readFile } from 'node:fs/promises';
import { posix, resolve } from 'node:path';
import { podPath } from '../../cluster/kubernetes.js';
import { isHubSuite, isLocalSuite, isSuitePath } from '../../config/find-suite.js';
import { SWEEP_FIELDS } from '../../config/sweep-fields.js';
import { isPresetFile } from '../options/presets.js';
import type { ResolvedSweep } from '../options/resolve-sweep.js';

/** Settings whose paths hold in whatever folder a job starts. */
export interface PlacedSettings {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Content of the files that a ConfigMap carries to where the settings say they are, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Makes every path in a sweep's settings absolute. Of pods, which do not see this machine's files, a path is relative to
 * what they share, and single files (presets, the manifest of a suite on the Hub) are carried to them.
 * @param given the settings as the user gave them
 * @param resolved the same, with what the suite itself says
 * @param mount where pods find the storage that they share; undefined where jobs see this machine's files
 */
export async function placeSettings(
  given: Readonly<Record<string, unknown>>,
  { suite, config }: ResolvedSweep,
  mount: string | undefined,
): Promise<PlacedSettings> {
  const files: Record<string, string> = {};
  const path = (name: string): string => (mount === undefined ? resolve(name) : posix.resolve(mount, name));
  const file = async (name: string, carriedAs: string): Promise<string> => {
    if (mount === undefined) return resolve(name);
    files[carriedAs] = await readFile(name, 'utf8');
    return podPath(carriedAs);
  };
  const presets = await Promise.all(
    config.presets.map(async (name, i) => (isPresetFile(name) ? file(name, `preset-${i + 1}.json`) : name)),
  );
  const suitePath = async (): Promise<string> => {
    if (isSuitePath(config.suite))
      return isHubSuite(suite) ? file(suite.manifestPath, 'suite.json') : path(config.suite);
    // A shipped one lies with this program, which jobs on this machine's files run too.
    return mount === undefined && isLocalSuite(suite) ? resolve(suite.folder) : config.suite;
  };
  const known = Object.entries(given).filter(([name]) => name in SWEEP_FIELDS);
  return {
    settings: {
      ...Object.fromEntries(known), // without the schema, which only editors read
      suite: await suitePath(),
      ...(config.presets.some(isPresetFile) && { presets }),
      ...(config.db !== null && { db: path(config.db) }),
      ...(config.spool !== null && { spool: path(config.spool) }),
    },
    files,
  };
}
