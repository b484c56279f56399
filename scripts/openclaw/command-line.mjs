/**
 * The real `openclaw` command line, command by command, against our gateway.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Commands that name the gateway by flags, and those that only know the one of their config. */
function commands({ socketUrl, token }) {
  const at = ['--url', socketUrl, '--token', token];
  return [
    [['gateway', 'call', 'health', ...at, '--json'], /"ok": true/u],
    [['gateway', 'call', 'sessions.list', ...at, '--json'], /"totalCount"/u],
    [['gateway', 'health', ...at], /OK/u],
    [['gateway', 'probe', ...at], /Reachable: yes/u],
    [['gateway', 'usage-cost', ...at], /Usage cost/u],
    [['health'], /Agents: main/u],
    [['status'], /reachable/u],
    [['agent', '--agent', 'main', '--message', 'hello'], /loud and clear/u],
    [['devices', 'list', ...at], /No device pairing entries|Paired/u],
    [['logs', ...at, '--limit', '20'], /gateway: started/u],
    [['models', 'list'], /scripted/u],
    [['channels', 'status'], /Gateway reachable/u],
    [['cron', 'list', ...at], /No automations|jobs/iu],
    [['cron', 'status', ...at], /"enabled": true/u],
    [['approvals', 'get', '--gateway', ...at], /Approvals/u],
    [['system', 'presence', ...at], /"mode": "gateway"/u],
    [['system', 'heartbeat', 'last', ...at], /null/u],
    [['system', 'event', '--text', 'hello', '--mode', 'now', ...at], /ok/iu],
    [['audit'], /agent\.run\.finished/u],
    [['nodes', 'status', ...at], /Known: 0|No known nodes|nodes/iu],
    [['nodes', 'pending', ...at], /No pending|\[\]|pending/iu],
  ];
}

/** Runs a command to its end. */
export function runTheirs(entry, args, env, timeoutMs = 60_000) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [entry, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Runs every command and tells `report` how each went. */
export async function tryCommandLine(world, packageFolder, report) {
  const entry = join(packageFolder, 'openclaw.mjs');
  for (const [args, expected] of commands(world)) {
    const { code, output } = await runTheirs(entry, args, world.theirEnv);
    const shown = args.filter((arg) => arg !== world.token && arg !== world.socketUrl);
    const name = `openclaw ${shown.filter((arg) => arg !== '--url' && arg !== '--token').join(' ')}`;
    report(name, code === 0 && expected.test(output), output);
  }
}

/** What a terminal shows, without its control sequences. */
function plain(text) {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b(?:\[[0-9;?<>=]*[a-zA-Z]|\][^\u0007]*\u0007|[=>()][0-9A-Z]?)/gu, '');
}

/**
 * Chats on the text page of `openclaw tui`, in a terminal that `script` makes. Where there is no
 * `script` the page cannot be tried.
 */
export async function tryTextPage(world, packageFolder, report) {
  const entry = join(packageFolder, 'openclaw.mjs');
  const { socketUrl, token } = world;
  const command = [process.execPath, entry, 'tui', '--url', socketUrl, '--token', token]
    .map((part) => `'${part}'`)
    .join(' ');
  const child = spawn('script', ['-qfec', `stty rows 50 cols 160; ${command}`, '/dev/null'], {
    env: world.theirEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = new Promise((resolve) => {
    child.once('error', resolve);
    child.once('close', resolve);
  });
  const shows = async (pattern, timeoutMs = 30_000) => {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (pattern.test(plain(output))) return true;
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))]);
      if (child.exitCode !== null) return pattern.test(plain(output));
    }
    return false;
  };
  report('openclaw tui connects', await shows(/gateway connected|\bconnected\b/iu), plain(output));
  child.stdin.write('hello from the text page\r');
  report('openclaw tui chats', await shows(/loud and clear/u), plain(output).slice(-2000));
  const before = output.length;
  // The page completes what is typed: the command is picked first, and then given.
  child.stdin.write('/new');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  child.stdin.write('\r');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  child.stdin.write('\r');
  const made = await shows(/new session: agent:main:tui-/u);
  report('openclaw tui makes a new session', made, plain(output.slice(before)).slice(-2000));
  child.kill('SIGKILL');
}
