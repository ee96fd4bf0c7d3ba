import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweep } from '../program.js';
import { median, type Found } from '../results.js';
import { SHAPES } from '../suite/shapes.js';
import { smallTokenizer, writeSuite } from '../suite/write-suite.js';
import { optionsOf } from './step.js';

/** Few prompts and samples: what is asked here is how work grows, and whether memory does. */
const QUICK = {
  'prompt-set': 'all',
  'analysis-prompts': 10,
  'min-prompts': 3,
  'bootstrap-samples': 100,
  'probe-prompts': 60,
  'probe-epochs': 1,
} as const;

/** Resident memory over a sweep of many tiny checkpoints: the second half against the first. */
export async function memory({
  engine,
  smoke,
}: {
  readonly engine: string;
  readonly smoke: boolean;
}): Promise<Found> {
  const checkpoints = smoke ? 4 : 300;
  return withSuite({ layers: 2, maxOperand: 20, steps: checkpoints, shape: 'tiny' }, async (folder) => {
    const { samples } = await sweep(folder, optionsOf({ engine, ...QUICK }));
    const part = (parts: number, i: number): number => {
      const end = Math.max(1, Math.round(((i + 1) * samples.length) / parts));
      return median(samples.slice(Math.min(end - 1, Math.round((i * samples.length) / parts)), end));
    };
    const tenths = Array.from({ length: 10 }, (_, i) => part(10, i));
    return { part: 'memory', engine, checkpoints, firstHalf: part(2, 0), secondHalf: part(2, 1), tenths };
  });
}

/** What a sweep is doubled in. */
export const GROWTHS = ['nothing', 'prompts', 'neurons', 'layers', 'steps'] as const;
export type Growth = (typeof GROWTHS)[number];

/** Seconds of a small sweep of which one size is doubled. */
export async function growth(options: {
  readonly engine: string;
  readonly doubled: Growth;
  readonly smoke: boolean;
}): Promise<Found> {
  const { engine, doubled, smoke } = options;
  const times = (what: Growth): number => (doubled === what ? 2 : 1);
  // Prompts grow as the square of the operands.
  const maxOperand = Math.round((smoke ? 12 : 150) * Math.sqrt(times('prompts')));
  const sizes = { layers: 4 * times('layers'), maxOperand, steps: (smoke ? 1 : 2) * times('steps') };
  return withSuite({ ...sizes, shape: 'small' }, async (folder) => {
    const neurons = (smoke ? 8 : 100) * times('neurons');
    const settings = { engine, ...QUICK, 'top-neurons': neurons, 'exact-neurons': neurons };
    const { seconds } = await sweep(folder, optionsOf(settings));
    return { part: 'growth', engine, doubled, seconds };
  });
}

interface Sizes {
  readonly shape: 'small' | 'tiny';
  readonly layers: number;
  readonly maxOperand: number;
  readonly steps: number;
}

/** Writes a suite, works on it, and removes it. */
async function withSuite<T>(
  { shape, layers, maxOperand, steps }: Sizes,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'heuristrace-bench-'));
  try {
    const { text: tokenizer, dVocab } = await smallTokenizer(2 * maxOperand);
    const config = { ...SHAPES[shape], nLayers: layers, dVocab };
    await writeSuite({ folder, config, maxOperand, steps, tokenizer });
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
