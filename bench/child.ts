/**
 * One measurement in a process of its own, so that engines and memory do not meet: reads the options as JSON from
 * standard input, writes the result as JSON to standard output. Started by `runTask` alone.
 */
import { json } from 'node:stream/consumers';

const TASKS: Readonly<Record<string, () => Promise<(options: unknown) => unknown>>> = {
  forward: async () => (await import('./tasks/forward.js')).forwardRate,
  classify: async () => (await import('./tasks/classify.js')).classify,
  scale: async () => (await import('./tasks/scale.js')).scale,
  values: async () => (await import('./tasks/values.js')).ourValues,
};

const name = process.argv[2] ?? '';
const load = TASKS[name];
if (load === undefined) throw new Error(`there is no task ${name}`);
const task = await load();
process.stdout.write(JSON.stringify(await task(await json(process.stdin))));
