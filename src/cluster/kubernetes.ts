import { stringify } from 'yaml';
import { finishCommand, quoted, RESTARTS, workerCommand, type ClusterJob, type Resources } from './job.js';

export interface KubernetesOptions {
  /** Image with the program (see Dockerfile). */
  readonly image: string;
  /** PersistentVolumeClaim that all pods share, mounted at `mount`; it holds suite, spool, cache and database. */
  readonly claim: string;
  readonly mount: string;
  /** The sweep's settings, which a ConfigMap carries. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Files that the settings name by their `podPath`, by name; the same ConfigMap carries them. */
  readonly files: Readonly<Record<string, string>>;
}

/** Manifests for kubectl, by file name. */
export interface KubernetesManifests {
  /** The settings and an Indexed Job with one pod a shard. */
  readonly 'workers.yaml': string;
  /** The job to apply when that one has ended, however it ended. */
  readonly 'finish.yaml': string;
}

const CONFIG_FOLDER = '/etc/heuristrace';
const CONFIG_FILE = 'sweep.json';

/** Where a file of the ConfigMap lies in a pod. */
export function podPath(file: string): string {
  return `${CONFIG_FOLDER}/${file}`;
}

/** Where the settings lie in a pod. */
export const POD_CONFIG = podPath(CONFIG_FILE);

/**
 * An Indexed Job (Kubernetes, batch/v1: `completionMode: Indexed`, JOB_COMPLETION_INDEX in each pod) whose pods take a
 * share each, and a job that unites what they wrote. A pod that is killed is started again, `RESTARTS` times an index.
 */
export function kubernetesManifests(job: ClusterJob, options: KubernetesOptions): KubernetesManifests {
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: job.name },
    data: { ...options.files, [CONFIG_FILE]: JSON.stringify(options.settings, null, 2) },
  };
  const workers = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: job.name },
    spec: {
      completionMode: 'Indexed',
      completions: job.shards,
      parallelism: job.atOnce,
      backoffLimitPerIndex: RESTARTS,
      template: podOf(job, options, workerCommand(job, `auto/${job.shards}`)),
    },
  };
  const finish = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: `${job.name}-finish` },
    spec: {
      backoffLimit: RESTARTS,
      template: podOf(job, options, finishCommand(job)),
    },
  };
  return {
    'workers.yaml': [settings, workers].map((one) => stringify(one)).join('---\n'),
    'finish.yaml': stringify(finish),
  };
}

/**
 * A line of shell that runs the workers and then the last job. A worker that failed for good makes its job `Failed`, never
 * `Complete`, and `kubectl wait` waits for one of them only.
 */
export function applyLine(name: string, folder: string): string {
  const apply = (file: keyof KubernetesManifests): string =>
    `kubectl apply -f ${quoted(`${folder}/${file}`)}`;
  const conditions = `kubectl get job/${name} -o 'jsonpath={.status.conditions[*].type}'`;
  const isOver = `${conditions} | grep -Eqw 'Complete|Failed'`;
  return `${apply('workers.yaml')}; until ${isOver}; do sleep 30; done; ${apply('finish.yaml')}`;
}

function podOf(
  { name, resources }: ClusterJob,
  { image, claim, mount }: KubernetesOptions,
  words: readonly string[],
): object {
  return {
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 120,
      containers: [
        {
          name: 'heuristrace',
          image,
          command: words,
          workingDir: mount,
          env: [{ name: 'HF_HOME', value: `${mount}/huggingface` }],
          resources: requested(resources),
          volumeMounts: [
            { name: 'data', mountPath: mount },
            { name: 'settings', mountPath: CONFIG_FOLDER, readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: claim } },
        { name: 'settings', configMap: { name } },
      ],
    },
  };
}

function requested({ cpus, gpus, memoryBytes }: Resources): object {
  const memory = `${Math.ceil(memoryBytes / 2 ** 20)}Mi`;
  const gpu = gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {};
  return { requests: { cpu: String(cpus), memory }, limits: { memory, ...gpu } };
}
