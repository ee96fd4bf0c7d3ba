import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestContext } from 'vitest';

/** A Slurm of one node that runs on this machine alone, without systemd, cgroups or anything in /etc. */
export interface TestSlurm {
  /** What its commands need in their environment. */
  readonly env: NodeJS.ProcessEnv;
  /** State of each job and array task, `1_0 COMPLETED` and the like, as `squeue` shows them. */
  states(): Map<string, string>;
  /** Waits until no job is left, or throws. */
  settle(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

const DAEMONS = ['munged', 'slurmctld', 'slurmd'] as const;

/** Starts it; skips the test where Slurm or MUNGE is not installed. */
export async function startSlurm(context: TestContext): Promise<TestSlurm> {
  const missing = [...DAEMONS, 'sbatch'].filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0,
  );
  if (missing.length > 0) context.skip(`no ${missing.join(', ')}: install slurm-wlm and munge`);
  const folder = mkdtempSync(join(tmpdir(), 'heuristrace-slurm-'));
  chmodSync(folder, 0o755); // munged wants its socket reachable for all
  const host = hostname().split('.')[0] ?? 'localhost';
  const conf = join(folder, 'slurm.conf');
  for (const name of ['state', 'spool', 'log']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'munge.key'), randomBytes(128), { mode: 0o600 });
  writeFileSync(conf, configuration(folder, host, await freePorts()));
  const env = { ...process.env, SLURM_CONF: conf };
  const run = (command: string, args: readonly string[]): string =>
    execFileSync(command, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const at = (name: string): string => join(folder, name);
  run('munged', [
    ...['key-file=munge.key', 'socket=munge.socket', 'pid-file=munged.pid', 'seed-file=munged.seed'].map(
      (line) => `--${line.replace('=', `=${folder}/`)}`,
    ),
    `--log-file=${at('log/munged.log')}`,
  ]);
  run('slurmctld', []);
  run('slurmd', ['-N', host]);
  for (let tries = 0; !/idle/.test(run('sinfo', ['-h', '-o', '%t'])); tries++) {
    if (tries > 300) throw new Error(`Slurm did not start: ${readFileSync(at('log/slurmctld.log'), 'utf8')}`);
    await delay(100);
  }
  const states = (): Map<string, string> =>
    new Map(
      run('squeue', ['-t', 'all', '-r', '-h', '-o', '%i %T'])
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.trim().split(' '))
        .map(([id = '', state = '']) => [id, state]),
    );
  return {
    env,
    states,
    settle: async (seconds) => {
      const until = Date.now() + seconds * 1000;
      while (run('squeue', ['-h']).trim() !== '') {
        if (Date.now() > until) throw new Error(`jobs are left: ${JSON.stringify([...states()])}`);
        await delay(200);
      }
    },
    stop: async () => {
      spawnSync('scancel', ['-u', userInfo().username], { env });
      for (const name of ['slurmd', 'slurmctld', 'munged']) {
        const pid = at(`${name}.pid`);
        if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8')), 'SIGTERM');
        for (let tries = 0; existsSync(pid) && tries < 50; tries++) await delay(100);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Two ports that nobody listens on: another Slurm of a test that was killed may still hold its own. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()] as const;
  const portOf = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('a server has no port');
    return address.port;
  };
  const ports = [await portOf(servers[0]), await portOf(servers[1])] as const;
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}

function configuration(folder: string, host: string, [control, node]: readonly [number, number]): string {
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${control}
SlurmdPort=${node}
SlurmUser=${userInfo().username}
SlurmdUser=${userInfo().username}
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
ReturnToService=2
KillWait=2
MinJobAge=3600
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/log/slurmctld.log
SlurmdLogFile=${folder}/log/slurmd.log
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=${host} Default=YES State=UP
`;
}
