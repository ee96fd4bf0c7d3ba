import { finishCommand, quoted, RESTARTS, workerCommand, type ClusterJob, type Resources } from './job.js';

/** Seconds before its time is up that a worker is told to stop: enough to write what is finished. */
const NOTICE = 120;

/** Scripts for Slurm's sbatch, by file name. */
export interface SlurmScripts {
  /** A job array with one task a shard. */
  readonly 'array.sh': string;
  /** Runs when all tasks have ended, however they ended. */
  readonly 'finish.sh': string;
  /** Submits both. */
  readonly 'submit.sh': string;
}

const command = (words: readonly string[]): string => words.map(quoted).join(' ');

/** `D-HH:MM:SS` (sbatch, --time) */
export function slurmTime(seconds: number): string {
  const whole = Math.ceil(seconds / 60) * 60;
  const part = (unit: number, of: number): string => String(Math.floor(whole / unit) % of).padStart(2, '0');
  return `${Math.floor(whole / 86_400)}-${part(3600, 24)}:${part(60, 60)}:${part(1, 60)}`;
}

function resourceLines({ cpus, gpus, memoryBytes, seconds }: Resources): string[] {
  return [
    `#SBATCH --cpus-per-task=${cpus}`,
    `#SBATCH --mem=${Math.ceil(memoryBytes / 2 ** 20)}M`,
    `#SBATCH --time=${slurmTime(seconds)}`,
    ...(gpus > 0 ? [`#SBATCH --gres=gpu:${gpus}`] : []),
  ];
}

/**
 * A job array, a job that depends on it, and what submits them. A task that is told to stop, killed or out of time puts
 * itself into the queue again and goes on where it stopped; one whose script is killed stays failed, and the last job does
 * its checkpoints (Slurm requeues neither by itself: sbatch --requeue only permits it).
 * @param extra lines of `#SBATCH` options for both jobs, e.g. `--partition=gpu`
 */
export function slurmScripts(job: ClusterJob, extra: readonly string[] = []): SlurmScripts {
  const shared = [...resourceLines(job.resources), ...extra.map((line) => `#SBATCH ${line}`)];
  return {
    'array.sh': `#!/bin/bash
#SBATCH --job-name=${job.name}
#SBATCH --array=0-${job.shards - 1}%${job.atOnce}
${shared.join('\n')}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@${NOTICE}
#SBATCH --output=${job.logs}/%A_%a.log
# One share of the checkpoints. What is finished lies in the spool, so that no kill loses it.
set -u
${command(workerCommand(job, 'auto'))} &
worker=$!
trap 'kill -TERM "$worker" 2>/dev/null' TERM INT
status=0
while :; do
  wait "$worker"
  status=$?
  kill -0 "$worker" 2>/dev/null || break # a signal ended the wait, not the worker
done
case "$status" in
  53 | 130 | 137 | 143) # out of time, told to stop, or killed: not the program's own failure
    if [ "\${SLURM_RESTART_COUNT:-0}" -lt ${RESTARTS} ]; then
      echo "ended with $status: into the queue again"
      scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}" && sleep 60
    fi
    ;;
esac
exit "$status"
`,
    'finish.sh': `#!/bin/bash
#SBATCH --job-name=${job.name}-finish
${shared.join('\n')}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=${job.logs}/finish_%j.log
# Unites what the tasks wrote, then computes what none of them finished.
exec ${command(finishCommand(job))}
`,
    'submit.sh': `#!/bin/sh
# Submits the array and, after it, the job that unites its results.
set -eu
cd "$(dirname "$0")"
array=$(sbatch --parsable array.sh)
finish=$(sbatch --parsable --dependency="afterany:\${array%%;*}" finish.sh)
echo "array \${array%%;*}, then \${finish%%;*}"
`,
  };
}
