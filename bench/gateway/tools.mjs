/**
 * What the way through the brokers costs a tool: the time between the model's calls and its next
 * request, divided by the calls, less that of calls that reach no broker, less what the same thing
 * costs without a gateway.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { median } from '../statistics.mjs';
import { runProgram } from './child.mjs';
import { TOKEN, createHome } from './home.mjs';
import { startGateway } from './running-gateway.mjs';

const CALLS = 16;
const TEXT = 'x'.repeat(4096);

/** Everything is allowed, and commands run in the sandbox: what is measured is the way. */
function withTools(config) {
  return {
    ...config,
    tools: { profile: 'coding', exec: { security: 'full', ask: 'off' } },
    agents: {
      // What a command read of the workspace would make the next one a question.
      defaults: { ...config.agents.defaults, sandbox: { mode: 'all', workspaceAccess: 'none' } },
    },
  };
}

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureTools(surroundings) {
  const files = Array.from({ length: CALLS }, (_, index) => `file-${index}.txt`);
  const nothing = await timePerCall(surroundings, 'nothing', []);
  const read = await timePerCall(surroundings, 'read', files);
  const exec = await timePerCall(surroundings, 'exec', []);
  return {
    fileRead: read - nothing - bareRead(),
    sandboxedExec: exec - nothing - (await bareSpawn()),
  };
}

/** What one call of `tool` takes, in a workspace with `files`. */
async function timePerCall({ product, fakes, short }, tool, files) {
  const home = await createHome(fakes.url, withTools);
  const workspace = join(home.stateDir, 'workspace');
  mkdirSync(workspace, { recursive: true, mode: 0o700 });
  for (const file of files) writeFileSync(join(workspace, file), TEXT);
  // A session for each turn, so that none carries the transcript of the others.
  const talk = async (name, sessions) => {
    for (let session = 0; session < sessions; session += 1) {
      const message = `call ${tool} ${CALLS}`;
      const turns = { sessions: 1, each: 1, message, name: `${tool}-${name}-${session}` };
      await runProgram('load-process.mjs', { port: home.port, token: TOKEN, turns });
    }
    return await spentOnCalls(fakes.url);
  };
  try {
    const gateway = await startGateway(product, home);
    await talk('warm', 2);
    const times = await talk('measured', short ? 5 : 15);
    await gateway.stop();
    return median(times) / CALLS;
  } finally {
    home.remove();
  }
}

/** What the calls of each turn took since the last time this was asked, in milliseconds. */
async function spentOnCalls(url) {
  const response = await fetch(`${url}/called`);
  return await response.json();
}

function bareRead() {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const file = join(folder, 'file.txt');
  writeFileSync(file, TEXT);
  const began = performance.now();
  for (let call = 0; call < CALLS; call += 1) readFileSync(file);
  const took = performance.now() - began;
  rmSync(folder, { recursive: true });
  return took / CALLS;
}

async function bareSpawn() {
  const run = promisify(execFile);
  const times = [];
  for (let turn = 0; turn < CALLS; turn += 1) {
    const began = performance.now();
    await run('/bin/true', [String(turn)]);
    times.push(performance.now() - began);
  }
  return median(times);
}
