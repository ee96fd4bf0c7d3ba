import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from '../support/cli.js';
import {
  branchesOf,
  filesOf,
  hubEnv,
  hubManifest,
  SUITE_REPO,
  weightsOf,
  writeHubManifest,
} from '../support/hub-suite.js';
import { standIn } from '../support/hubs.js';
import { sha256 } from '../support/stand-in-repo.js';

interface Outcome {
  readonly forecast: {
    readonly revisions: number;
    readonly fetchBytes: number;
    readonly presentBytes: number;
  };
  readonly complete: readonly {
    readonly step: number | null;
    readonly receivedBytes: number;
    readonly files: string[];
  }[];
  readonly failures: readonly { readonly revision: string; readonly kind: string }[];
  readonly untried: readonly unknown[];
  readonly missing: readonly unknown[];
}

const read = (stdout: string): Outcome => JSON.parse(stdout) as Outcome;
const received = ({ complete }: Outcome): number => complete.reduce((sum, one) => sum + one.receivedBytes, 0);
const stepsOf = ({ complete }: Outcome) =>
  complete.map(({ step }) => step).sort((a, b) => (a ?? -1) - (b ?? -1));

/** A stand-in with the small suite, and how the program is run against it. */
async function smallSuite(steps: readonly number[] = [0, 8, 16]) {
  const standing = await standIn();
  const commits = standing.addRepo(SUITE_REPO, branchesOf(steps));
  const env = hubEnv(standing);
  const manifest = writeHubManifest();
  const root = join(env['HF_HUB_CACHE'] ?? '', 'models--someone--tiny-suite');
  const fetch = (...more: string[]) => cli(['fetch', manifest, ...more], { env });
  return { standing, commits, env, manifest, root, fetch };
}

