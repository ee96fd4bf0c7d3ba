/** Loads a checkpoint into the engine, in a process of its own: node --import ./bench/typescript.js load-checkpoint.ts <folder> */
import { startEngine } from '../../src/model/engine.js';
import { streamModel } from '../../src/model/load-model.js';
import { hashWeights, openWeights } from '../../src/weights/checkpoint.js';

const [folder = ''] = process.argv.slice(2);
await startEngine('wasm');
const where = { folder, namedBy: 'the benchmark' };
const start = performance.now();
const verifiedHash = await hashWeights(where);
const hashed = performance.now();
const before = process.memoryUsage();
const cpuBefore = process.cpuUsage();
const weights = await openWeights({ ...where, verifiedHash });
const { model } = await streamModel(weights.facts.config, weights.tensors());
const loaded = performance.now();
const cpu = process.cpuUsage(cpuBefore);
await weights.close();
const values = model.tensors.reduce((sum, { size }) => sum + size, 0);
process.stdout.write(
  JSON.stringify({
    hashSeconds: (hashed - start) / 1000,
    loadSeconds: (loaded - hashed) / 1000,
    loadCpuSeconds: (cpu.user + cpu.system) / 1e6,
    engineBytes: 4 * values,
    peakBytes: 1024 * process.resourceUsage().maxRSS - before.rss,
  }),
);
