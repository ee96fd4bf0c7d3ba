import { randomBytes } from 'node:crypto';
import { startStandInHub } from '../test/support/stand-in-hub.js';

/** A stand-in Hub as a process of its own, so that client and server do not share a thread. Prints its endpoint. */
const [files = '4', megabytes = '75'] = process.argv.slice(2);
const hub = await startStandInHub();
const contents: Record<string, Buffer> = {};
for (let i = 0; i < Number(files); i++)
  contents[`model-${i}.safetensors`] = randomBytes(Number(megabytes) * 1_000_000);
hub.addRepo('bench/model', { main: { ...contents, 'config.json': '{}' } });
process.stdout.write(`${hub.endpoint}\n`);
