import { spawn } from 'node:child_process';

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Written to its standard input. */
  readonly input?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a failed process said last, in characters. */
const LAST_WORDS = 2000;

/**
 * Runs a process to its end.
 * @returns its standard output
 * @throws Error with the end of its standard error when it fails
 */
export async function runProcess({ command, args, input = '', env = {} }: ProcessOptions): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...env } });
  child.stdin.end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new Error(`${command} ended with ${code ?? 'a signal'}:\n${stderr.slice(-LAST_WORDS)}`);
  return stdout;
}
