import { expect, it } from 'vitest';
import { forecastLines } from '../../src/cli/text/forecast-text.js';
import type { SweepForecast } from '../../src/sweep/plan/forecast.js';

const FORECAST: SweepForecast = {
  checkpoints: 20,
  fetchBytes: 6e9,
  diskBytes: 2e9,
  memoryBytes: 9.5e9,
  batch: 64,
  inFlight: 2,
  mapBytes: 1e9,
  gigaflops: 51.4,
  computeSeconds: 7250,
  fetchSeconds: 300,
};

it('a forecast says bytes, batch and time', () => {
  const [bytes, batch, time, ...more] = forecastLines(FORECAST, 1024);
  expect(bytes).toBe('to fetch: 6.00 GB, on disk at most 2.00 GB, memory about 9.50 GB');
  expect(batch).toBe('prompts computed together: 64, as --batch 1024 would not fit the memory');
  expect(time).toMatch(
    /^time: up to .*2.* to compute 20 checkpoints at 51 GFLOP\/s, without classification; meanwhile 5.* to fetch at 20\.0 MB\/s \(assumed\)$/,
  );
  expect(more).toEqual([]);
});

it('of a small suite in folders there is nothing to say, of a large one there is', () => {
  const local = { ...FORECAST, fetchBytes: 0, diskBytes: 0, fetchSeconds: 0 };
  expect(forecastLines({ ...local, computeSeconds: 4 }, 64)).toEqual([]);
  expect(forecastLines(local, 64)).toEqual([
    'nothing to fetch, memory about 9.50 GB',
    expect.stringMatching(
      /^time: up to .* to compute 20 checkpoints at 51 GFLOP\/s, without classification$/,
    ),
  ]);
});
