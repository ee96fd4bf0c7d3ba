import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of something that ships with the package; the same from `src/` and from `dist/`. */
export function packagePath(relative: string): string {
  return fileURLToPath(new URL(`../../${relative}`, import.meta.url));
}

let version: string | undefined;

/** Version of this program, from its package.json. */
export function programVersion(): string {
  if (version === undefined) {
    const json: unknown = JSON.parse(readFileSync(packagePath('package.json'), 'utf8'));
    const found = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined;
    if (typeof found !== 'string') throw new Error('package.json states no version');
    version = found;
  }
  return version;
}
