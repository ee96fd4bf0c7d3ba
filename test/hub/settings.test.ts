import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hubSettings } from '../../src/hub/requests/settings.js';
import { scratchFolder } from '../support/scratch.js';

it('the environment is read as huggingface_hub reads it', () => {
  const home = scratchFolder();
  const settings = (env: Record<string, string>) => hubSettings({}, { HOME: home, ...env });
  expect(settings({}).cacheDir).toBe(join(home, '.cache/huggingface/hub'));
  expect(settings({ XDG_CACHE_HOME: '/x' }).cacheDir).toBe('/x/huggingface/hub');
  expect(settings({ XDG_CACHE_HOME: '/x', HF_HOME: '~/hf' }).cacheDir).toBe(join(home, 'hf/hub'));
  expect(settings({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old' }).cacheDir).toBe('/old');
  expect(settings({ HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '$HOME/c', HF_HOME: '/h' }).cacheDir).toBe(
    join(home, 'c'),
  );
  expect(settings({ HF_ENDPOINT: 'http://localhost:8080/' }).endpoint).toBe('http://localhost:8080');
  expect(settings({ HF_HUB_DOWNLOAD_TIMEOUT: '7' }).stallMs).toBe(7000);
  for (const value of ['1', 'on', 'Yes', 'TRUE'])
    expect(settings({ HF_HUB_OFFLINE: value }).offline).toBe(true);
  expect(settings({ TRANSFORMERS_OFFLINE: '1' }).offline).toBe(true);
  expect(settings({ HF_HUB_OFFLINE: '0' }).offline).toBe(false);
});

it('the token comes from the caller, the environment or the token file, in this order', () => {
  const home = scratchFolder();
  mkdirSync(join(home, 'hf'));
  writeFileSync(join(home, 'hf', 'token'), 'from_file\n');
  writeFileSync(join(home, 'elsewhere'), 'from_path');
  const env = { HOME: home, HF_HOME: join(home, 'hf') };
  expect(hubSettings({}, env).token).toBe('from_file');
  expect(hubSettings({}, { ...env, HF_TOKEN_PATH: '~/elsewhere' }).token).toBe('from_path');
  expect(hubSettings({}, { ...env, HF_TOKEN: 'from_env' }).token).toBe('from_env');
  expect(
    hubSettings({}, { ...env, HF_TOKEN: 'from_env', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }).token,
  ).toBeUndefined();
  expect(hubSettings({ token: 'given' }, { ...env, HF_TOKEN: 'from_env' }).token).toBe('given');
  expect(hubSettings({ token: false }, { ...env, HF_TOKEN: 'from_env' }).token).toBeUndefined();
});

it('values of the wrong form are refused without being repeated', () => {
  for (const HF_ENDPOINT of ['localhost', 'ftp://x', 'http://user:pw_secret@host'])
    expect(() => hubSettings({}, { HF_ENDPOINT })).toThrow(/^the endpoint of the Hub is not a plain http/);
  expect(() => hubSettings({}, { HF_TOKEN: 'se cret' })).toThrow(/^the token of the Hub holds blanks/);
});
