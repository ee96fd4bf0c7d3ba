import { expect, it } from 'vitest';
import { cli } from '../support/cli.js';
import {
  branchesOf,
  filesOf,
  hubEnv,
  hubManifest,
  SUITE_REPO,
  writeHubManifest,
} from '../support/hub-suite.js';
import { standIn } from '../support/hubs.js';

it('a suite that is as its manifest says ends well, other branches or not', async () => {
  const standing = await standIn();
  standing.addRepo(SUITE_REPO, { ...branchesOf([0, 8, 16]), draft: filesOf(8) });
  const { code, stdout, stderr } = await cli(['suites', 'check', writeHubManifest()], {
    env: hubEnv(standing),
  });
  expect(stdout).toBe(
    'revisions: step{step}\nseed 0, someone/tiny-suite: 3 checkpoints, 3 expected\n  not expected: draft\n',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

it('steps that are missing or too many end with a code of their own, known faults do not', async () => {
  const standing = await standIn();
  standing.addRepo(SUITE_REPO, branchesOf([0, 8, 12]));
  const env = hubEnv(standing);
  const bare = await cli(['suites', 'check', writeHubManifest(), '--json'], { env });
  expect(bare.code).toBe(52);
  expect(bare.stderr).toMatch(/tiny-suite lacks 1 of 3 steps; someone\/tiny-suite has 1 more/);
  expect(JSON.parse(bare.stdout)).toEqual([
    {
      ...{ seed: 0, repo: SUITE_REPO, expected: 3, present: 3 },
      missing: [{ step: 16, reports: [] }],
      unexpected: ['step12'],
    },
  ]);
  standing.addRepo(SUITE_REPO, branchesOf([0, 8]));
  const report = 'https://example.org/report';
  const known = hubManifest({
    faults: [{ kind: 'missing', steps: '16', state: 'present', expected: false, note: 'gone', report }],
  });
  const excused = await cli(['suites', 'check', writeHubManifest(known)], { env });
  expect(excused.stdout).toMatch(/missing: step 16 \(known\)/);
  expect(excused.code).toBe(0);
});

it("a user's own repo is checked by the pattern that is guessed or given", async () => {
  const standing = await standIn();
  standing.addRepo('me/own', { ...branchesOf([0, 8, 16]), 'part-1': filesOf(0) });
  const env = hubEnv(standing);
  const guessed = await cli(['suites', 'check', 'hf:me/own'], { env });
  expect(guessed.stdout).toBe(
    'revisions: step{step}\nseed 0, me/own: 3 checkpoints\n  not expected: part-1\n',
  );
  expect(guessed.code).toBe(0);
  const given = await cli(['suites', 'check', 'hf:me/own', '--pattern', 'part-{checkpoint}'], { env });
  expect(given.stdout).toMatch(/1 checkpoints\n {2}not expected: step0, step16, step8/);
  const none = await cli(['suites', 'check', 'hf:me/own', '--pattern', 'no-{step}'], { env });
  expect(none.stderr).toMatch(/me\/own has no checkpoints/);
  expect(none.code).toBe(52);
  expect((await cli(['suites', 'check', 'hf:me/own', '--pattern', 'part'], { env })).code).toBe(2);
  const offline = await cli(['suites', 'check', 'hf:me/own'], { env: { ...env, HF_HUB_OFFLINE: '1' } });
  expect(offline.code).not.toBe(1);
});
