/**
 * Everything an installation has that can be taken over, and everything that cannot.
 *
 * @module
 */
import { realpathSync } from 'node:fs';

import { type Environment, type StatePaths, resolvePaths } from '@portcullis/gateway/config';

import { type TheirApprovals, findApprovals } from './approvals.ts';
import { type FoundConfig, readConfig } from './config.ts';
import { DATABASE, type TheirDatabase, readDatabase } from './database.ts';
import { type TheirJob, findJobs } from './jobs.ts';
import { type PairedPeople, findPeople } from './people.ts';
import { type Source, listSource } from './source.ts';
import { type Stricter, findStricter } from './stricter.ts';
import { type Wider, findWider } from './wider.ts';
import { type TheirWorkspace, findWorkspaces } from './workspaces.ts';

/** Something that stays behind. */
export interface LeftBehind {
  readonly what: string;
  /** Why, and what to do about it. */
  readonly why: string;
}

/** What was found. */
export interface Survey {
  readonly source: Source;
  /** True where this product uses the very folder: then nothing is copied. */
  readonly shared: boolean;
  readonly config: FoundConfig;
  readonly stricter: readonly Stricter[];
  readonly wider: readonly Wider[];
  readonly people: readonly PairedPeople[];
  readonly approvals: TheirApprovals;
  readonly jobs: readonly TheirJob[];
  readonly workspaces: readonly TheirWorkspace[];
  readonly left: readonly LeftBehind[];
}

/** Looks at everything. Changes nothing anywhere. */
export async function survey(source: Source, env: Environment, ours: StatePaths): Promise<Survey> {
  const config = readConfig(source, env);
  const database = readDatabase(source);
  const loaded = config.kind === 'read' ? config.loaded : undefined;
  // Policy has no opinion about a config with mistakes in it.
  const judged = loaded === undefined || loaded.issues.length > 0 ? undefined : loaded.value;
  const people = findPeople(source, database, loaded?.value ?? {});
  const theirs = resolvePaths({
    HOME: env['HOME'],
    OPENCLAW_HOME: env['OPENCLAW_HOME'],
    OPENCLAW_STATE_DIR: source.root,
  });
  return {
    source,
    shared: isSame(source.root, ours.stateDir),
    config,
    stricter: judged === undefined ? [] : await findStricter(judged),
    wider: judged === undefined ? [] : await findWider(judged),
    people: people.people,
    approvals: findApprovals(source, database),
    jobs: findJobs(source, database),
    workspaces: loaded === undefined ? [] : findWorkspaces(source, loaded, theirs, ours),
    left: [
      ...databaseLeft(database),
      ...people.left.map((why) => ({ what: 'paired senders', why })),
      ...filesLeft(source),
    ],
  };
}

function isSame(root: string, folder: string): boolean {
  try {
    return realpathSync(folder) === root;
  } catch {
    return false;
  }
}

function databaseLeft(database: TheirDatabase): readonly LeftBehind[] {
  if (database.kind === 'absent') return [];
  if (database.kind === 'unreadable') {
    return [
      {
        what: DATABASE,
        why: `It could not be read (${database.why}), so people, jobs and commands in it are missing here.`,
      },
    ];
  }
  const { secrets, devices } = database;
  return [
    ...(secrets === 0
      ? []
      : [
          {
            what: `${secrets} secrets in OpenClaw's own store`,
            why: 'Give each anew where the config refers to it: openclaw config set <key> --stdin',
          },
        ]),
    ...(devices === 0
      ? []
      : [
          {
            what: `${devices} paired devices`,
            why: 'Their keys are bound to OpenClaw: pair them again.',
          },
        ]),
  ];
}

function filesLeft(source: Source): readonly LeftBehind[] {
  const agents = listSource(source, 'agents').filter((entry) => entry.isDirectory());
  const ofAgents = (path: string): number =>
    agents.map(({ name }) => listSource(source, `agents/${name}/${path}`).length).reduce(sum, 0);
  const left: LeftBehind[] = [];
  if (ofAgents('sessions') > 0) {
    left.push({
      what: 'conversations',
      why: 'Theirs carry no labels of who said what, so each begins anew here.',
    });
  }
  if (ofAgents('agent') > 0) {
    left.push({
      what: 'keys of models in OpenClaw’s own store',
      why: 'Set the variable of the provider, or: openclaw config set models.providers.<provider>.apiKey --stdin',
    });
  }
  const folders: readonly (readonly [string, string, string])[] = [
    [
      'credentials/whatsapp',
      'logins of WhatsApp',
      'Two programs cannot use one: link the account again.',
    ],
    [
      'extensions',
      'plugins',
      'They run with the rights of OpenClaw itself; here there are packages for it.',
    ],
    ['skills', 'skills', 'Copy those you trust into the workspace.'],
    ['memory', 'the index of memories', 'It is made anew from the workspace.'],
  ];
  for (const [path, what, why] of folders) {
    if (listSource(source, path).length > 0) left.push({ what, why });
  }
  return left;
}

function sum(a: number, b: number): number {
  return a + b;
}
