/**
 * Other access-control libraries on the same rules, each used the way its documentation shows for
 * speed: rules loaded once, abilities kept per sender, policies parsed once.
 *
 * They are no dependency of this repository: `installPeers` fetches them into a temporary folder.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CHANNEL, GROUPS, senders } from './questions.mjs';

/** What is fetched, each at the version that was measured. */
export const PEERS = {
  casbin: '5.51.1',
  '@cedar-policy/cedar-wasm': '4.13.0',
  '@casl/ability': '7.0.1',
  accesscontrol: '3.1.1',
  'json-rules-engine': '7.3.1',
};

/** Fetches the peers. Resolves packages for the engines until `remove` is called. */
export function installPeers() {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-peers-'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: PEERS }),
  );
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', '--ignore-scripts', ...quiet], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return {
    require: createRequire(join(folder, 'package.json')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The engines, made from packages that `load` (a `require`) finds. */
export function peerEngines(load) {
  return [casbin, cedar, casl, caslByType, accessControl, rulesEngine].map((make) => make(load));
}

const CASBIN_MODEL = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.dom == p.dom && r.obj == p.obj && r.act == p.act && g(r.sub, p.sub, r.dom)
`;

/** Role-based access control with domains. */
function casbin(load) {
  const { newEnforcer, newModelFromString } = load('casbin');
  return {
    name: 'node-casbin',
    prepare: async (size) => {
      const enforcer = await newEnforcer(newModelFromString(CASBIN_MODEL));
      const rules = [...GROUPS].flatMap(([group, tools]) =>
        tools.map((tool) => ['member', CHANNEL, group, tool]),
      );
      await enforcer.addPolicies(rules);
      await enforcer.addGroupingPolicies(senders(size).map((id) => [id, 'member', CHANNEL]));
      return {
        ask: (question) => question,
        decide: ({ sender, group, tool }) => enforcer.enforceSync(sender, CHANNEL, group, tool),
      };
    },
  };
}

/** Policies parsed once; the sender is handed over as an entity with his membership. */
function cedar(load) {
  const wasm = load('@cedar-policy/cedar-wasm/nodejs');
  return {
    name: '@cedar-policy/cedar-wasm',
    prepare: (size) => {
      const staticPolicies = [...GROUPS]
        .map(
          ([group, tools]) =>
            `permit(principal in Role::"member", action in [${tools
              .map((tool) => `Action::"${tool}"`)
              .join(', ')}], resource == Group::"${group}");`,
        )
        .join('\n');
      const preparsed = `rules-${size}`;
      const parsed = wasm.preparsePolicySet(preparsed, { staticPolicies });
      if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed));
      const listed = new Set(senders(size));
      const member = { type: 'Role', id: 'member' };
      return {
        ask: ({ sender, group, tool }) => ({
          principal: { type: 'User', id: sender },
          action: { type: 'Action', id: tool },
          resource: { type: 'Group', id: group },
          context: {},
          preparsedPolicySetId: preparsed,
        }),
        decide: (call) => {
          const { principal } = call;
          const parents = listed.has(principal.id) ? [member] : [];
          const entities = [{ uid: principal, attrs: {}, parents }];
          const answer = wasm.statefulIsAuthorized({ ...call, entities });
          return answer.response?.decision === 'allow';
        },
      };
    },
  };
}

/** One ability per sender, made when he first asks and kept. `rules` are those of a listed sender. */
function caslEngine(load, name, rules, ask) {
  const { createMongoAbility } = load('@casl/ability');
  return {
    name,
    prepare: (size) => {
      const listed = new Set(senders(size));
      const abilities = new Map();
      return {
        ask,
        decide: ({ sender, tool, subject }) => {
          let ability = abilities.get(sender);
          if (ability === undefined) {
            ability = createMongoAbility(listed.has(sender) ? rules : []);
            abilities.set(sender, ability);
          }
          return ability.can(tool, subject);
        },
      };
    },
  };
}

/** Channel and group are attributes of what is asked about, and conditions of the rules. */
function casl(load) {
  const { subject } = load('@casl/ability');
  const rules = [...GROUPS].flatMap(([group, tools]) =>
    tools.map((action) => ({ action, subject: 'Room', conditions: { channel: CHANNEL, group } })),
  );
  return caslEngine(load, '@casl/ability, with conditions', rules, ({ sender, group, tool }) => ({
    sender,
    tool,
    subject: subject('Room', { channel: CHANNEL, group }),
  }));
}

/** Channel and group as one type. */
function typeOf(group) {
  return `${CHANNEL}:${group}`;
}

/** Channel and group are spelt into the type of what is asked about, so nothing is left to compare. */
function caslByType(load) {
  const rules = [...GROUPS].flatMap(([group, tools]) =>
    tools.map((action) => ({ action, subject: typeOf(group) })),
  );
  return caslEngine(load, '@casl/ability, a type per group', rules, ({ sender, group, tool }) => ({
    sender,
    tool,
    subject: typeOf(group),
  }));
}

/** How a group's tool is named as a resource. */
function resource(group, tool) {
  return `g${group.slice(1)}_${tool}`;
}

/** A role per sender that extends the members' role; a resource per group and tool. */
function accessControl(load) {
  const { AccessControl } = load('accesscontrol');
  return {
    name: 'accesscontrol',
    prepare: (size) => {
      const control = new AccessControl();
      control.grant('member');
      for (const [group, tools] of GROUPS) {
        for (const tool of tools) control.grant('member').createAny(resource(group, tool));
      }
      const listed = new Set(senders(size));
      for (const id of listed) control.grant(`u${id}`).extend('member');
      return {
        ask: ({ sender, group, tool }) => ({
          sender,
          role: `u${sender}`,
          resource: resource(group, tool),
        }),
        // It throws for a role it does not know, so strangers are turned away before.
        decide: ({ sender, role, resource: asked }) =>
          listed.has(sender) && control.can(role).createAny(asked).granted,
      };
    },
  };
}

/** One rule for each group; facts are the question. */
function rulesEngine(load) {
  const { Engine } = load('json-rules-engine');
  return {
    name: 'json-rules-engine',
    prepare: (size) => {
      const engine = new Engine();
      const listed = new Set(senders(size));
      engine.addOperator('listed', (sender) => listed.has(sender));
      for (const [group, tools] of GROUPS) {
        const conditions = {
          all: [
            { fact: 'group', operator: 'equal', value: group },
            { fact: 'tool', operator: 'in', value: tools },
            { fact: 'sender', operator: 'listed', value: true },
          ],
        };
        engine.addRule({ conditions, event: { type: 'allow' } });
      }
      return {
        ask: ({ sender, group, tool }) => ({ sender, group, tool }),
        decideLater: async (facts) => (await engine.run(facts)).events.length > 0,
      };
    },
  };
}
