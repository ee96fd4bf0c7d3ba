import { cpus, loadavg, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { packagePath, programVersion } from '../src/files/package.js';
import { z } from 'zod';
import type { Occasion } from './results.js';

const Package = z.object({ version: z.string() });

/** Libraries whose speed is measured. */
const LIBRARIES = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', '@duckdb/node-api'] as const;

/** Now, on this machine. */
export function occasionNow(smoke: boolean): Occasion {
  const [cpu] = cpus();
  const libraries = LIBRARIES.map((name) => {
    const json: unknown = JSON.parse(readFileSync(packagePath(`node_modules/${name}/package.json`), 'utf8'));
    return [name, Package.parse(json).version] as const;
  });
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memory: totalmem(),
      versions: {
        heuristrace: programVersion(),
        node: process.versions.node,
        ...Object.fromEntries(libraries),
      },
      load: Math.round(10 * (loadavg()[0] ?? 0)) / 10,
    },
    smoke,
  };
}