describe('heuristrace fetch', () => {
  it('brings what a sweep needs, and nothing a second time', async () => {
    const { standing, commits, root, fetch } = await smallSuite();
    const first = await fetch('--json');
    expect(first.stderr).toMatch(/4 revisions: 4\.50 MB to fetch, 0 B in the cache already, .* free/);
    expect(first.code).toBe(0);
    const outcome = read(first.stdout);
    expect(stepsOf(outcome)).toEqual([null, 0, 8, 16]);
    expect(outcome.complete.find(({ step }) => step === 8)?.files).toEqual([
      'config.json',
      'model.safetensors',
    ]);
    expect(outcome).toMatchObject({ failures: [], untried: [], missing: [] });
    expect(received(outcome)).toBe(outcome.forecast.fetchBytes);
    const snapshot = join(root, 'snapshots', commits['step8'] ?? '');
    expect(readFileSync(join(snapshot, 'model.safetensors')).equals(weightsOf(8))).toBe(true);
    expect(readdirSync(snapshot).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(readFileSync(join(root, 'refs', 'step8'), 'utf8')).toBe(commits['step8']);

    const before = standing.requests.filter(({ where }) => where === 'cdn').length;
    const again = read((await fetch('--json')).stdout);
    expect(again.forecast).toMatchObject({ fetchBytes: 0, presentBytes: outcome.forecast.fetchBytes });
    expect(received(again)).toBe(0);
    expect(standing.requests.filter(({ where }) => where === 'cdn')).toHaveLength(before);
  });

  it('chooses steps and seeds, and says what it did', async () => {
    const { standing, env } = await smallSuite();
    standing.addRepo('someone/second', branchesOf([0, 8]));
    const manifest = writeHubManifest(
      hubManifest({
        runs: [
          { seed: 0, repo: SUITE_REPO },
          { seed: 3, repo: 'someone/second' },
        ],
      }),
    );
    const { code, stdout, stderr } = await cli(['fetch', manifest, '--seeds', '3', '--steps', 'last:1'], {
      env,
    });
    expect(stdout).toMatch(/^1 checkpoint and 1 tokenizer in /);
    expect(stderr).toMatch(/someone\/second lacks 1 step that the suite lists: 16/);
    expect(code).toBe(0);
    const both = await cli(['fetch', manifest, '--steps', '16', '--json'], { env });
    expect(stepsOf(read(both.stdout))).toEqual([null, null, 16]);
    for (const [args, exit, message] of [
      [['--steps', '9'], 4, /Did you mean '8'/],
      [['--seeds', '1'], 4, /unknown seed '1'/],
      [['--disk-budget', '5 GiB'], 2, /'5 GiB' is no size for --disk-budget/],
    ] as const) {
      const refused = await cli(['fetch', manifest, ...args], { env });
      expect(refused.stderr).toMatch(message);
      expect(refused.code).toBe(exit);
    }
  });

  it('refuses what does not fit before fetching, and suites in folders', async () => {
    const { root, fetch } = await smallSuite();
    const refused = await fetch('--disk-budget', '4MB');
    expect(refused.stderr).toMatch(/4\.50 MB to fetch/);
    expect(refused.code).toBe(69);
    expect(existsSync(root)).toBe(false);
    expect((await fetch('--disk-budget', '5MB')).code).toBe(0);
    const local = await cli(['fetch', 'embedded']);
    expect(local).toMatchObject({ code: 2, stdout: '' });
    expect(local.stderr).toMatch(/in folders/);
  });

  it('reports what failed at the end, with the exit code of the first failure, and fetches the rest', async () => {
    const { standing, fetch } = await smallSuite();
    standing.moveBranch(SUITE_REPO, 'step8', { 'config.json': filesOf(8)['config.json'] ?? '' });
    standing.plant('cdn', new RegExp(sha256(weightsOf(0))), { kind: 'corrupt' }, 2);
    const { code, stdout, stderr } = await fetch('--json');
    expect(code).toBe(62);
    const outcome = read(stdout);
    expect(stepsOf(outcome)).toEqual([null, 16]);
    expect(outcome.failures.map(({ revision, kind }) => [revision, kind])).toEqual([
      ['step8', 'hubFile'],
      ['step0', 'downloadChecksum'],
    ]);
    expect(stderr).toMatch(/2 revision\(s\) could not be fetched:\n.*step8: .*no file 'model\.safetensors'/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('offline, is content with what is there and names what is not', async () => {
    const { standing, env, manifest, fetch } = await smallSuite();
    expect((await fetch('--steps', '0,8')).code).toBe(0);
    const offline = { ...env, HF_HUB_OFFLINE: '1' };
    const requests = standing.requests.length;
    const there = await cli(['fetch', manifest, '--steps', '0,8', '--json'], { env: offline });
    expect(stepsOf(read(there.stdout))).toEqual([null, 0, 8]);
    expect(there.code).toBe(0);
    expect((await cli(['fetch', manifest, '--steps', '16'], { env: offline })).code).toBe(4);
    const empty = await cli(['fetch', manifest], { env: { ...hubEnv(standing), HF_HUB_OFFLINE: '1' } });
    expect(empty.code).toBe(64);
    expect(empty.stderr).toMatch(/offline, and the cache does not hold the revisions of someone\/tiny-suite/);
    expect(standing.requests).toHaveLength(requests);
  });

  it('stops on Ctrl-C and goes on where it stopped', async () => {
    const { standing, env, manifest } = await smallSuite();
    const stalling = new RegExp(sha256(weightsOf(8)));
    standing.plant('cdn', stalling, { kind: 'stall', after: 1_200_000 }, 5);
    const stopped = await cli(['fetch', manifest, '--json'], {
      env,
      onStderr: (text, kill) => {
        if (/step8: model\.safetensors: no byte for 1 s/.test(text) && !text.includes('stopping')) kill();
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toBe('');
    expect(stopped.stderr).toMatch(/stopped: interrupted/);
    await standing.close();

    const again = await standIn();
    again.addRepo(SUITE_REPO, branchesOf([0, 8, 16]));
    const { code, stdout } = await cli(['fetch', manifest, '--json'], {
      env: { ...env, HF_ENDPOINT: again.endpoint },
    });
    expect(code).toBe(0);
    const outcome = read(stdout);
    expect(stepsOf(outcome)).toEqual([null, 0, 8, 16]);
    expect(outcome.complete.find(({ step }) => step === 8)?.receivedBytes).toBe(
      weightsOf(8).length - 1_200_000,
    );
    expect(again.requests.find(({ url, where }) => where === 'cdn' && stalling.test(url))?.range).toBe(
      'bytes=1200000-',
    );
  });

  it('a gated repo is told once, and other runs are fetched', async () => {
    const { standing, env } = await smallSuite();
    standing.addRepo('someone/gated', branchesOf([0, 8, 16]), { access: 'gated' });
    const manifest = writeHubManifest(
      hubManifest({
        runs: [
          { seed: 0, repo: 'someone/gated' },
          { seed: 1, repo: SUITE_REPO },
          { seed: 2, repo: 'someone/not-there' },
        ],
      }),
    );
    const { code, stdout, stderr } = await cli(['fetch', manifest, '--json'], { env });
    const outcome = read(stdout);
    expect(outcome.failures.map(({ kind }) => kind)).toEqual(['repoNotFound', 'hubAccess']);
    expect(code).toBe(60);
    expect(outcome.untried).toHaveLength(3);
    expect(stepsOf(outcome)).toEqual([null, 0, 8, 16]);
    expect(stderr).toMatch(/2 revision\(s\) could not be fetched, 3 were not tried/);
    const alone = await cli(['fetch', manifest, '--seeds', '0'], { env });
    expect(alone.code).toBe(63);
    expect(alone.stderr).toMatch(/gated/);
  });

  it('takes a repo without a manifest, with the pattern guessed or given', async () => {
    const { standing, env } = await smallSuite();
    const { main = {} } = branchesOf([]);
    standing.addRepo('me/own', {
      main,
      'part-a': filesOf(0),
      'checkpoint-5': filesOf(8),
      'checkpoint-10': filesOf(16),
    });
    const guessed = await cli(['fetch', 'hf:me/own', '--json'], { env });
    expect(guessed.code).toBe(0);
    expect(stepsOf(read(guessed.stdout))).toEqual([null, 5, 10]);
    const odd = await cli(['fetch', 'hf:me/own', '--pattern', 'part-{step}'], { env });
    expect(odd.stderr).toMatch(/no revision 'part-\{step\}'/);
    expect(odd.code).toBe(61);
    expect((await cli(['fetch', 'hf:me/none'], { env })).code).toBe(60);
    expect((await cli(['fetch', 'pythia-70n'], { env })).stderr).toMatch(/Did you mean 'pythia-70m'/);
  });
});
