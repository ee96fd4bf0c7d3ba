import { writeStore } from '../../src/store/database.js';
import type { StepBatch } from '../../src/store/encode-batch.js';
import { EXAMPLE_STEPS, commitAll, exampleStep, type ExampleStep } from '../store/example.js';
import { wholeStep } from '../store/whole-example.js';

interface Change {
  readonly suite: string;
  /** What its tokens are multiplied by; null: they are not known. */
  readonly tokens?: number | null;
  /** What its accuracies are multiplied by. */
  readonly accuracy?: number;
  /** Of its classification. */
  readonly threshold?: number;
  /** Width of its model. */
  readonly width?: number;
}

const scaled = (value: number | null, by: number): number | null => (value === null ? null : value * by);

const CLASSIFICATION = 'configuration-classification';

/** Another threshold makes another configuration. */
function withThreshold({ dimensions, units }: StepBatch, threshold: number): StepBatch {
  const id = (name: string): string => (name === CLASSIFICATION ? `${CLASSIFICATION}-${threshold}` : name);
  return {
    dimensions: {
      ...dimensions,
      configurations: (dimensions.configurations ?? []).map((row) =>
        row.configuration_id === CLASSIFICATION
          ? { ...row, configuration_id: id(CLASSIFICATION), threshold }
          : row,
      ),
      heuristics: (dimensions.heuristics ?? []).map((row) => ({
        ...row,
        configuration_id: id(row.configuration_id),
      })),
    },
    units: units.map(({ unit, facts }) => ({
      unit: { ...unit, configuration_id: id(unit.configuration_id) },
      facts,
    })),
  };
}

/** The same step of another suite, which differs in what `change` says. */
export function changed(
  batch: StepBatch,
  { suite, tokens = 1, accuracy = 1, width = 8, threshold }: Change,
): StepBatch {
  const { dimensions, units } = threshold === undefined ? batch : withThreshold(batch, threshold);
  return {
    dimensions: {
      ...dimensions,
      suites: (dimensions.suites ?? []).map((row) => ({ ...row, suite, d_model: width })),
      checkpoints: (dimensions.checkpoints ?? []).map((row) => ({
        ...row,
        suite,
        tokens: tokens === null ? null : scaled(row.tokens, tokens),
      })),
      prompts: (dimensions.prompts ?? []).map((row) => ({ ...row, suite })),
    },
    units: units.map(({ unit, facts }) => ({
      unit: { ...unit, suite, unit_id: `${suite}-${unit.unit_id}` },
      facts: {
        ...facts,
        accuracy: (facts.accuracy ?? []).map((row) => ({
          ...row,
          correct: row.correct === null ? null : Math.round(row.correct * accuracy),
          accuracy: scaled(row.accuracy, accuracy),
          ci_low: scaled(row.ci_low, accuracy),
          ci_high: scaled(row.ci_high, accuracy),
        })),
      },
    })),
  };
}

const steps = (seed: number, change: Change): StepBatch[] =>
  EXAMPLE_STEPS.map((step) => changed(exampleStep(seed, step), change));

/**
 * Runs to compare, made of the example: `toy`, with one seed; `half-2m` sees 5% more tokens at each step and is half as often
 * right, `half-1m` (narrower, and classified with another threshold) sees ten times the tokens; `pair` and `twins` have two seeds, which differ in accuracy; of
 * `other`, all measures at two steps; `lost` has no known tokens.
 */
export async function buildComparedRuns(db: string): Promise<void> {
  const whole = (step: 100 | 1000) => changed(wholeStep(0, step), { suite: 'other' });
  await commitAll(db, [
    ...EXAMPLE_STEPS.map((step: ExampleStep) => exampleStep(0, step)),
    ...steps(0, { suite: 'half-2m', tokens: 1.05, accuracy: 0.5 }),
    ...steps(0, { suite: 'half-1m', tokens: 10, accuracy: 0.5, width: 4, threshold: 0.75 }),
    ...steps(0, { suite: 'pair', accuracy: 1 }),
    ...steps(1, { suite: 'pair', accuracy: 0.8 }),
    ...steps(0, { suite: 'twins', accuracy: 0.6 }),
    ...steps(1, { suite: 'twins', accuracy: 0.5 }),
    ...steps(0, { suite: 'lost', tokens: null }),
    whole(100),
    whole(1000),
  ]);
}

/**
 * Verdicts made up for accuracy of +: half-way at step 100 for toy (90 to 110) and 150 for half-2m (140 to 160); of the two
 * seeds of pair one is gradual, one abrupt, and they are half-way at step 200 on average.
 */
export async function judgeComparedRuns(db: string): Promise<void> {
  const verdict = (suite: string, seed: number, said: string): string =>
    `('${suite}', ${seed}, 'accuracy of +', 'accuracy', '+', 'universe', '${said}', false, 12, 0, 1000, 'beta_binomial', false)`;
  const time = (suite: string, step: number): string =>
    `('${suite}', 0, 'accuracy of +', 'logistic', 'halfway', ${step}, ${step - 10}, ${step + 10})`;
  await writeStore({ db, programVersion: '0.1.0' }, async (connection) => {
    await connection.run(
      `INSERT INTO emergence (suite, seed, trajectory, quantity, operator, prompt_set, verdict, declines, n_steps,
         first_step, last_step, noise, chance_subtracted)
       VALUES ${[verdict('toy', 0, 'gradual'), verdict('half-2m', 0, 'abrupt'), verdict('pair', 0, 'gradual'), verdict('pair', 1, 'abrupt')].join(', ')}`,
    );
    await connection.run(
      `INSERT INTO emergence_times (suite, seed, trajectory, curve, part, step, low, high)
       VALUES ${[time('toy', 100), time('half-2m', 150), time('pair', 180)].join(', ')}`,
    );
    await connection.run(
      `INSERT INTO emergence_over_seeds (suite, trajectory, kind, part, seeds, seeds_judged, unit, mean_octaves, mean_step)
       VALUES ('pair', 'accuracy of +', 'time', 'halfway', 2, 2, 1, 7.6, 200)`,
    );
  });
}
