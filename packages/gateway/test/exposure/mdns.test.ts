/** What the local network is told, asked by a real resolver over the loopback of this machine. */
import { once } from 'node:events';
import { hostname } from 'node:os';

import { silentLogger } from '@portcullis/core';
import multicastDns, { type MulticastDNS, type ResponsePacket } from 'multicast-dns';
import { describe, expect, onTestFinished, test } from 'vitest';

import { Advertisement, type AdvertisementOptions } from '../../src/exposure/mdns/advertisement.ts';

const SERVICE = '_openclaw-gw._tcp.local';

interface Network {
  readonly options: AdvertisementOptions;
  readonly resolver: MulticastDNS;
}

let nextPort = 20_000 + (process.pid % 20_000);

/** A network of this machine alone: another port than that of the real one. */
function network(change: Partial<AdvertisementOptions> = {}): Network {
  nextPort += 1;
  const port = nextPort;
  const resolver = multicastDns({ interface: '127.0.0.1', bind: '0.0.0.0', port });
  onTestFinished(() => resolver.destroy());
  return {
    resolver,
    options: {
      mode: 'minimal',
      bindHost: '127.0.0.1',
      port: 18_789,
      version: '1.2.3',
      log: silentLogger,
      responder: { port },
      ...change,
    },
  };
}

async function begin({ options, resolver }: Network): Promise<{
  advertisement: Advertisement;
  announced: ResponsePacket;
}> {
  const heard = once(resolver, 'response');
  const advertisement = await Advertisement.begin(options);
  onTestFinished(() => advertisement.withdraw());
  const [announced] = (await heard) as [ResponsePacket];
  return { advertisement, announced };
}

function textOf({ additionals = [] }: ResponsePacket): readonly string[] {
  const record = additionals.find(({ type }) => type === 'TXT');
  const data = record !== undefined && 'data' in record ? record.data : [];
  return (Array.isArray(data) ? data : [data]).map(String);
}

describe('minimal', () => {
  test('tells port and certificate, and nothing of the machine', async () => {
    const { advertisement, announced } = await begin(
      network({ fingerprint: 'AB:CD:EF', tailnetName: 'gate.tail1234.ts.net' }),
    );
    expect(textOf(announced)).toEqual([
      'role=gateway',
      'transport=gateway',
      'gatewayPort=18789',
      'gatewayTls=1',
      'gatewayTlsSha256=abcdef',
    ]);
    expect(advertisement.name).toMatch(/^openclaw-[0-9a-f]{6}$/u);
    const all = JSON.stringify(announced);
    for (const secret of [hostname(), '1.2.3', 'tail1234', process.cwd()]) {
      expect(all).not.toContain(secret);
    }
    expect(announced.additionals?.find(({ type }) => type === 'A')).toMatchObject({
      data: '127.0.0.1',
    });
    expect(announced.additionals?.find(({ type }) => type === 'SRV')).toMatchObject({
      data: { port: 18_789, target: `${advertisement.name}.local` },
    });
  });

  test('answers who asks for gateways, and nobody else', async () => {
    const net = network();
    const { advertisement } = await begin(net);
    let answers = 0;
    net.resolver.on('response', () => {
      answers += 1;
    });
    net.resolver.query('_ipp._tcp.local', 'PTR');
    net.resolver.query(`${hostname()}.local`, 'A');
    // A second announcement is held back for a second: asked again until then.
    await expect
      .poll(
        () => {
          net.resolver.query(SERVICE, 'PTR');
          return answers;
        },
        { timeout: 10_000, interval: 200 },
      )
      .toBe(1);
    expect(advertisement.name).not.toBe(hostname());
  });
});

describe('full', () => {
  test('adds names and version, and no path', async () => {
    const { announced } = await begin(
      network({ mode: 'full', tailnetName: 'gate.tail1234.ts.net' }),
    );
    expect(textOf(announced)).toEqual([
      'role=gateway',
      'transport=gateway',
      'gatewayPort=18789',
      `displayName=${hostname()}`,
      'version=1.2.3',
      'tailnetDns=gate.tail1234.ts.net',
    ]);
  });
});

test('what is withdrawn is said to be gone', async () => {
  const net = network();
  const { advertisement } = await begin(net);
  const heard = once(net.resolver, 'response');
  await advertisement.withdraw();
  const [gone] = (await heard) as [ResponsePacket];
  const records = gone.answers ?? [];
  expect(records.length).toBeGreaterThan(0);
  for (const record of records) expect(record).toMatchObject({ ttl: 0 });
});
