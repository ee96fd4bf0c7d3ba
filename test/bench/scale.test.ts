import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScaleFigures } from '../../bench/scale/figures.js';
import { madeUpSweep } from '../../bench/scale/made-up-sweep.js';
import { SCALES } from '../../bench/scale/shape.js';
import { writeMadeUpSpool } from '../../bench/scale/write-spool.js';
import { scale } from '../../bench/tasks/scale.js';
import { readStore } from '../../src/store/database.js';
import { writeReport } from '../../src/report/write-report.js';
import { ingestBatches } from '../../src/store/spool/ingest.js';
import { rebuildDatabase } from '../../src/store/spool/rebuild-database.js';
import { SUMMARY_NAMES } from '../../src/store/schema/tables.js';
import { holdOpen } from '../queries/hold-open.js';
import { scratch } from '../store/example.js';

const programVersion = '0';
const { folder, remove } = scratch();
afterAll(remove);
const spool = join(folder, 'spool');
const db = join(folder, 'scale.duckdb');

/** Rows as texts, in their order, or sorted where the statement orders none. */
const rows = (file: string, sql: string): Promise<string[]> =>
  readStore({ db: file }, async (connection) =>
    (await connection.runAndReadAll(sql)).getRowsJson().map((row) => JSON.stringify(row)),
  );

beforeAll(async () => {
  const batches = await writeMadeUpSpool({ folder: spool, shape: SCALES.small });
  // Coarse to fine, as a sweep goes, and in several commits.
  const order = [6, 0, 3, 1, 5, 2, 4].flatMap((i) => batches[i] ?? []);
  for (const part of [order.slice(0, 1), order.slice(1, 4), order.slice(4)])
    await ingestBatches({ db, programVersion, batches: part });
});

/** What each summary and view says, and the same counted from the matches themselves. */
const SAME: Readonly<Record<string, readonly [kept: string, counted: string]>> = {
  'neurons by target, family and heuristic': [
    'SELECT unit_id, operator, target, family, heuristic, neurons FROM match_counts ORDER BY ALL',
    `SELECT unit_id, operator, coalesce(target, 'any') AS t, coalesce(family, 'any') AS f,
       coalesce(heuristic, 'any') AS h, count(DISTINCT layer * 100000 + neuron)::INTEGER AS neurons
     FROM neuron_heuristics
     GROUP BY GROUPING SETS ((unit_id, operator), (unit_id, operator, target), (unit_id, operator, family),
       (unit_id, operator, target, family), (unit_id, operator, target, family, heuristic)) ORDER BY ALL`,
  ],
  'steps of each pair': [
    `SELECT operator, heuristic, target, family, layer, neuron, steps FROM match_histories
     WHERE heuristic <> 'any' ORDER BY ALL`,
    `SELECT operator, heuristic, target, family, layer, neuron, list(step ORDER BY step) AS steps
     FROM neuron_heuristics GROUP BY ALL ORDER BY ALL`,
  ],
  'steps of each neuron': [
    "SELECT operator, layer, neuron, steps FROM match_histories WHERE heuristic = 'any' ORDER BY ALL",
    `SELECT operator, layer, neuron, list(step ORDER BY step) AS steps FROM neurons WHERE n_heuristics > 0
     GROUP BY ALL ORDER BY ALL`,
  ],
  'pairs shared by two steps': [
    'SELECT operator, step_a, step_b, shared_pairs, union_pairs FROM step_overlap ORDER BY ALL',
    `WITH pairs AS (SELECT operator, step, heuristic, layer, neuron FROM neuron_heuristics),
     sizes AS (SELECT operator, step, count(*) AS n FROM pairs GROUP BY ALL),
     steps AS (SELECT DISTINCT operator, step FROM neurons),
     shared AS (
       SELECT operator, a.step AS step_a, b.step AS step_b, count(*) AS n
       FROM pairs AS a JOIN pairs AS b USING (operator, heuristic, layer, neuron) GROUP BY ALL
     )
     SELECT a.operator, a.step AS step_a, b.step AS step_b, coalesce(s.n, 0)::INTEGER AS shared,
       (coalesce(x.n, 0) + coalesce(y.n, 0) - coalesce(s.n, 0))::INTEGER AS either
     FROM steps AS a JOIN steps AS b ON a.operator = b.operator
     LEFT JOIN shared AS s ON s.operator = a.operator AND s.step_a = a.step AND s.step_b = b.step
     LEFT JOIN sizes AS x ON x.operator = a.operator AND x.step = a.step
     LEFT JOIN sizes AS y ON y.operator = a.operator AND y.step = b.step
     WHERE a.step <= b.step ORDER BY ALL`,
  ],
  'pairs that the last step has too': [
    "SELECT operator, step, shared_pairs FROM shared_with_reference WHERE operator <> 'any' ORDER BY ALL",
    `WITH last AS (SELECT operator, heuristic, layer, neuron FROM neuron_heuristics WHERE step = 4000),
     shared AS (
       SELECT operator, step, count(*) AS n FROM neuron_heuristics JOIN last USING (operator, heuristic, layer, neuron)
       GROUP BY ALL
     )
     SELECT operator, step, coalesce(n, 0)::INTEGER
     FROM (SELECT DISTINCT operator, step FROM neurons) LEFT JOIN shared USING (operator, step) ORDER BY ALL`,
  ],
  'births, deaths and spells of each pair': [
    `SELECT operator, heuristic, layer, neuron, birth_step, death_step, spells, steps_present, permanent_from
     FROM heuristic_lifetimes ORDER BY ALL`,
    `WITH places AS (SELECT [0, 1, 16, 512, 1000, 2000, 4000, NULL] AS steps),
     present AS (
       SELECT operator, heuristic, layer, neuron, list_position(steps, step) AS place, steps
       FROM neuron_heuristics, places
     ),
     numbered AS (
       SELECT *, place - row_number() OVER (PARTITION BY operator, heuristic, layer, neuron ORDER BY place) AS spell
       FROM present
     ),
     spells AS (
       SELECT operator, heuristic, layer, neuron, steps, min(place) AS first, max(place) AS last, count(*) AS n
       FROM numbered GROUP BY operator, heuristic, layer, neuron, steps, spell
     )
     SELECT operator, heuristic, layer, neuron, steps[min(first)] AS birth, steps[max(last) + 1] AS death,
       count(*)::INTEGER AS spells, sum(n)::INTEGER AS present,
       CASE WHEN max(last) = 7 THEN steps[max(first)] END AS permanent
     FROM spells GROUP BY operator, heuristic, layer, neuron, steps ORDER BY ALL`,
  ],
};

