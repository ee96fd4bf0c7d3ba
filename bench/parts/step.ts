import { OPERATORS } from '../../src/domain/operator.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import type { Fixture } from '../fixture.js';
import { askPeer, PEER_ANSWERS } from '../peer.js';
import { sweep } from '../program.js';
import type { Found } from '../results.js';

/** Numbers of neurons per layer that single prompts are tried without: 5, 10, ... 105. */
const LIMITS = Array.from({ length: 21 }, (_, i) => 5 * (i + 1));

/** What the peer does at one checkpoint; the program's settings below are the same counts where it has such a setting. */
const COUNTS = {
  pairs: 50,
  seeds: 5,
  neuronsPerLayer: 200,
  circuits: 12,
  knockoutLimits: LIMITS.length,
  knockoutMaps: 3,
  knockoutPrompts: 50,
  /** Neurons per layer that a timed knock-out sets to zero. */
  knockedOut: 25,
} as const;

/** The program draws one set of pairs; the peer five. */
export const COMPONENT_SEEDS = COUNTS.seeds;

/** Groups of the peer's stages; each can be measured alone. */
export const PEER_GROUPS = ['passes', 'patching', 'maps', 'circuits'] as const;
export type PeerGroup = (typeof PEER_GROUPS)[number];

/** One whole step of a sweep by the program itself: every measure, on the universes of some operators. */
export async function step(
  fixture: Fixture,
  { engine, operators, smoke }: { engine: string; operators: string; smoke: boolean },
): Promise<Found> {
  const { suite, maxOperand, tokens, weightBytes } = fixture;
  const chosen = OPERATORS.filter((operator) => operators.includes(operator));
  const settings = {
    engine,
    operators: chosen.join(','),
    'prompt-set': 'all',
    'analysis-prompts': smoke ? 10 : COUNTS.pairs,
    'min-prompts': smoke ? 3 : 20,
    'top-neurons': smoke ? 8 : COUNTS.neuronsPerLayer,
    'knockout-limits': smoke ? '2,4' : LIMITS.join(','),
    ...(smoke && { 'bootstrap-samples': 100, 'probe-prompts': 60, 'probe-epochs': 1 }),
  };
  const { measures, seconds, peak } = await sweep(suite, optionsOf(settings));
  const prompts = chosen.reduce(
    (sum, operator) => sum + buildUniverse(operator, maxOperand, tokens.maxSingleToken).count,
    0,
  );
  return { part: 'step', engine, operators, prompts, measures, seconds, peak, weightBytes };
}

/** The same measures as the peer takes them, on slices. */
export async function peer(
  fixture: Fixture,
  { python, group, threads, smoke }: { python: string; group: PeerGroup; threads: number; smoke: boolean },
): Promise<Found> {
  const { checkpoint, tokens, maxOperand, firstLayer } = fixture;
  const slices = smoke
    ? { prompts: 64, patches: 2, exactNeurons: 1, neurons: 1, circuits: 1, knockouts: 1 }
    : { prompts: 2048, patches: 18, exactNeurons: 8, neurons: 8, circuits: 4, knockouts: 24 };
  const request = {
    ...{ checkpoint, tokens, maxOperand, firstLayer, threads, stages: [group] },
    counts: { ...COUNTS, ...(smoke && { pairs: 10, knockedOut: 2 }) },
    slices: { ...slices, mapsOf: '+' },
  };
  const found = PEER_ANSWERS.time.parse(await askPeer(python, 'time', request));
  const { answer: stages, versions, peak } = found;
  return { part: 'peer', group, stages, versions, threads: found.threads, peak };
}

/** Settings as options of the command line. */
export function optionsOf(settings: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}
