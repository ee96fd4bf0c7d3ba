import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Figures in tests are those of wasm; tests of other engines start them by name. CI installs the native one here.
    env: {
      HEURISTRACE_ENGINE: 'wasm',
      HEURISTRACE_ENGINES: process.env['HEURISTRACE_ENGINES'] ?? resolve('.engines'),
    },
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', 'json'],
    outputFile: { json: '.vitest-report.json' },
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
