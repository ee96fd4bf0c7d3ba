/** A number above this in a reset header is a time since 1970, not a duration, in seconds. */
const EPOCH_SECONDS = 1_000_000_000;

/**
 * How long a server asks to wait, in milliseconds, from the headers that Hubs and CDNs use: `RateLimit: ...;t=12`,
 * `RateLimit-Reset` (seconds from now, or since 1970) and `Retry-After` (seconds or a date).
 * @returns null when the server does not say
 */
export function askedWaitMs(headers: Headers, now: number): number | null {
  const reset = /(?:^|;|,)\s*t\s*=\s*(\d+)/.exec(headers.get('RateLimit') ?? '')?.[1];
  const seconds = [reset, headers.get('RateLimit-Reset'), headers.get('Retry-After')]
    .filter((value) => value !== undefined && value !== null)
    .find((value) => /^\s*\d+(\.\d+)?\s*$/.test(value));
  if (seconds !== undefined) {
    const value = Number(seconds);
    return Math.max(0, value > EPOCH_SECONDS ? value * 1000 - now : value * 1000);
  }
  const date = Date.parse(headers.get('Retry-After') ?? '');
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
