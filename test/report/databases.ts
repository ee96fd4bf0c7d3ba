import { join } from 'node:path';
import { refreshEmergence } from '../../src/emergence/refresh.js';
import type { StepBatch } from '../../src/store/encode-batch.js';
import {
  EXAMPLE_STEPS,
  buildEmpty,
  buildExample,
  commitAll,
  exampleStep,
  failedStep,
  scratch,
} from '../store/example.js';
import { storeAudit } from '../../src/store/store-audit.js';
import { exampleAudit } from '../store/example-audit.js';
import { wholeStep } from '../store/whole-example.js';
import { buildCourses } from '../support/courses.js';

/** A name that would break a page which trusted it. */
export const EVIL = `</script><script>alert(1)</script><!-- " ' & {{program.db}} -->`;

/** The same with one text in place of another, wherever it is a value. */
export function renamed<T>(value: T, from: string, to: string): T {
  if (value === from) return to as T;
  if (value instanceof Date || value instanceof Uint8Array) return value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => renamed(item, from, to)) as T;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [key, renamed(item, from, to)]),
  ) as T;
}

const only = (measure: 'accuracy' | 'classification', { dimensions, units }: StepBatch): StepBatch => ({
  dimensions,
  units: units.filter(({ unit }) => unit.measure === measure),
});

const seed0 = (): StepBatch[] => EXAMPLE_STEPS.map((step) => exampleStep(0, step));

/** The example with accuracy on the held-out and the non-trivial prompts. */
const withParts = (batch: StepBatch): StepBatch => ({
  ...batch,
  units: batch.units.map(({ unit, facts }) => ({
    unit,
    facts: {
      ...facts,
      accuracy: (facts.accuracy ?? []).flatMap((row) => [
        row,
        { ...row, prompt_set: 'train' as const },
        { ...row, prompt_set: 'held_out' as const },
        { ...row, prompt_set: 'non_trivial' as const },
      ]),
    },
  })),
});

const withOtherIds = (batch: StepBatch): StepBatch => ({
  ...batch,
  units: batch.units.map(({ unit, facts }) => ({
    unit: { ...unit, unit_id: `other-${unit.unit_id}` },
    facts,
  })),
});

/** Databases that a report must be right on, by what they hold. */
const BUILDERS = {
  example: buildExample,
  parts: (db: string) => commitAll(db, [...seed0(), exampleStep(1, 1000)].map(withParts)),
  /** Every measure, accuracy on all parts, and an audit. */
  whole: async (db: string) => {
    await commitAll(
      db,
      [wholeStep(0, 0), exampleStep(0, 10), wholeStep(0, 100), wholeStep(0, 1000), wholeStep(1, 1000)].map(
        withParts,
      ),
    );
    await storeAudit({ db, spool: `${db}.spool`, programVersion: '0.1.0', rows: exampleAudit });
    await refreshEmergence({ db, programVersion: '0.1.0' });
  },
  /** Known courses over 28 steps, judged. */
  courses: async (db: string) => {
    await buildCourses(db);
    await refreshEmergence({
      db,
      programVersion: '0.1.0',
      settings: { samples: 100, permutations: null, seed: 0 },
    });
  },
  wholeLastStep: (db: string) => commitAll(db, [wholeStep(0, 1000)]),
  wholeFirstStep: (db: string) => commitAll(db, [wholeStep(0, 0)]),
  empty: buildEmpty,
  accuracyOnly: (db: string) =>
    commitAll(
      db,
      seed0().map((batch) => only('accuracy', batch)),
    ),
  classificationOnly: (db: string) =>
    commitAll(
      db,
      seed0().map((batch) => only('classification', batch)),
    ),
  firstStepOnly: (db: string) => commitAll(db, [exampleStep(0, 0)]),
  lastStepOnly: (db: string) => commitAll(db, [exampleStep(0, 1000)]),
  twoSuites: async (db: string) => {
    await commitAll(db, seed0());
    const few = [exampleStep(0, 0), exampleStep(0, 1000)].map(withOtherIds);
    await commitAll(db, renamed(few, 'toy', 'tiny-twin'));
  },
  failedOnly: (db: string) => commitAll(db, [failedStep(0, 0)]),
  evil: (db: string) =>
    commitAll(
      db,
      renamed(
        renamed(renamed([...seed0(), failedStep(1, 0)], 'toy', EVIL), 'op1 in [0,10)', EVIL),
        'the weight file is truncated',
        EVIL,
      ),
    ),
} satisfies Record<string, (db: string) => Promise<void>>;

export type DatabaseName = keyof typeof BUILDERS;
export const DATABASES = Object.keys(BUILDERS).filter((name): name is DatabaseName => name in BUILDERS);

/** A scratch folder in which each database is made once, when first asked for. */
export function databases(): {
  readonly folder: string;
  readonly database: (name: DatabaseName) => Promise<string>;
  readonly remove: () => void;
} {
  const { folder, remove } = scratch();
  const made = new Map<DatabaseName, Promise<string>>();
  const make = async (name: DatabaseName): Promise<string> => {
    const db = join(folder, `${name}.duckdb`);
    await BUILDERS[name](db);
    return db;
  };
  return {
    folder,
    remove,
    database: (name) => {
      const known = made.get(name) ?? make(name);
      made.set(name, known);
      return known;
    },
  };
}
