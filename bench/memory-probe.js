/**
 * Loaded before a program whose memory is measured (node --import): on its end, writes its peak and the resident
 * bytes seen while it ran to the file that HEURISTRACE_BENCH_MEMORY names.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.HEURISTRACE_BENCH_MEMORY;
if (isMainThread && file !== undefined) {
  const samples = [];
  setInterval(() => samples.push(process.memoryUsage.rss()), 20).unref();
  process.on('exit', () => {
    const peak = 1024 * process.resourceUsage().maxRSS;
    writeFileSync(file, JSON.stringify({ peak, samples }));
  });
}
