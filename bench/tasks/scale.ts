import { statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { programVersion } from '../../src/files/package.js';
import { ingestBatches } from '../../src/store/spool/ingest.js';
import { scanSpool } from '../../src/store/spool/scan-spool.js';
import { writeReport } from '../../src/report/write-report.js';
import { askAll } from '../scale/ask-all.js';
import type { ScaleFigures } from '../scale/figures.js';
import { SCALES } from '../scale/shape.js';
import { writeMadeUpSpool } from '../scale/write-spool.js';

const STAGES = ['spool', 'ingest', 'queries', 'report'] as const;
const Options = z.object({
  folder: z.string(),
  size: z.enum(['full', 'small']),
  /** One stage a process, so that the peak of memory is its own. */
  stage: z.enum(STAGES),
});

/** Seconds by the clock and of processors, and the peak of memory of this process. */
async function worked(work: () => Promise<unknown>): Promise<ScaleFigures['ingest']> {
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage();
  return {
    seconds: (performance.now() - started) / 1000,
    cpu: (user + system) / 1e6,
    peak: 1024 * process.resourceUsage().maxRSS,
  };
}

/** One stage of a made-up sweep's way from rows to a report, in a folder that the stages share. */
export async function scale(given: unknown): Promise<Partial<ScaleFigures>> {
  const { folder, size, stage } = Options.parse(given);
  const shape = SCALES[size];
  const [spool, db] = [join(folder, 'spool'), join(folder, 'scale.duckdb')];
  switch (stage) {
    case 'spool':
      return { spool: await worked(() => writeMadeUpSpool({ folder: spool, shape })) };
    case 'ingest': {
      const { batches } = await scanSpool(spool);
      const files = batches.flatMap(({ manifest }) => manifest.files);
      const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
      const ingest = await worked(() => ingestBatches({ db, programVersion: programVersion(), batches }));
      return {
        checkpoints: shape.steps.length,
        rows: sum(files.map(({ rows }) => rows)),
        matches: sum(files.filter(({ table }) => table === 'neuron_heuristics').map(({ rows }) => rows)),
        spoolBytes: sum(files.map(({ bytes }) => bytes)),
        databaseBytes: statSync(db).size,
        ingest,
      };
    }
    case 'queries':
      return { queries: await askAll(db, shape.suite) };
    case 'report': {
      let bytes = 0;
      const report = await worked(async () => {
        bytes = (await writeReport({ db, out: join(folder, 'report.html') })).bytes;
      });
      return { report: { ...report, bytes } };
    }
  }
}
