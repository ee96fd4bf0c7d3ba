import { groupBy, median, type Measurement } from '../results.js';
import { partOf, summarisePeer } from './summaries.js';
import { bodyShare, peerNeuronsPerSecond } from './targets.js';
import { divided, number, percent, ratio, table } from './text.js';

/** Kinds of operations named in the table of where the time goes. */
const NAMED_KERNELS = 6;

/** Rates of the forward pass's body, and what the rest of its time goes to. */
export function forwardSection(measurements: readonly Measurement[]): string {
  const forward = partOf(measurements, 'forward');
  if (forward.length === 0) return '## Forward pass\n\nNot measured.';
  const groups = [...groupBy(forward, ({ engine, shape }) => `${engine}, ${shape}`)];
  const rows = groups.map(([name, rounds]) => {
    const of = (value: (one: (typeof rounds)[number]) => number): string => number(median(rounds.map(value)));
    return [
      name,
      of((one) => one.body),
      of((one) => one.products),
      percent(bodyShare(rounds)),
      of((one) => one.peak),
      of((one) => one.bandwidth),
    ];
  });
  const kernels = groups.flatMap(([name, [first]]) => {
    const sorted = Object.entries(first?.kernels ?? {}).sort(([, a], [, b]) => b - a);
    const named = sorted.slice(0, NAMED_KERNELS).map(([kernel, share]) => `${kernel} ${percent(share)}`);
    return [`- ${name}: ${named.join(', ')}.`];
  });
  const [first] = forward;
  return [
    '## Forward pass',
    `Body (attention and MLPs, without embedding and unembedding) of ${number(first?.rows ?? 0)} tokens, two a prompt after three cached ones that 300 prompts share, at most ${number(first?.layers ?? 0)} blocks; GFLOP/s counted from the products with weights alone.`,
    table(
      ['engine, shape', 'body', 'its products one by one', 'share', 'large square product', 'memory, GB/s'],
      rows,
    ),
    'Points are products at the sizes in use and the body as a whole, lines what memory and arithmetic allow:',
    '![rates of products and bodies under their roofs](roofline.svg)',
    `Share of the time by kind of operation:\n\n${kernels.join('\n')}`,
  ].join('\n\n');
}

export function classificationSection(measurements: readonly Measurement[]): string {
  const peer = peerNeuronsPerSecond(summarisePeer(measurements));
  const groups = [...groupBy(partOf(measurements, 'classification'), ({ nulls }) => String(nulls))];
  if (groups.length === 0) return '## Classification\n\nNot measured.';
  const rows = groups.flatMap(([, rounds]) => {
    const [first] = rounds;
    if (first === undefined) return [];
    const rate = median(rounds.map((one) => one.neuronsPerSecond));
    const compared = first.nulls ? '-' : ratio(divided(rate, peer));
    return [[first.nulls ? 'with both chance levels' : 'matches alone', number(rate), compared]];
  });
  const [first] = partOf(measurements, 'classification');
  return [
    '## Classification',
    `Neurons a second on the ${number(first?.prompts ?? 0)} prompts of \`+\`, ranking included, ${number(first?.heuristics ?? 0)} heuristics of the preset \`paper\`, ${first?.processes ?? 0} processes at a time; the peer ${peer === null ? 'was not measured' : `classifies ${number(peer)} a second`}.`,
    table(['', 'neurons/s', 'against the peer'], rows),
  ].join('\n\n');
}

export function memorySection(measurements: readonly Measurement[]): string {
  const found = partOf(measurements, 'memory');
  if (found.length === 0) return '## Memory over a sweep\n\nNot measured.';
  const megabytes = found.map(
    ({ engine, tenths }) => `- ${engine}: ${tenths.map((bytes) => number(bytes / 1e6)).join(', ')} MB.`,
  );
  const rows = found.map(({ engine, checkpoints, firstHalf, secondHalf }) => [
    engine,
    number(checkpoints),
    number(firstHalf / 1e6),
    number(secondHalf / 1e6),
    percent(secondHalf / firstHalf - 1),
  ]);
  const header = ['engine', 'tiny checkpoints', 'first half, MB', 'second half, MB', 'growth'];
  return [
    '## Memory over a sweep',
    'Median of the resident memory in each half of the time, and in each tenth: a leak goes on growing, a warm-up does not.',
    table(header, rows),
    megabytes.join('\n'),
  ].join('\n\n');
}

/** Where a run gives the same bits again, and where not; `test/engines/parity.test.ts` holds it for every engine. */
export function repetitionSection(): string {
  return [
    '## The same again',
    'The same engine, settings and seed on the same machine give the same rows bit for bit: tests run everything that a sweep asks of a model twice on each engine. Tried by hand with Pythia-70m shapes as well: on `tensorflow` one thread and two give the same logits, and so do batches of 64, 200 and 512 prompts, there and on `wasm`.',
    'Last bits may differ, within the tolerances that engines are held to, where the library multiplies another way: with `TF_ENABLE_ONEDNN_OPTS=0` (seen), with an engine that cannot take bias and GELU inside its products, on a processor with other vector instructions, or on a GPU.',
  ].join('\n\n');
}

/** How the time of a sweep grows with its sizes. */
export function growthSection(measurements: readonly Measurement[]): string {
  const byEngine = [...groupBy(partOf(measurements, 'growth'), ({ engine }) => engine)];
  if (byEngine.length === 0) return '## How the cost grows\n\nNot measured.';
  const rows = byEngine.flatMap(([engine, found]) => {
    const seconds = new Map(
      [...groupBy(found, ({ doubled }) => doubled)].map(([doubled, rounds]) => [
        doubled,
        median(rounds.map((one) => one.seconds)),
      ]),
    );
    const base = seconds.get('nothing') ?? null;
    return [...seconds].map(([doubled, own]) => [
      `${doubled}, ${engine}`,
      number(own),
      ratio(divided(own, base)),
    ]);
  });
  return [
    '## How the cost grows',
    'A small model, 4 layers, operands below 150, 100 neurons a layer, 2 checkpoints; each size doubled once. What does not grow with a size, such as the start of the engine, keeps its factor below 2.',
    table(['doubled', 'seconds', 'against nothing doubled'], rows),
  ].join('\n\n');
}
