import { spawn } from 'node:child_process';
import { projectPath } from './fixtures.js';

const MAIN = projectPath('dist/cli/main.js');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Folder that it runs in; default: that of the tests. */
  readonly cwd?: string;
  /** Called with what stderr says so far; `kill` sends SIGINT unless told. */
  readonly onStderr?: (text: string, kill: (signal?: NodeJS.Signals) => void) => void;
}

/** Runs the built program as a user does. */
export function cli(
  args: readonly string[],
  { env = {}, cwd = process.cwd(), onStderr }: CliOptions = {},
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...process.env, ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      onStderr?.(stderr, (signal = 'SIGINT') => child.kill(signal));
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
