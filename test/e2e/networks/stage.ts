/**
 * A gateway in this process with five accounts of one network, each with another idea of whom it
 * talks to, and a witness of every decision about what came in.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Decision, Event, Plugin } from '@portcullis/core';
import { type RunningGateway, createGateway } from '@portcullis/gateway';
import models, { ConfiguredModels } from '@portcullis/models';
import { openSqliteStore } from '@portcullis/store-sqlite';
import { type FakeModelServer, fakeOpenAI } from '@portcullis/testkit';

import { lastUserText, until } from '../world.ts';
import type { Account, Network, Person, Room } from './network.ts';

/** Accounts by what they are for. */
export const ACCOUNTS = ['home', 'work', 'listed', 'public', 'closed'] as const;
export type AccountName = (typeof ACCOUNTS)[number];

/** What was decided about one event. */
export interface Decided {
  readonly event: Event;
  readonly decision: Decision;
}

/** Everybody and everything of the scenario. */
export interface Stage {
  readonly network: Network;
  readonly model: FakeModelServer;
  readonly gateway: RunningGateway;
  /** The one `listed` knows, and nobody else does. */
  readonly owner: Person;
  /** The one room that `work` and `listed` listen in. */
  readonly rooms: Readonly<Record<'work' | 'listed', Room>>;
  account(name: AccountName): Account;
  /** Resolves with what was decided about the first event of an account for which `is` holds. */
  decided(
    account: AccountName,
    is: (event: Event, decision: Decision) => boolean,
  ): Promise<Decision>;
  /** Resolves when somebody was told as many texts as this. */
  told(account: AccountName, place: Person | Room, count: number): Promise<readonly string[]>;
  /** Lets somebody in who has asked for it. Resolves with the code. */
  approve(account: AccountName, person: Person): Promise<string>;
  close(): Promise<void>;
}

function witness(seen: Decided[]): Plugin {
  return {
    id: 'witness',
    register: (registry) => {
      registry.policy({
        id: 'witness',
        decide: (question, decision) => {
          if (question.about === 'admit') seen.push({ event: question.event, decision });
          return undefined;
        },
      });
    },
  };
}

function configOf(network: Network, owner: Person, rooms: Stage['rooms'], model: string): object {
  const policies: Readonly<Record<AccountName, object>> = {
    home: { dmPolicy: 'pairing', ...network.anyRoom },
    work: { dmPolicy: 'pairing', ...rooms.work.listed, leaveUnlisted: true },
    listed: { dmPolicy: 'allowlist', allowFrom: [owner.id], ...rooms.listed.listed },
    public: { dmPolicy: 'open', allowFrom: ['*'], ...network.noRoom },
    closed: { dmPolicy: 'disabled', ...network.noRoom },
  };
  const accounts = ACCOUNTS.map((name, index) => [
    name,
    { ...network.accounts[index]?.options, ...policies[name] },
  ]);
  return {
    gateway: {
      mode: 'local',
      auth: { mode: 'token', token: 'e2e-token-of-sufficient-length-0001' },
    },
    session: { dmScope: 'per-account-channel-peer' },
    tools: { profile: 'messaging' },
    agents: { defaults: { model: 'local/scripted' } },
    models: {
      providers: {
        local: { baseUrl: model, api: 'openai-completions', models: [{ id: 'scripted' }] },
      },
    },
    channels: { [network.channel]: { accounts: Object.fromEntries(accounts) } },
  };
}

/** Starts the gateway on a network. */
export async function openStage(open: (accounts: number) => Promise<Network>): Promise<Stage> {
  const stateDir = mkdtempSync(join(tmpdir(), 'portcullis-networks-'));
  const network = await open(ACCOUNTS.length);
  const model = await fakeOpenAI({ respond: (request) => `answer to ${lastUserText(request)}` });
  const account = (name: AccountName): Account => {
    const found = network.accounts[ACCOUNTS.indexOf(name)];
    if (found === undefined) throw new Error(`there is no account ${name}`);
    return found;
  };
  const owner = network.person('Ada');
  const rooms = { work: account('work').room(), listed: account('listed').room() };
  const seen: Decided[] = [];
  const gateway = await createGateway({
    stateDir,
    firstConfig: JSON.stringify(configOf(network, owner, rooms, model.url)),
    openStore: openSqliteStore,
    plugins: [models, network.plugin, witness(seen)],
    models: (parts) => new ConfiguredModels(parts),
    port: 0,
  });
  await network.link?.(
    (method, params) => gateway.call(method as never, params as never),
    ACCOUNTS,
  );
  await network.connected();
  return {
    network,
    model,
    gateway,
    owner,
    rooms,
    account,
    decided: async (name, is) => {
      const find = (): Decided | undefined =>
        seen.find(
          ({ event, decision }) => event.conversation.accountId === name && is(event, decision),
        );
      await until(() => find() !== undefined, `a decision of ${name}`);
      return find()?.decision ?? never();
    },
    told: async (name, place, count) => {
      const texts = (): readonly string[] => account(name).sentTo(place);
      await until(() => texts().length >= count, `${String(count)} texts to ${place.id}`);
      return texts();
    },
    approve: async (accountId, { id }) => {
      const { channel } = network;
      const { requests } = await gateway.call('channels.pairing.list', { channel });
      const request = requests.find((each) => each.senderId === id && each.accountId === accountId);
      const requestId = request?.requestId ?? never();
      await gateway.call('channels.pairing.approve', { channel, accountId, requestId });
      return requestId;
    },
    close: async () => {
      await gateway.stop();
      await Promise.all([network.close(), model.close()]);
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

function never(): never {
  throw new Error('it is not there');
}
