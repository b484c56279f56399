import { describe, expect, test } from 'vitest';

import { decideFor } from '../../src/brokers/net/rules.ts';
import type { ConfigObject } from '../../src/config/index.ts';

/** A config whose agent `work` has these rules for fetching beside those for everybody. */
function configOf(shared: ConfigObject, own?: ConfigObject[string]): ConfigObject {
  return {
    tools: { web: { fetch: shared } },
    agents: {
      entries: { work: own === undefined ? {} : { tools: { web: { fetch: own } } }, other: {} },
    },
  };
}

function decide(
  config: ConfigObject,
  url: string,
  {
    agentId = 'work',
    resolved,
    hop = 0,
  }: { agentId?: string; resolved?: string[]; hop?: number } = {},
): readonly [effect: string, code: string, path: string] {
  const input = { tool: 'web_fetch', url, hop, ...(resolved === undefined ? {} : { resolved }) };
  const { effect, code, path } = decideFor(config, agentId, input as never);
  return [effect, code, path];
}

const PUBLIC = { resolved: ['93.184.216.34'] };
const OWN = 'agents.entries.work.tools.web.fetch';

describe('the rules of one agent', () => {
  test('close what those for everybody leave open, under their own path', () => {
    const config = configOf({}, { ssrfPolicy: { hostnameAllowlist: ['docs.example'] } });
    expect(decide(config, 'https://docs.example/', PUBLIC)[0]).toBe('allow');
    expect(decide(config, 'https://evil.example/', PUBLIC)).toEqual([
      'deny',
      'net.host.not_allowlisted',
      `${OWN}.ssrfPolicy.hostnameAllowlist`,
    ]);
    expect(decide(config, 'https://evil.example/', { ...PUBLIC, agentId: 'other' })[0]).toBe(
      'allow',
    );
  });

  test('are heard before anything is looked up', () => {
    const config = configOf({}, { ssrfPolicy: { blockedHostnames: ['evil.example'] } });
    expect(decide(config, 'https://evil.example/')[1]).toBe('net.host.blocklisted');
    expect(decide(config, 'https://docs.example/')[1]).toBe('net.dns.unresolved');
  });

  test('open nothing', () => {
    const config = configOf(
      {},
      {
        maxRedirects: 20,
        ssrfPolicy: { dangerouslyAllowPrivateNetwork: true, allowedHostnames: ['nas.example'] },
      },
    );
    for (const url of ['http://10.0.0.1/', 'http://127.0.0.1/']) {
      expect(decide(config, url)[0]).toBe('deny');
    }
    const inside = { resolved: ['10.0.0.1'] };
    expect(decide(config, 'http://nas.example/', inside)[1]).toBe('net.dns.private');
    expect(decide(config, 'https://docs.example/', { ...PUBLIC, hop: 4 })[1]).toBe(
      'net.redirect.limit',
    );
  });

  test('narrow what is open for everybody', () => {
    const config = configOf(
      { maxRedirects: 5, ssrfPolicy: { dangerouslyAllowPrivateNetwork: true } },
      { maxRedirects: 1, ssrfPolicy: {} },
    );
    expect(decide(config, 'http://10.0.0.1/', { agentId: 'other' })[0]).toBe('allow');
    expect(decide(config, 'http://10.0.0.1/')).toEqual([
      'deny',
      'net.ip.private',
      expect.any(String),
    ]);
    expect(decide(config, 'https://docs.example/', { ...PUBLIC, hop: 2 })).toEqual([
      'deny',
      'net.redirect.limit',
      expect.stringContaining(OWN),
    ]);
  });

  test.each([7, 'no', [], { ssrfPolicy: 7 }])('that cannot be read, %j, close', (own) => {
    expect(decide(configOf({}, own), 'https://docs.example/', PUBLIC)[0]).toBe('deny');
  });
});
