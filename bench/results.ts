import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeWhole } from '../src/files/write.js';
import { PeerStage } from './peer.js';
import { ScaleFigures } from './scale/figures.js';

/** When and on what something was measured. */
const occasion = {
  date: z.string(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    memory: z.number().describe('bytes'),
    versions: z.record(z.string(), z.string()),
    load: z.number().describe('load average over one minute before the measurement'),
  }),
  smoke: z.boolean().describe('whether sizes were cut down, so that figures say nothing'),
};

const numbers = z.record(z.string(), z.number());

/** What bench/tasks/forward.ts finds. */
export const ForwardFigures = z.object({
  layers: z.number(),
  /** Tokens computed together. */
  rows: z.number(),
  /** GFLOP/s of the body, counting its products alone. */
  body: z.number(),
  /** GFLOP/s of the same products one by one. */
  products: z.number(),
  /** GFLOP/s of one large square product. */
  peak: z.number(),
  /** GB/s of the sum of two large tensors. */
  bandwidth: z.number(),
  /** FLOP per byte that the operations read and write. */
  intensity: z.number(),
  sizes: z.array(z.object({ name: z.string(), count: z.number(), intensity: z.number(), rate: z.number() })),
  /** Share of the time of each kind of operation. */
  kernels: numbers,
});

const Forward = ForwardFigures.extend({
  ...{ part: z.literal('forward'), engine: z.string(), shape: z.string(), ...occasion },
});

const Step = z.object({
  ...{ part: z.literal('step'), engine: z.string(), operators: z.string(), ...occasion },
  prompts: z.number(),
  measures: numbers,
  seconds: z.number(),
  peak: z.number(),
  weightBytes: z.number(),
});

const Peer = z.object({
  ...{ part: z.literal('peer'), stages: z.array(PeerStage), group: z.string(), ...occasion },
  versions: z.record(z.string(), z.string()),
  threads: z.number(),
  peak: z.number(),
});

const Parity = z.object({
  ...{ part: z.literal('parity'), engine: z.string(), ...occasion },
  differences: z.array(
    z.object({ name: z.string(), values: z.number(), difference: z.number(), tolerance: z.number() }),
  ),
});

/** What bench/tasks/classify.ts finds. */
export const ClassificationFigures = z.object({
  prompts: z.number(),
  heuristics: z.number(),
  neuronsPerSecond: z.number(),
});

const Classification = ClassificationFigures.extend({
  ...{ part: z.literal('classification'), nulls: z.boolean(), ...occasion },
  /** At work at a time; the rate is of all together. */
  processes: z.number(),
});

const Memory = z.object({
  ...{ part: z.literal('memory'), engine: z.string(), ...occasion },
  checkpoints: z.number(),
  /** Median of the resident bytes over each half of the time. */
  firstHalf: z.number(),
  secondHalf: z.number(),
  /** The same over each tenth: a leak goes on growing, a warm-up does not. */
  tenths: z.array(z.number()),
});

const Growth = z.object({
  ...{ part: z.literal('growth'), engine: z.string(), doubled: z.string(), ...occasion },
  seconds: z.number(),
});

const Scale = ScaleFigures.extend({ part: z.literal('scale'), ...occasion });

/** One measurement. */
export const Measurement = z.discriminatedUnion('part', [
  Forward,
  Step,
  Peer,
  Parity,
  Classification,
  Memory,
  Growth,
  Scale,
]);
export type Measurement = z.infer<typeof Measurement>;
export type PartName = Measurement['part'];
export type Occasion = z.infer<z.ZodObject<typeof occasion>>;
/** A measurement before it is told when and where it was taken. */
export type Found = Measurement extends infer M
  ? M extends Measurement
    ? Omit<M, keyof Occasion>
    : never
  : never;
export type MeasurementOf<P extends PartName> = Extract<Measurement, { part: P }>;

const Results = z.object({ measurements: z.array(Measurement) });

/** What two measurements of the same thing share. */
function keyOf(one: Measurement): string {
  switch (one.part) {
    case 'forward':
      return `forward ${one.engine} ${one.shape}`;
    case 'step':
      return `step ${one.engine} ${one.operators}`;
    case 'peer':
      return `peer ${one.group}`;
    case 'classification':
      return `classification ${one.nulls}`;
    case 'growth':
      return `growth ${one.engine} ${one.doubled}`;
    case 'scale':
      return 'scale';
    case 'parity':
    case 'memory':
      return `${one.part} ${one.engine}`;
  }
}

/** @returns no measurement where the file is not there @throws when it is none of ours */
export async function readResults(path: string): Promise<Measurement[]> {
  if (!existsSync(path)) return [];
  return Results.parse(JSON.parse(await readFile(path, 'utf8'))).measurements;
}

/**
 * Puts new measurements in place of older ones of the same things; the others stay.
 * @param keep add them to the older ones, as further rounds
 */
export function renewed(
  old: readonly Measurement[],
  found: readonly Measurement[],
  keep: boolean,
): Measurement[] {
  const renewedKeys = new Set(found.map(keyOf));
  return [...old.filter((one) => keep || !renewedKeys.has(keyOf(one))), ...found];
}

export async function writeResults(path: string, measurements: readonly Measurement[]): Promise<void> {
  await writeWhole(path, `${JSON.stringify({ measurements }, null, 1)}\n`);
}

/** Middle value; the mean of the two in the middle. @throws RangeError without values */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new RangeError('there is no median of nothing');
  return (low + high) / 2;
}

/** Items by a name, both in the order of the items. */
export function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item));
    if (group === undefined) groups.set(nameOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
