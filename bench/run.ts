/**
 * The benchmarks: `npm run bench -- [options] [part...]`, see `USAGE`.
 * What is measured goes to bench/results.json, one measurement at a time, and the page bench/RESULTS.md is made of it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packagePath } from '../src/files/package.js';
import { plannedJobs, PARTS, type Plan } from './jobs.js';
import { occasionNow } from './occasion.js';
import { peerPython } from './peer.js';
import { writeReport } from './report/write-report.js';
import { Measurement, readResults, renewed, writeResults } from './results.js';

const USAGE = `npm run bench -- [options] [part...]

Parts: ${PARTS.join(', ')}; none: the page is made anew from what was measured.

  --engines <list>    engines to measure (default: wasm)
  --peer              measure the peer too, in turns with ours (parts step, parity);
                      HEURISTRACE_PEER_PYTHON names a Python with bench/peer/requirements.txt
  --only-peer         the peer alone (part step)
  --operators <list>  runs of the part step: \`all\` for one run of all four, or some of + - * / to run
                      each alone (default: all)
  --groups <list>     stages of the peer: passes, patching, maps, circuits (default: all)
  --shapes <list>     shapes of the part forward (default: pythia-70m,pythia-410m)
  --rounds <number>   how often everything is measured (default: 1)
  --add               add to what was measured before in place of replacing it
  --fixtures <folder> folder with gpt-neox-20b-tokenizer.json (default: ../shared/fixtures)
  --out <folder>      where results.json, RESULTS.md and roofline.svg lie (default: bench)
  --smoke             cut every size down, to see whether all works
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engines: { type: 'string', default: 'wasm' },
    peer: { type: 'boolean', default: false },
    'only-peer': { type: 'boolean', default: false },
    operators: { type: 'string', default: 'all' },
    groups: { type: 'string', default: '' },
    shapes: { type: 'string', default: '' },
    rounds: { type: 'string', default: '1' },
    add: { type: 'boolean', default: false },
    fixtures: { type: 'string', default: packagePath('../shared/fixtures') },
    out: { type: 'string', default: packagePath('bench') },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const list = (text: string): string[] => text.split(',').filter((name) => name !== '');
const tell = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const plan: Plan = {
    parts: positionals,
    engines: list(values.engines),
    ours: !values['only-peer'],
    python: values.peer || values['only-peer'] ? peerPython() : null,
    operators: list(values.operators),
    groups: list(values.groups),
    shapes: list(values.shapes),
    threads: availableParallelism(),
    smoke: values.smoke,
  };
  if ((values.peer || values['only-peer']) && plan.python === null)
    throw new Error('HEURISTRACE_PEER_PYTHON names no Python of the peer');
  const path = join(values.out, 'results.json');
  const before = await readResults(path);
  const found: Measurement[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'heuristrace-bench-'));
  try {
    const jobs = await plannedJobs(plan, { folder, fixtures: values.fixtures });
    for (let round = 1; round <= Number(values.rounds); round++)
      for (const { name, run } of jobs) {
        tell(`round ${round}: ${name}`);
        const occasion = occasionNow(values.smoke);
        const started = performance.now();
        found.push(Measurement.parse({ ...(await run()), ...occasion }));
        tell(`  ${((performance.now() - started) / 1000).toFixed(1)} s`);
        await writeResults(path, renewed(before, found, values.add));
      }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await writeReport(values.out, renewed(before, found, values.add));
}

if (values.help) process.stdout.write(USAGE);
else await main();
