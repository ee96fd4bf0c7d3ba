import { z } from 'zod';

/** How long a named query takes. */
const QueryTime = z.object({
  name: z.string(),
  /** Values given, as JSON. */
  params: z.string(),
  rows: z.number(),
  /** By the clock. */
  seconds: z.number(),
  /** Of processors, all threads together: what the clock would say of one idle processor. */
  cpu: z.number(),
});
export type QueryTime = z.infer<typeof QueryTime>;

const Work = z.object({ seconds: z.number(), cpu: z.number(), peak: z.number() });

/** What bench/tasks/scale.ts finds. */
export const ScaleFigures = z.object({
  checkpoints: z.number(),
  /** Rows of all tables in the spool, and of neuron_heuristics among them. */
  rows: z.number(),
  matches: z.number(),
  spoolBytes: z.number(),
  databaseBytes: z.number(),
  /** Writing the spool, made-up rows included; storing it in the database; the report. */
  spool: Work,
  ingest: Work,
  report: Work.extend({ bytes: z.number() }),
  queries: z.array(QueryTime),
});
export type ScaleFigures = z.infer<typeof ScaleFigures>;
