import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MissingCheckpointError } from '../errors/checkpoint-errors.js';
import { UnknownNameError } from '../errors/errors.js';
import { packagePath } from '../files/package.js';
import { hubRepoOf, onlyRepo, refuseUnsupported } from './hub-name.js';
import {
  parseSuiteManifest,
  type HubManifest,
  type LocalManifest,
  type ManifestRun,
} from './suite-manifest.js';

const MANIFEST_FILE = 'suite.json';

interface SuiteOf<Manifest> {
  readonly manifest: Manifest;
  readonly manifestPath: string;
  /** Folder of the manifest, that the folders of a local suite's checkpoints are relative to. */
  readonly folder: string;
}

/** A suite whose checkpoints are in folders. */
export type LocalSuite = SuiteOf<LocalManifest>;
/** A suite whose checkpoints are to be fetched from the Hub. */
export type HubSuite = SuiteOf<HubManifest>;
/** A suite whose manifest is on disk. */
export type Suite = LocalSuite | HubSuite;

/** Whether the checkpoints are to be fetched from the Hub. */
export function isHubSuite(suite: Suite): suite is HubSuite {
  return suite.manifest.kind === 'hub';
}

/** Whether the checkpoints are in folders. */
export function isLocalSuite(suite: Suite): suite is LocalSuite {
  return suite.manifest.kind !== 'hub';
}

/** The suites that ship with the program, those in folders first, then by name. @throws ManifestError */
export async function shippedSuites(): Promise<Suite[]> {
  const suites = await Promise.all([...(await shippedManifests()).values()].map(readSuite));
  return [...suites.filter(isLocalSuite), ...suites.filter(isHubSuite)];
}

/** Manifest of each shipped suite: `NAME.json`, or `NAME/suite.json` beside its checkpoints. */
async function shippedManifests(): Promise<Map<string, string>> {
  const root = packagePath('checkpoints');
  const entries = (await readdir(root, { withFileTypes: true })).map((entry): [string, string] =>
    entry.isDirectory()
      ? [entry.name, join(root, entry.name, MANIFEST_FILE)]
      : [entry.name.replace(/\.json$/, ''), join(root, entry.name)],
  );
  const manifests = entries.filter(([, path]) => path.endsWith('.json') && existsSync(path));
  const bySize = new Intl.Collator('en', { numeric: true });
  return new Map(manifests.sort(([a], [b]) => bySize.compare(a, b)));
}

/** Whether `findSuite` takes a name as the path of a suite. */
export function isSuitePath(name: string): boolean {
  return hubRepoOf(name) === null && existsSync(resolve(name));
}

/**
 * Finds a suite by the name of a shipped one, by `hf:owner/name` of one of its repos (then with that run alone), or by
 * the path of a manifest or of the folder that holds it.
 * @param nearest suggests the nearest of some known names
 * @throws UnknownNameError, also for a repo without a manifest (see `ownRepoManifest`); ArchitectureError for a suite
 *   that cannot be run; MissingCheckpointError (a path that holds no manifest); ManifestError
 */
export async function findSuite(
  nameOrPath: string,
  nearest: (given: string, known: readonly string[]) => string | undefined,
): Promise<Suite> {
  if (isSuitePath(nameOrPath)) {
    const path = resolve(nameOrPath);
    const manifest = (await stat(path)).isDirectory() ? join(path, MANIFEST_FILE) : path;
    if (!existsSync(manifest)) throw new MissingCheckpointError(manifest, '--suite');
    return readSuite(manifest);
  }
  const shipped = await shippedManifests();
  const named = shipped.get(nameOrPath);
  if (named !== undefined) return readSuite(named);
  refuseUnsupported(nameOrPath);
  const repo = hubRepoOf(nameOrPath);
  const found = repo === null ? null : await suiteOfRepo(repo);
  if (found !== null) return found;
  const known = [...shipped.keys()];
  throw new UnknownNameError('suite', nameOrPath, known, nearest(nameOrPath, known));
}

/** The shipped suite with a run of a repo, with that run alone; null when there is none. @throws ManifestError */
async function suiteOfRepo(repo: string): Promise<HubSuite | null> {
  for (const suite of (await shippedSuites()).filter(isHubSuite)) {
    const manifest = onlyRepo(suite.manifest, repo);
    if (manifest !== null) return { ...suite, manifest };
  }
  return null;
}

async function readSuite(manifestPath: string): Promise<Suite> {
  const manifest = parseSuiteManifest(manifestPath, await readFile(manifestPath, 'utf8'));
  const place = { manifestPath, folder: dirname(manifestPath) };
  return manifest.kind === 'hub' ? { manifest, ...place } : { manifest, ...place };
}

/**
 * The runs of a suite whose folders are here; none of a suite on the Hub. A run of which no folder exists is not
 * installed (the npm package carries the first run only); one that misses some of them is damaged, and loading it says so.
 */
export function installedRuns({ manifest, folder }: Suite): ManifestRun[] {
  if (manifest.kind === 'hub') return [];
  return manifest.runs.filter((run) => run.checkpoints.some((c) => existsSync(join(folder, c.folder))));
}
