import {
  COMPARISONS,
  ourSeconds,
  partOf,
  PASS,
  peerSeconds,
  peerTotal,
  summarisePeer,
  summariseStep,
} from './summaries.js';
import type { Measurement } from '../results.js';
import { divided, gigabytes, number, ratio, table } from './text.js';

const ENGINES = ['tensorflow', 'wasm'] as const;

/** One whole step against the peer, stage by stage. */
export function stepSection(measurements: readonly Measurement[]): string {
  const stages = summarisePeer(measurements);
  const steps = ENGINES.flatMap((engine) => summariseStep(measurements, engine) ?? []);
  const header = ['measure', 'peer, s', ...steps.flatMap(({ engine }) => [`${engine}, s`, 'quicker'])];
  const rows = COMPARISONS.map((comparison) => {
    const theirs = peerSeconds(stages, comparison);
    return [
      comparison.name,
      number(theirs),
      ...steps.flatMap((step) => {
        const ours = ourSeconds(step, comparison);
        return [number(ours), ratio(divided(theirs, ours))];
      }),
    ];
  });
  const total = peerTotal(stages);
  const whole = [
    '**one step**',
    number(total),
    ...steps.flatMap(({ comparable }) => [number(comparable), ratio(divided(total, comparable))]),
  ];
  const memory = steps.map((step) => {
    const { engine, seconds, prompts, peak, weightBytes, rounds } = step;
    const rate = number(divided(prompts, ourSeconds(step, PASS)));
    const held =
      peak === null
        ? 'peak memory not measured, as each operator was run alone'
        : `peak memory ${gigabytes(peak)}, ${number(peak / weightBytes)} times the weights (${gigabytes(weightBytes)} as float32)`;
    return `- \`${engine}\`: ${number(seconds)} s by the clock, database included; ${rate} prompts of the universes a second (accuracy, means, maps, faithfulness, loading); ${held}; median of ${rounds}.`;
  });
  const peerPeak = partOf(measurements, 'peer').reduce((most, { peak }) => Math.max(most, peak), 0);
  return [
    '## One whole step, Pythia-70m shape',
    table(header, [...rows, whole]),
    [...memory, ...(peerPeak > 0 ? [`- peer: peak memory ${gigabytes(peerPeak)}.`] : [])].join('\n'),
    'Ours is `heuristrace sweep` itself: all measures, four operators, operands below 300, 50 pairs, 200 neurons a layer, 21 limits of prompt knock-outs, every other setting as it is by default. So it does what the peer does not: exact effects of 512 neurons an operator, probes, knock-outs by heuristic, two presets, two chance levels, failure modes, more circuits. It draws one set of pairs; the seconds of `components` are multiplied by 5, also in the sum. Seconds are by the clock: those of worker threads are scaled to it. The last line holds what the measures do not, such as the database.',
  ].join('\n\n');
}

/** What was timed of the peer, and by what it was multiplied. */
export function peerSection(measurements: readonly Measurement[]): string {
  const stages = summarisePeer(measurements);
  if (stages.length === 0) return '## The peer\n\nNot measured.';
  const [first] = partOf(measurements, 'peer');
  const versions = Object.entries(first?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
  const rows = stages.map(({ name, unit, timed, whole, sliceSeconds, seconds }) => [
    name,
    `${number(timed)} ${unit}`,
    number(sliceSeconds),
    number(whole),
    number(seconds),
  ]);
  return [
    '## The peer, stage by stage',
    `\`bench/peer\`, a program of our own that takes the measures the released Python code's way, with ${versions.join(', ')}, ${first?.threads ?? 1} threads: all five tokens of a prompt, logits at all five positions, separate passes for accuracy, right prompts, means and maps, Python lists for results and heuristics. It is given token ids, so tokenising costs it nothing. Like that code it classifies on both maps of a neuron, K and KV, with every heuristic; ours matches each heuristic on the map that it speaks of. Each stage is timed on a slice.`,
    table(['stage', 'slice', 'slice, s', 'one checkpoint', 'one checkpoint, s'], rows),
  ].join('\n\n');
}

/** Largest differences between our results and the peer's. */
export function paritySection(measurements: readonly Measurement[]): string {
  const found = partOf(measurements, 'parity');
  if (found.length === 0) return '## Do both compute the same\n\nNot measured.';
  const rows = found.flatMap(({ engine, differences }) =>
    differences.map(({ name, values, difference, tolerance }) => [
      `${name}, ${engine}`,
      number(values),
      difference.toExponential(1),
      tolerance.toExponential(0),
      difference <= tolerance ? 'yes' : '**no**',
    ]),
  );
  return [
    '## Do both compute the same',
    'Largest difference as a share of the largest value; of scores, in prompts of the top k.',
    table(['result', 'values', 'difference', 'allowed', 'agree'], rows),
  ].join('\n\n');
}
