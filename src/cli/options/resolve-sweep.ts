import type { Suite } from '../../config/find-suite.js';
import { resolveConfig } from '../../config/sweep-config.js';
import type { SweepConfig } from '../../config/sweep-fields.js';
import type { HeuristicPreset } from '../../heuristics/preset.js';
import { openHub } from '../../hub/hub.js';
import { findSuiteOrRepo } from '../../sweep/sources/own-repo-suite.js';
import { nearestName } from './nearest.js';
import { loadPresets } from './presets.js';
import type { GivenSettings } from './sweep-options.js';

/** Default place of a suite's database. */
export function defaultDatabase(suite: string): string {
  return `heuristrace-out/${suite}.duckdb`;
}

/** A sweep as it was asked for, its suite found. */
export interface ResolvedSweep {
  readonly suite: Suite;
  readonly config: SweepConfig;
  readonly presets: readonly HeuristicPreset[];
  readonly db: string;
}

/**
 * Finds a sweep's suite and completes its settings: those given, else the suite's own, else the defaults.
 * @throws ConfigError, UnknownNameError; errors of the Hub for a repository
 */
export async function resolveSweep({ source, settings }: GivenSettings): Promise<ResolvedSweep> {
  const given = resolveConfig(source, settings, nearestName);
  const suite = await findSuiteOrRepo({
    name: given.suite,
    pattern: given.pattern ?? undefined,
    hub: openHub,
    nearest: nearestName,
  });
  const config = resolveConfig(source, { ...suite.manifest.settings, ...settings }, nearestName);
  const presets = await loadPresets(config.presets);
  return { suite, config, presets, db: config.db ?? defaultDatabase(suite.manifest.name) };
}
