import { Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { addSweepOptions } from '../options/sweep-options.js';
import type { Terminal } from '../terminal/terminal.js';

/** `heuristrace cluster`: files that let a scheduler share a sweep among many machines. */
export function clusterCommand(terminal: Terminal) {
  return new Command('cluster')
    .description('write jobs that share a sweep among the machines of a cluster')
    .addCommand(slurmCommand(terminal))
    .addCommand(kubernetesCommand(terminal));
}

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return value;
};

const natural = (text: string): number => (text === '0' ? 0 : positive(text));

const absolute = (path: string): string => {
  if (!path.startsWith('/')) throw new InvalidArgumentError('Give an absolute path.');
  return path;
};

/** Options that both schedulers have, beside those of a sweep. */
function clusterCommandBase(name: string) {
  const command = new Command(name).exitOverride();
  addSweepOptions(command);
  return command
    .option('--jobs <number>', 'workers, each with a share of the checkpoints', positive, 8)
    .option('--at-once <number>', 'workers that run together, at most (default: all)', positive)
    .option('--cpus <number>', 'cores of each worker', positive, 4)
    .option('--gpus <number>', 'GPUs of each worker', natural, 0)
    .option('--memory <size>', 'memory of each worker, e.g. 16GB (default: estimated)')
    .option(
      '--time <duration>',
      'time of each worker, e.g. 12h (default: estimated from the speed of this machine)',
    )
    .option('--out <folder>', 'where the files are written (default: heuristrace-cluster/<suite>)');
}

function slurmCommand(terminal: Terminal) {
  return clusterCommandBase('slurm')
    .description("write a job array for Slurm's sbatch, and a job that unites its results")
    .option('--sbatch <options...>', 'options of sbatch for the jobs, e.g. --sbatch=--partition=gpu')
    .option('--submit', 'submit them')
    .addHelpText(
      'after',
      `
The folder of --out must lie on storage that all nodes share. A task that is killed goes on where it stopped.
The last job is a sweep of what the tasks left: its exit code is that of heuristrace sweep.

Examples:
  heuristrace cluster slurm --suite pythia-70m --steps log --jobs 16 --out /shared/pythia --submit
  heuristrace status --db /shared/pythia/pythia-70m.duckdb --spool /shared/pythia/spool
`,
    )
    .action(async (options, self) => {
      const { slurmScripts } = await import('../../cluster/slurm.js');
      const { describeJob, jsonText, submit, writeFiles } = await import('../work/cluster-job.js');
      const { job, settings, folder } = await describeJob(self.opts());
      await writeFiles(folder, {
        'sweep.json': jsonText(settings),
        ...slurmScripts(job, options.sbatch ?? []),
      });
      terminal.note(`${folder}: sweep.json, array.sh (${job.shards} tasks), finish.sh, submit.sh`);
      const script = `${folder}/submit.sh`;
      terminal.note(options.submit === true ? await submit(script) : `submit them with sh ${script}`);
    });
}

function kubernetesCommand(terminal: Terminal) {
  return clusterCommandBase('kubernetes')
    .description('write an Indexed Job for Kubernetes, and a job that unites its results')
    .requiredOption('--image <name>', 'image with heuristrace (see Dockerfile)')
    .requiredOption('--claim <name>', 'PersistentVolumeClaim that all pods share')
    .option(
      '--mount <folder>',
      'where it is mounted; suite, spool and database lie there, and relative paths begin there',
      absolute,
      '/data',
    )
    .addHelpText(
      'after',
      `
The last job is a sweep of what the workers left: its exit code is that of heuristrace sweep. HF_HOME is
the folder huggingface of the volume, as in the image of the Dockerfile.

Example:
  heuristrace cluster kubernetes --suite pythia-70m --jobs 16 --image registry/heuristrace --claim data
`,
    )
    .action(async ({ image, claim, mount }, self) => {
      const { applyLine, kubernetesManifests, POD_CONFIG } = await import('../../cluster/kubernetes.js');
      const { describeJob, writeFiles } = await import('../work/cluster-job.js');
      const { job: here, settings, files, folder } = await describeJob(self.opts(), mount);
      const job = { ...here, program: ['heuristrace'], config: POD_CONFIG };
      await writeFiles(folder, { ...kubernetesManifests(job, { image, claim, mount, settings, files }) });
      terminal.note(`${folder}: workers.yaml (${job.shards} pods), finish.yaml`);
      terminal.note(applyLine(job.name, folder));
    });
}
