import { ArchitectureError } from '../errors/checkpoint-errors.js';
import type { HubManifest } from './suite-manifest.js';

/** The repo in `hf:owner/name`; null for a name of another form. */
export function hubRepoOf(name: string): string | null {
  return /^hf:([\w.-]+\/[\w.-]+)$/.exec(name)?.[1] ?? null;
}

/** Families of repos with checkpoints that heuristrace cannot run, and why. */
const REFUSED: readonly { readonly name: RegExp; readonly reason: string }[] = [
  {
    name: /^(?:hf:)?allenai\/olmo|^olmo/i,
    reason:
      'OLMo is no Llama: OLMo 1 has norms without weights, OLMo 2 normalises what attention and MLP put out, so the neurons would be computed wrongly',
  },
];

/**
 * Refuses suites that are known and cannot be run, before anything is fetched.
 * @throws ArchitectureError with the reason
 */
export function refuseUnsupported(name: string): void {
  const refused = REFUSED.find((family) => family.name.test(name));
  if (refused !== undefined) throw new ArchitectureError(name, refused.reason);
}

/** The manifest with only the run of a repo; null when no run is of that repo. */
export function onlyRepo(manifest: HubManifest, repo: string): HubManifest | null {
  const runs = manifest.runs.filter((run) => run.repo === repo);
  if (runs.length === 0) return null;
  const seeds = new Set(runs.map(({ seed }) => seed));
  const faults = manifest.faults.filter((fault) => fault.seeds?.some((seed) => seeds.has(seed)) ?? true);
  return {
    ...manifest,
    runs,
    faults: faults.map((fault) =>
      fault.seeds === undefined ? fault : { ...fault, seeds: fault.seeds.filter((seed) => seeds.has(seed)) },
    ),
  };
}
