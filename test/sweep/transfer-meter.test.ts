import { expect, it } from 'vitest';
import { TransferMeter } from '../../src/sweep/sources/transfer-meter.js';

it('counts what is gained, with the rate of the last seconds', () => {
  let now = 1_000;
  const contents = new Map([
    ['a', { size: 1_000, missing: 600 }],
    ['b', { size: 5_000, missing: 5_000 }],
    ['there', { size: 70, missing: 0 }],
  ]);
  const meter = new TransferMeter({ contents, now: () => now });
  expect(meter.progress()).toEqual({ bytes: 0, totalBytes: 5_600, bytesPerSecond: null, secondsLeft: null });
  now += 2_000;
  meter.set('a', 700);
  meter.set('b', 100);
  meter.set('there', 70);
  expect(meter.progress()).toEqual({ bytes: 400, totalBytes: 5_600, bytesPerSecond: 200, secondsLeft: 26 });
  // Starts over, as after a wrong checksum.
  now += 1_000;
  meter.set('b', 0);
  expect(meter.progress()).toMatchObject({ bytes: 300, bytesPerSecond: 100 });
  meter.set('a', 0);
  expect(meter.progress()).toMatchObject({ bytes: 0, bytesPerSecond: null, secondsLeft: null });
  for (let i = 1; i <= 40; i++) {
    now += 1_000;
    meter.set('b', i * 50);
  }
  expect(meter.progress()).toMatchObject({ bytes: 1_600, bytesPerSecond: 50 });
});
