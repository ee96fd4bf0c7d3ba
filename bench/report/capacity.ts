import { isHubSuite, shippedSuites } from '../../src/config/find-suite.js';
import { shapeOf } from '../../src/config/hub-suite.js';
import { parameterCount, type ModelShape } from '../../src/config/model-size.js';
import { DEFAULT_MAX_OPERAND } from '../../src/config/sweep-fields.js';
import { OPERATORS } from '../../src/domain/operator.js';
import { DoesNotFitError } from '../../src/errors/sweep-errors.js';
import { buildUniverse } from '../../src/prompts/universe.js';
import { planMemory, RESERVE, type Room } from '../../src/sweep/cost/memory.js';
import { gigabytes, number, table } from './text.js';

const GIBIBYTE = 2 ** 30;
const MACHINE = 24 * GIBIBYTE;
/** What the program takes `wasm` to hold, with one engine for each of two cores. */
const ROOMS: readonly Room[] = [
  {
    engine: 'tensorflow',
    engines: 1,
    engineBytes: null,
    ownMemory: false,
    machineBytes: MACHINE,
  },
  {
    engine: 'wasm',
    engines: 2,
    engineBytes: (15 / 16) * 4 * GIBIBYTE,
    ownMemory: false,
    machineBytes: MACHINE,
  },
];
/** Numbers that are single tokens for GPT-NeoX. */
const LARGEST_NUMBER = 530;
/** A sweep by default, and the largest there is: share of the heuristic layers' neurons that is recorded, and operands. */
const SWEEPS = [
  { name: 'top neurons', share: 0.015, maxOperand: DEFAULT_MAX_OPERAND },
  { name: 'all neurons', share: 1, maxOperand: LARGEST_NUMBER + 1 },
] as const;
const BATCH = 1024;

/** Prompts of all operators below some operand. */
function prompts(maxOperand: number): number {
  return OPERATORS.reduce(
    (sum, operator) => sum + buildUniverse(operator, maxOperand, LARGEST_NUMBER).count,
    0,
  );
}

/** Bytes of the machine that a step takes, or what it would take where it does not fit. */
function need(shape: ModelShape, room: Room, recordedShare: number, count: number): string {
  const heuristicLayers = shape.nLayers - Math.ceil(shape.nLayers / 2);
  const size = { heuristicLayers, recordedShare, prompts: count, answers: LARGEST_NUMBER + 1, batch: BATCH };
  try {
    const plan = planMemory('the model', shape, size, room);
    return `${gigabytes(plan.machineBytes)}${plan.batch < BATCH ? `, batch ${plan.batch}` : ''}`;
  } catch (error) {
    if (!(error instanceof DoesNotFitError)) throw error;
    return `no: ${gigabytes(error.neededBytes)}`;
  }
}

/** Which models and universes a machine of 24 GiB can do, by the program's own plan of memory. */
export async function capacitySection(): Promise<string> {
  const shapes = new Map<string, ModelShape>();
  for (const suite of (await shippedSuites()).filter(isHubSuite)) {
    const shape = shapeOf(suite.manifest);
    const key = JSON.stringify(shape);
    if (shape.architecture === 'gpt_neox' && ![...shapes.values()].some((own) => JSON.stringify(own) === key))
      shapes.set(suite.manifest.name, shape);
  }
  const columns = ROOMS.flatMap((room) =>
    SWEEPS.map((one) => ({ ...one, room, count: prompts(one.maxOperand) })),
  );
  const header = columns.map(
    ({ room, name, maxOperand }) => `${room.engine}, ${name}, operands below ${maxOperand}`,
  );
  const rows = [...shapes]
    .sort(([, a], [, b]) => parameterCount(a) - parameterCount(b))
    .map(([name, shape]) => [
      name,
      ...columns.map(({ room, share, count }) => need(shape, room, share, count)),
    ]);
  const sizes = columns
    .slice(0, SWEEPS.length)
    .map(({ count, maxOperand }) => `${number(count)} below ${maxOperand}`);
  return [
    '## What fits 24 GiB',
    `Not measured: the memory that \`heuristrace\` plans for a sweep, two checkpoints under way, ${100 * RESERVE} % of the machine's memory left in reserve, \`no\` where it refuses and what it would need. Prompts of all operators: ${sizes.join(', ')}, the largest universe that the tokenizer's single-token numbers allow.`,
    table(['model', ...header], rows),
  ].join('\n\n');
}
