import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/hub/requests/clock.js';
import { fetchFiles, type FetchedFile, type FetchParams } from '../../src/hub/download/fetch-files.js';
import { openHub, type Hub, type HubOptions } from '../../src/hub/hub.js';
import { listFiles } from '../../src/hub/listing/list-files.js';
import { scratchFolder } from './scratch.js';
import { startStandInHub, type StandInHub, type StandInOptions } from './stand-in-hub.js';

/** A stand-in Hub that ends with the test. */
export async function standIn(options?: StandInOptions): Promise<StandInHub> {
  const hub = await startStandInHub(options);
  onTestFinished(() => hub.close());
  return hub;
}

/** A clock that jumps where the program waits, and remembers the waits in milliseconds. */
export function jumpingClock(random = 0.5): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  let time = Date.parse('2024-05-01T00:00:00Z');
  return {
    waits,
    now: () => time,
    sleep: async (ms) => {
      waits.push(ms);
      time += ms;
      await wait(1);
    },
    random: () => random,
  };
}

/** Opens a stand-in with an empty cache, an empty environment and a clock that does not wait. */
export function hubAt(standing: StandInHub, options: HubOptions = {}): Hub {
  return openHub({
    endpoint: standing.endpoint,
    cacheDir: scratchFolder(),
    env: {},
    clock: jumpingClock(),
    stallMs: 1000,
    ...options,
  });
}

/** Fetches all files of a commit. */
export async function fetchAll(params: Omit<FetchParams, 'files'>): Promise<FetchedFile[]> {
  return fetchFiles({ ...params, files: await listFiles(params) });
}

/** Bytes that are not all alike, the same for the same seed. */
export function noise(bytes: number, seed = 1): Buffer {
  const buffer = Buffer.alloc(bytes);
  for (let i = 0, x = seed; i < bytes; i++) {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    buffer[i] = x >> 16;
  }
  return buffer;
}
