import { formatBytes } from '../../config/byte-size.js';
import { FETCH_RATE, type SweepForecast } from '../../sweep/plan/forecast.js';
import { formatDuration } from '../terminal/terminal.js';

/** A sweep that is over sooner needs no forecast of its time. */
const WORTH_SAYING_S = 60;

/**
 * What a sweep will need, in a few lines; none where it needs little and fetches nothing.
 * @param wantedBatch prompts that were to be computed together
 */
export function forecastLines(forecast: SweepForecast, wantedBatch: number): string[] {
  const { checkpoints, fetchBytes, diskBytes, memoryBytes, batch, gigaflops } = forecast;
  const { computeSeconds, fetchSeconds } = forecast;
  const lines: string[] = [];
  const memory = `memory about ${formatBytes(memoryBytes)}`;
  const isLong = computeSeconds >= WORTH_SAYING_S;
  if (fetchBytes > 0)
    lines.push(`to fetch: ${formatBytes(fetchBytes)}, on disk at most ${formatBytes(diskBytes)}, ${memory}`);
  else if (isLong || batch < wantedBatch) lines.push(`nothing to fetch, ${memory}`);
  if (batch < wantedBatch)
    lines.push(`prompts computed together: ${batch}, as --batch ${wantedBatch} would not fit the memory`);
  if (isLong || fetchSeconds >= WORTH_SAYING_S) {
    const compute = `up to ${formatDuration(computeSeconds)} to compute ${checkpoints} checkpoints at ${Math.round(gigaflops)} GFLOP/s, without classification`;
    const fetch = `${formatDuration(fetchSeconds)} to fetch at ${formatBytes(FETCH_RATE)}/s (assumed)`;
    lines.push(`time: ${fetchBytes > 0 ? `${compute}; meanwhile ${fetch}` : compute}`);
  }
  return lines;
}
