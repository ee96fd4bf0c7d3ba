import { UsageError } from '../../errors/errors.js';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `90m`, `1.5h`, `45s`, `2d`. @throws UsageError for another form */
export function parseDuration(option: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  const seconds = Number(number) * (SECONDS[unit ?? ''] ?? NaN);
  if (!Number.isFinite(seconds))
    throw new UsageError(
      `${option} ${text} is no duration`,
      `Give a number and a unit, e.g. ${option} 90m or 1.5h.`,
    );
  return seconds;
}
