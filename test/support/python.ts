import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';
import { projectPath } from './fixtures.js';

/** A Python that has huggingface_hub, kubernetes-validate and pyarrow: HEURISTRACE_PYTHON, else the one of .venv-hub; skips the test without one. */
export function pythonWithHub(context: TestContext): string {
  const python = process.env['HEURISTRACE_PYTHON'] ?? projectPath('.venv-hub/bin/python');
  const imports = ['-c', 'import huggingface_hub, kubernetes_validate, pyarrow'];
  const found = existsSync(python) && spawnSync(python, imports, { stdio: 'ignore' }).status === 0;
  if (!found)
    context.skip(
      'no Python with huggingface_hub, kubernetes-validate and pyarrow: set HEURISTRACE_PYTHON or make .venv-hub',
    );
  return python;
}

/** Runs a script of `scripts/` and reads the JSON that it prints. */
export function runPython(python: string, script: string, args: readonly string[]): Promise<unknown> {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', HF_HUB_DISABLE_TELEMETRY: '1' };
  return new Promise((resolve, reject) => {
    execFile(python, [projectPath(`scripts/${script}`), ...args], { env }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${script} failed:\n${stderr}`));
      else resolve(JSON.parse(stdout));
    });
  });
}
