import { spawn } from 'node:child_process';
import { InterruptedError } from '../errors/errors.js';

/** Lines of a failing program that are worth showing. */
const TAIL_LINES = 12;

export interface ToolResult {
  /** null when it could not be started or a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  /** The last lines of both streams. */
  readonly tail: string;
}

/**
 * Runs a program without a shell to its end. When `signal` fires it is ended with everything that it started; when this
 * process ends, too.
 * @throws InterruptedError when `signal` fired
 */
export async function runTool(params: {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}): Promise<ToolResult> {
  const { command, args, cwd, env = process.env, signal } = params;
  throwIfStopped(signal);
  // A process group of its own: compilers and pip start helpers, which must end with them.
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  };
  process.on('exit', end);
  signal?.addEventListener('abort', end);
  try {
    const result = await new Promise<ToolResult>((resolve) => {
      let [stdout, both] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        both += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => (both += chunk.toString()));
      child.on('error', (error) => {
        resolve({ code: null, stdout, tail: error.message });
      });
      child.on('close', (code) => {
        resolve({ code, stdout, tail: both.trim().split('\n').slice(-TAIL_LINES).join('\n') });
      });
    });
    throwIfStopped(signal);
    return result;
  } finally {
    process.off('exit', end);
    signal?.removeEventListener('abort', end);
  }
}

function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new InterruptedError();
}
