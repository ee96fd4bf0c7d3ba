import { UsageError } from '../errors/errors.js';

/** Powers of 1,000, as disks are sold. */
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
const LETTERS = 'kmgt';

/**
 * Reads a size: `50GB`, `1.5 TB`, `700MB`, `512kB`, `4096B`; the case of letters does not matter, a bare number is bytes.
 * @param where what the size is for, e.g. `--disk-budget`
 * @returns whole bytes
 * @throws UsageError for other text, or more bytes than can be counted
 */
export function parseByteSize(text: string, where: string): number {
  const [, digits, letter] = /^(\d+(?:\.\d+)?) *(?:([kmgt])?b)?$/i.exec(text.trim()) ?? [];
  const power = letter === undefined ? 0 : LETTERS.indexOf(letter.toLowerCase()) + 1;
  const bytes = Math.round(Number(digits) * 1000 ** power);
  if (!Number.isSafeInteger(bytes))
    throw new UsageError(`'${text}' is no size for ${where}`, 'Write e.g. 50GB, 1.5TB or 700MB.');
  return bytes;
}

/** Bytes as people say them, to three digits: `282 MB`, `13.7 GB`. */
export function formatBytes(bytes: number): string {
  const digits = Number(bytes.toPrecision(3));
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, digits)) / 3)));
  const value = digits / 1000 ** power;
  return `${power === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${UNITS[power] ?? ''}`;
}
