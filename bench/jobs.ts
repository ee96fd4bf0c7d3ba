import { writeFixture, type Fixture } from './fixture.js';
import { classification } from './parts/classification.js';
import { forwardPart, FORWARD_SHAPES } from './parts/forward.js';
import { parity } from './parts/parity.js';
import { scalePart } from './parts/scale.js';
import { peer, PEER_GROUPS, step } from './parts/step.js';
import { growth, GROWTHS, memory } from './parts/sweeps.js';
import type { Found } from './results.js';

/** What is to be measured; empty lists mean all. */
export interface Plan {
  readonly parts: readonly string[];
  readonly engines: readonly string[];
  /** Whether the part `step` measures our side. */
  readonly ours: boolean;
  /** Python of the peer, null to leave the peer out. */
  readonly python: string | null;
  /** `all`, or operators that are run one by one. */
  readonly operators: readonly string[];
  readonly groups: readonly string[];
  readonly shapes: readonly string[];
  readonly threads: number;
  readonly smoke: boolean;
}

/** One measurement that can be taken. */
export interface Job {
  readonly name: string;
  readonly run: () => Promise<Found>;
}

type JobsOf = (plan: Plan, fixture: () => Promise<Fixture>) => Promise<Job[]>;

const ALL_OPERATORS = '+-*/';

/** Jobs of each part, in the order in which one round takes them: ours and the peer in turns. */
const JOBS = {
  forward: ({ engines, shapes, smoke }) =>
    Promise.resolve(
      chosen(FORWARD_SHAPES, shapes, 'shape').flatMap((shape) =>
        engines.map((engine) => ({
          name: `forward pass, ${shape}, ${engine}`,
          run: () => forwardPart({ engine, shape, smoke }),
        })),
      ),
    ),
  step: async ({ engines, ours, python, operators, groups, threads, smoke }, fixture) => {
    const made = await fixture();
    const runs = operators.map((name) => (name === 'all' ? ALL_OPERATORS : name));
    const own = (ours ? engines : []).flatMap((engine) =>
      runs.map((names) => ({
        name: `one step, ${names}, ${engine}`,
        run: () => step(made, { engine, operators: names, smoke }),
      })),
    );
    const theirs = python === null ? [] : chosen(PEER_GROUPS, groups, 'group');
    return [
      ...own,
      ...theirs.map((group) => ({
        name: `the peer, ${group}`,
        run: () => peer(made, { python: python ?? '', group, threads, smoke }),
      })),
    ];
  },
  parity: async ({ engines, python }, fixture) => {
    if (python === null) throw new Error('the part parity needs --peer');
    const made = await fixture();
    return engines.map((engine) => ({
      name: `results against the peer, ${engine}`,
      run: () => parity(made, engine, python),
    }));
  },
  classification: ({ smoke }) =>
    Promise.resolve(
      [false, true].map((nulls) => ({
        name: `classification${nulls ? ' with chance levels' : ''}`,
        run: () => classification({ nulls, smoke }),
      })),
    ),
  memory: ({ engines, smoke }) =>
    Promise.resolve(
      engines.map((engine) => ({
        name: `memory over many checkpoints, ${engine}`,
        run: () => memory({ engine, smoke }),
      })),
    ),
  growth: ({ engines, smoke }) =>
    Promise.resolve(
      engines.flatMap((engine) =>
        GROWTHS.map((doubled) => ({
          name: `growth, ${doubled} doubled, ${engine}`,
          run: () => growth({ engine, doubled, smoke }),
        })),
      ),
    ),
  scale: ({ smoke }) =>
    Promise.resolve([{ name: 'the database of a large sweep', run: () => scalePart({ smoke }) }]),
} as const satisfies Record<string, JobsOf>;

type PartOfRun = keyof typeof JOBS;
const isPart = (name: string): name is PartOfRun => name in JOBS;

export const PARTS = Object.keys(JOBS).filter(isPart);

/**
 * The measurements of a plan.
 * @param where a folder for the model on disk, and where the tokenizer lies
 * @throws Error for a part, shape or group that there is not
 */
export async function plannedJobs(
  plan: Plan,
  where: { readonly folder: string; readonly fixtures: string },
): Promise<Job[]> {
  let made: Promise<Fixture> | null = null;
  const fixture = (): Promise<Fixture> => (made ??= writeFixture({ ...where, smoke: plan.smoke }));
  const jobs = [];
  for (const part of chosen(PARTS, plan.parts, 'part', false))
    jobs.push(...(await JOBS[part](plan, fixture)));
  return jobs;
}

/** The names given, or all where none is. @throws Error for one that there is not */
function chosen<T extends string>(
  known: readonly T[],
  given: readonly string[],
  what: string,
  orAll = true,
): T[] {
  const unknown = given.find((name) => !known.some((one) => one === name));
  if (unknown !== undefined)
    throw new Error(`there is no ${what} '${unknown}'; there are ${known.join(', ')}`);
  return given.length === 0 && orAll ? [...known] : known.filter((name) => given.includes(name));
}
