import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { writeWhole } from '../../files/write.js';

/** Lines kept. */
export const HISTORY_LINES = 1000;
/** What was typed may name private things. */
const OWNER_ONLY = 0o600;

/** Where what was typed is kept, following the XDG Base Directory Specification: `~/.local/state` unless told. */
export function historyFile(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME'] ?? '';
  const folder = isAbsolute(state) ? state : join(env['HOME'] ?? homedir(), '.local', 'state');
  return join(folder, 'heuristrace', 'sql-history');
}

/** Lines typed before, the latest first; none where there is no such file. */
export function readHistory(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(0, HISTORY_LINES);
  } catch {
    return [];
  }
}

/** Keeps lines, the latest first. A shell does not fail by it. */
export async function writeHistory(file: string, lines: readonly string[]): Promise<void> {
  try {
    mkdirSync(dirname(file), { recursive: true });
    await writeWhole(file, `${lines.slice(0, HISTORY_LINES).join('\n')}\n`);
    chmodSync(file, OWNER_ONLY);
  } catch {
    // a home that cannot be written: the next shell begins without history
  }
}
