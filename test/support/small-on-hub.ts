import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Suite } from '../../src/config/find-suite.js';
import { standIn } from './hubs.js';
import { scratchFolder } from './scratch.js';
import type { StandInHub } from './stand-in-hub.js';
import type { Files } from './stand-in-repo.js';
import { SMALL_RECIPE } from './suites.js';

export const SMALL_REPO = 'tests/small';

/** Files of a checkpoint of the small suite, with some that nobody needs. */
export function revisionOf(local: Suite, step: number): Files {
  const folder = join(local.folder, `seed0/step${step}`);
  const files = Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]),
  );
  return { ...files, 'README.md': 'not needed', 'optimizer.bin': Buffer.alloc(5000, 7) };
}

/** The small suite as revisions of a repo, and its manifest on disk. */
export async function smallOnHub(
  local: Suite,
  steps: readonly number[] = [0, 10, 30],
): Promise<{ readonly hub: StandInHub; readonly manifest: string }> {
  const hub = await standIn();
  const branches = Object.fromEntries(steps.map((step) => [`step${step}`, revisionOf(local, step)]));
  hub.addRepo(SMALL_REPO, { main: revisionOf(local, 30), ...branches });
  const { nLayers, dModel, nHeads, dMlp } = SMALL_RECIPE.model;
  const manifest = join(scratchFolder(), 'small.json');
  writeFileSync(
    manifest,
    JSON.stringify({
      kind: 'hub',
      name: 'small-on-hub',
      description: 'a small suite',
      architecture: 'gpt_neox',
      maxOperand: 10,
      tokensPerStep: 240,
      firstHeuristicLayer: 1,
      largestBaseRate: 0.4,
      split: SMALL_RECIPE.split,
      hub: {
        revision: 'step{step}',
        steps: '0,10,30',
        tokenizer: { revision: 'step30', largestNumber: 18 },
        weights: { formats: ['safetensors'], dtype: 'F16', bytes: null },
      },
      model: { nLayers, dModel, nHeads, dMlp, dVocab: 26 },
      runs: [{ seed: 0, repo: SMALL_REPO }],
      faults: [],
      unverified: [],
    }),
  );
  return { hub, manifest };
}
