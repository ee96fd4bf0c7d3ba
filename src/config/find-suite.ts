import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MissingCheckpointError, UnknownNameError } from '../errors/errors.js';
import { packagePath } from '../files/package.js';
import { parseSuiteManifest, type ManifestRun, type SuiteManifest } from './suite-manifest.js';

const MANIFEST_FILE = 'suite.json';

/** A suite found on disk. */
export interface Suite {
  readonly manifest: SuiteManifest;
  readonly manifestPath: string;
  /** Folder that the checkpoints' folders are relative to. */
  readonly folder: string;
}

/** The suites that ship with the program. @throws ManifestError */
export async function shippedSuites(): Promise<Suite[]> {
  const root = packagePath('checkpoints');
  const folders = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const paths = folders
    .map((entry) => join(root, entry.name, MANIFEST_FILE))
    .filter((path) => existsSync(path));
  return Promise.all(paths.sort().map(readSuite));
}

/**
 * Finds a suite by the name of a shipped one, or by the path of a manifest or of the folder that holds it.
 * @param nearest suggests the nearest of some known names
 * @throws UnknownNameError, MissingCheckpointError (a path that holds no manifest), ManifestError
 */
export async function findSuite(
  nameOrPath: string,
  nearest: (given: string, known: readonly string[]) => string | undefined,
): Promise<Suite> {
  const path = resolve(nameOrPath);
  if (existsSync(path)) {
    const manifest = (await stat(path)).isDirectory() ? join(path, MANIFEST_FILE) : path;
    if (!existsSync(manifest)) throw new MissingCheckpointError(manifest, '--suite');
    return readSuite(manifest);
  }
  const shipped = await shippedSuites();
  const found = shipped.find(({ manifest }) => manifest.name === nameOrPath);
  if (found !== undefined) return found;
  const known = shipped.map(({ manifest }) => manifest.name);
  throw new UnknownNameError('suite', nameOrPath, known, nearest(nameOrPath, known));
}

async function readSuite(manifestPath: string): Promise<Suite> {
  const manifest = parseSuiteManifest(manifestPath, await readFile(manifestPath, 'utf8'));
  return { manifest, manifestPath, folder: dirname(manifestPath) };
}

/**
 * The runs of a suite whose folders are here. A run of which no folder exists is not installed (the npm package carries
 * the first run only); one that misses some of them is damaged, and loading it says so.
 */
export function installedRuns({ manifest, folder }: Suite): ManifestRun[] {
  return manifest.runs.filter((run) => run.checkpoints.some((c) => existsSync(join(folder, c.folder))));
}
