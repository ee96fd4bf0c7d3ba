import { OPERATORS } from '../../src/domain/operator.js';
import { randomStream } from '../../src/domain/random.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import type { Fixture } from '../fixture.js';
import { askPeer, PEER_ANSWERS, type PeerRequest, type Values } from '../peer.js';
import type { MeasurementOf } from '../results.js';
import { runTask } from '../run-task.js';

type Difference = MeasurementOf<'parity'>['differences'][number];

/**
 * Largest difference allowed, as a share of the largest value. E is a ratio of small probabilities, and the peer takes
 * effects of single neurons, a hundredth of a logit, as a difference of logits.
 */
const TOLERANCES = {
  logits: 1e-4,
  logitEffects: 1e-4,
  paperEffects: 1e-3,
  attribution: 1e-4,
  exactEffects: 1e-3,
  nl: 1e-4,
  maps: 1e-4,
  directLogits: 1e-4,
} as const satisfies Partial<Record<keyof Values, number>>;
/** Prompts of a heuristic's top that may differ: equal values of a map are ordered otherwise. */
const SCORE_PROMPTS = 3;

/** What both sides are asked: a few prompts of each operator, and the maps of `*`, the smallest universe. */
export function parityRequest(fixture: Fixture): PeerRequest {
  const { checkpoint, maxOperand, tokens, nLayers, firstLayer } = fixture;
  const random = randomStream(0, 'parity prompts');
  const prompts = OPERATORS.flatMap((operator) => {
    const { op1, op2, answer, count } = buildUniverse(operator, maxOperand, tokens.maxSingleToken);
    return Array.from({ length: 3 }, () => {
      const at = random.int(0, count - 1);
      return [operator, op1[at] ?? 0, op2[at] ?? 0, answer[at] ?? 0] as const;
    });
  });
  const pairs = prompts.flatMap((clean, i) => {
    const corrupted = prompts[(i + 4) % prompts.length];
    return corrupted === undefined || corrupted[3] === clean[3] ? [] : [[clean, corrupted] as const];
  });
  const circuit = (heads: 'all' | number[], neurons: 'all' | number[]): object[] =>
    Array.from({ length: nLayers }, (_, layer) => ({
      heads,
      neurons: layer < firstLayer ? 'all' : neurons,
    }));
  return {
    ...{ checkpoint, tokens, maxOperand, firstLayer, threads: 1, prompts, pairs, mapsOf: '*' },
    neurons: [firstLayer, nLayers - 1].flatMap((layer) => [0, 1, 40].map((neuron) => [layer, neuron])),
    circuits: [
      circuit('all', 'all'),
      circuit([], []),
      circuit([0, 2], 'all'),
      circuit([0, 1], [0, 1, 2, 3, 5, 8, 13]),
    ],
  };
}

/**
 * Holds our results on an engine against the peer's.
 * @throws Error when a list has another length than the peer's
 */
export async function parity(
  fixture: Fixture,
  engine: string,
  python: string,
): Promise<Pick<MeasurementOf<'parity'>, 'part' | 'engine' | 'differences'>> {
  const shared = parityRequest(fixture);
  const ours = PEER_ANSWERS.values.shape.answer.parse(await runTask('values', { ...shared, engine }));
  const { maps, directLogits } = ours;
  const answer = await askPeer(python, 'values', { ...shared, maps, directLogits });
  const { answer: theirs } = PEER_ANSWERS.values.parse(answer);
  return { part: 'parity', engine, differences: differences(ours, theirs) };
}

/** Largest difference of each list, as a share of its largest value; of scores, in prompts. */
export function differences(ours: Values, theirs: Values): Difference[] {
  const lists = Object.entries(TOLERANCES).map(([name, tolerance]): Difference => {
    const [own, other] = [listOf(ours, name), listOf(theirs, name)];
    if (own.length !== other.length)
      throw new Error(`${name}: ${own.length} values against the peer's ${other.length}`);
    const scale = other.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const largest = own.reduce((most, value, i) => Math.max(most, Math.abs(value - (other[i] ?? NaN))), 0);
    return { name, values: own.length, difference: largest / scale, tolerance };
  });
  return [...lists, scoreDifference(ours, theirs)];
}

function listOf(values: Values, name: string): readonly number[] {
  const found = Object.entries(values).find(([key]) => key === name)?.[1] ?? [];
  return found.flatMap((value) => (typeof value === 'number' ? [value] : []));
}

/** A score is a share of k prompts, so two of them differ by at least 1 / k. */
function scoreDifference(ours: Values, theirs: Values): Difference {
  let [largest, values] = [0, 0];
  ours.scores.forEach((scores, neuron) => {
    const others = theirs.scores[neuron] ?? {};
    for (const [key, { score, k }] of Object.entries(scores)) {
      const other = others[key];
      if (other === undefined) throw new Error(`the peer has no heuristic ${key}`);
      largest = Math.max(largest, Math.abs(score - other.score) * k);
      values++;
    }
  });
  return { name: 'scores, in prompts', values, difference: largest, tolerance: SCORE_PROMPTS + 0.01 };
}
