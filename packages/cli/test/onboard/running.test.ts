/**
 * Setups and gateways as real processes: the result starts, and one that runs takes up what is
 * answered while it does.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { Home } from '../call.ts';
import { type Ended, FROM_SOURCE, type Started, start } from '../processes.ts';

function run(home: Home, argv: readonly string[]): Promise<Ended> {
  return start(process.execPath, [...FROM_SOURCE, ...argv], { HOME: home.path }).ended;
}

async function gatewayOf(home: Home): Promise<Started> {
  const gateway = start(process.execPath, [...FROM_SOURCE, 'gateway', 'run', '--port', '0'], {
    HOME: home.path,
  });
  onTestFinished(async () => {
    gateway.child.kill('SIGTERM');
    await gateway.ended;
  });
  const early = gateway.ended.then(({ stderr }) => {
    throw new Error(`it ended: ${stderr}`);
  });
  await Promise.race([gateway.wrote('Gateway ready'), early]);
  early.catch(() => undefined);
  return gateway;
}

const TELL = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === '@clack/prompts') process.stderr.write('prompts are loaded\\n');
      return next(specifier, context);
    },
  });
`)}`;

test.each([
  [['--version'], false],
  [['help', 'onboard'], false],
  [['config', 'file'], false],
  [['onboard', '--non-interactive', '--dry-run'], false],
  [['onboard'], true],
] as const)('%j loads what asks questions: %j', async (argv, isLoaded) => {
  const home = new Home();
  const program = [`--import=${TELL}`, ...FROM_SOURCE, ...argv];
  const { stderr } = await start(process.execPath, program, { HOME: home.path }).ended;
  expect(stderr.includes('prompts are loaded')).toBe(isLoaded);
});

test('the gateway starts with what onboard made, and asks for the token that was kept', async () => {
  const home = new Home();
  expect(await run(home, ['onboard', '--non-interactive'])).toMatchObject({ code: 0 });
  await gatewayOf(home);
  const status = await run(home, ['status', '--json']);
  expect(status).toMatchObject({ code: 0 });
  const audit = JSON.parse((await run(home, ['security', 'audit', '--json'])).stdout);
  expect(audit.summary).toMatchObject({ critical: 0, warn: 1 });
  expect(audit.findings.map(({ checkId }: { checkId: string }) => checkId)).toContain(
    'gateway.trusted_proxies_missing',
  );
});

test('a gateway that runs takes up the answers, secrets and all, without a second question', async () => {
  const home = new Home();
  home.write(
    '{ gateway: { mode: "local", auth: { mode: "token", token: "a-token-of-forty-characters-and-no-words" } } }',
  );
  await gatewayOf(home);
  const file = join(home.path, 'key');
  writeFileSync(file, 'sk-ant-0123456789abcdef');
  const argv = ['--model', 'anthropic/claude-sonnet-4-5', '--model-key-file', file];
  const done = await run(home, [
    'onboard',
    '--non-interactive',
    '--accept-risk',
    '--json',
    ...argv,
  ]);
  expect(done).toMatchObject({ code: 0, stderr: '' });
  const health = JSON.parse((await run(home, ['health', '--json'])).stdout);
  expect(health).toMatchObject({ config: 'in-force' });
  const models = JSON.parse((await run(home, ['models', 'list', '--json'])).stdout);
  expect(models.active).toEqual([{ id: 'anthropic/claude-sonnet-4-5', available: true }]);
  // Now that the file of secrets has its provider, the gateway makes the change itself.
  writeFileSync(file, 'sk-ant-another-0123456789');
  const again = await run(home, [
    'onboard',
    '--non-interactive',
    '--accept-risk',
    '--json',
    ...argv,
  ]);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(home.read()).not.toContain('sk-ant');
  const narrower = await run(home, ['configure', '--non-interactive', '--json', '--tools', 'talk']);
  expect(narrower).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse((await run(home, ['health', '--json'])).stdout)).toMatchObject({
    config: 'in-force',
  });
});