/** Bytes. */
const LARGEST_PAGE = 3e6;

it('gives a report of at most 3 MB over 154 steps of a model with 32 layers', async () => {
  const long = join(folder, 'long.duckdb');
  const batches = await writeMadeUpSpool({ folder: join(folder, 'long'), shape: SCALES.long });
  await ingestBatches({ db: long, programVersion, batches });
  const { bytes } = await writeReport({ db: long, out: join(folder, 'long.html') });
  expect(bytes).toBeGreaterThan(1e6);
  expect(bytes).toBeLessThan(LARGEST_PAGE);
}, 600_000);

describe('a large sweep in small', () => {
  it('has matches that come, go and come back', async () => {
    const [found] = await rows(
      db,
      'SELECT count(*) > 200, count(*) FILTER (spells > 1) > 5, count(*) FILTER (NOT alive_at_last) > 10 FROM heuristic_lifetimes',
    );
    expect(found).toBe('[true,true,true]');
  });

  it.each(Object.entries(SAME))('keeps %s as the matches give them', async (_, [kept, counted]) => {
    const found = await rows(db, kept);
    expect(found.length).toBeGreaterThan(20);
    expect(found).toEqual(await rows(db, counted));
  });

  it('has the same summaries when its batches are stored again, and when it is rebuilt', async () => {
    const summaries = async (file: string): Promise<string[][]> =>
      Promise.all(SUMMARY_NAMES.map((name) => rows(file, `FROM ${name} ORDER BY ALL`)));
    const before = await summaries(db);
    const again = await writeMadeUpSpool({ folder: join(folder, 'again'), shape: SCALES.small });
    const { inserted, unchanged } = await ingestBatches({ db, programVersion, batches: again });
    expect([inserted.length, unchanged.length]).toEqual([0, 8 * SCALES.small.steps.length]);
    expect(await summaries(db)).toEqual(before);
    const rebuilt = join(folder, 'rebuilt.duckdb');
    await rebuildDatabase({ db: rebuilt, spools: [spool], programVersion });
    expect(await summaries(rebuilt)).toEqual(before);
  });

  it('is the same every time', () => {
    const matches = () =>
      [...madeUpSweep({ ...SCALES.small, steps: [0, 1000] })].map(({ units }) =>
        units.map(({ facts }) => facts),
      );
    expect(matches()).toEqual(matches());
  });

  it('is measured stage by stage', async () => {
    const own = join(folder, 'measured');
    const figures = {};
    for (const stage of ['spool', 'ingest'])
      Object.assign(figures, await scale({ folder: own, size: 'small', stage }));
    const close = await holdOpen([join(own, 'scale.duckdb')]);
    Object.assign(figures, await scale({ folder: own, size: 'small', stage: 'queries' }));
    await close();
    const { checkpoints, matches, queries } = ScaleFigures.omit({ report: true }).parse(figures);
    expect(checkpoints).toBe(7);
    expect(matches).toBeGreaterThan(500);
    expect(queries.length).toBeGreaterThan(100);
  });
});
