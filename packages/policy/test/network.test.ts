// Network egress: what a program that acts for the model may connect to.
import { describe, expect, test } from 'vitest';
import { classifyAddress, decideNet, type NetInput } from '../src/network/index.ts';

describe('classes of addresses', () => {
  test.each([
    ['169.254.169.254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['127.255.255.254', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['169.254.0.1', 'link_local'],
    ['febf::1', 'link_local'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['100.127.255.255', 'cgnat'],
    ['100.128.0.0', 'public'],
    ['198.19.0.1', 'benchmark'],
    ['2001:2:0::1', 'benchmark'],
    ['239.0.0.1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['250.1.1.1', 'reserved'],
    ['192.88.99.1', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['2001:2f:ffff::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['fdff::1', 'ula'],
    ['2606:4700:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['::ffff:0:127.0.0.1', 'loopback'],
    ['::7f00:1', 'loopback'],
    ['64:ff9b::a00:1', 'private'],
    ['64:ff9b:1::1', 'reserved'],
    ['2002:c0a8:0101::1', 'private'],
    ['2001:0:4136:e378:8000:63bf:5601:56fe', 'link_local'],
    ['2606:4700::5efe:10.0.0.1', 'private'],
    ['2606:4700::200:5efe:808:808', 'public'],
    ['fe80::5efe:8.8.8.8', 'link_local'],
  ])('%s is %s', (ip, kind) => {
    expect(classifyAddress(ip)).toBe(kind);
  });

  test.each([
    '',
    'example.com',
    '010.0.0.1',
    '1.2.3',
    '256.1.1.1',
    'fe80::1%eth0',
    '1::2::3',
    '::1:',
    ':::',
    '1:2:3:4:5:6:7:8:9',
    '2130706433',
    '[::1]',
    '::1.2.3',
  ])('%j is no address', (ip) => {
    expect(classifyAddress(ip)).toBe(undefined);
  });
});

const ask = (policy: object, input: Partial<NetInput>) =>
  decideNet(
    { tools: { web: { fetch: { ssrfPolicy: policy } } } },
    { tool: 'web_fetch', url: 'https://example.com/', resolved: ['93.184.216.34'], ...input },
  ).code;

describe('URLs', () => {
  test.each([
    ['http://0x7f.1/', 'net.ip.loopback'],
    ['http://0177.0.0.1/', 'net.ip.loopback'],
    ['http://１２７.0.0.1/', 'net.ip.loopback'],
    ['http://127.0.0.1./', 'net.ip.loopback'],
    ['http://[::ffff:7f00:1]/', 'net.ip.loopback'],
    ['http://[fe80::1%25eth0]/', 'net.url.invalid'],
    ['http://LOCALHOST./', 'net.host.blocked'],
    ['http://a.localhost/', 'net.host.blocked'],
    ['http://printer.local/', 'net.host.blocked'],
    ['http://@example.com/', 'net.userinfo'],
    ['http:\\\\user@example.com/', 'net.userinfo'],
    ['https://example.com/@me', 'net.public'],
    ['http://example.com:0/', 'net.port.blocked'],
    ['http://example.com:6667/', 'net.port.blocked'],
    ['view-source:https://example.com/', 'net.scheme'],
    ['ws://example.com/', 'net.scheme'],
    ['about:blank', 'net.scheme'],
  ])('%s', (url, code) => {
    expect(ask({}, { url })).toBe(code);
  });

  test('the browser has settings of its own', () => {
    const config = { browser: { maxRedirects: 0 }, tools: { web: { fetch: { maxRedirects: 9 } } } };
    const input = { tool: 'browser', url: 'https://example.com/', resolved: ['8.8.8.8'] } as const;
    expect(decideNet(config, { ...input, hop: 1 }).code).toBe('net.redirect.limit');
    expect(decideNet(config, { ...input, tool: 'web_fetch', hop: 9 }).code).toBe('net.public');
  });
});

describe('lists of hosts', () => {
  test.each([
    [{ blockedHostnames: ['EXAMPLE.com.'] }, 'net.host.blocklisted'],
    [{ blockedHostnames: ['*'] }, 'net.host.blocklisted'],
    [{ blockedHostnames: ['*.example.com'] }, 'net.public'],
    [{ hostnameAllowlist: [] }, 'net.public'],
    [{ hostnameAllowlist: ['ample.com'] }, 'net.host.not_allowlisted'],
    [{ hostnameAllowlist: ['*'] }, 'net.host.not_allowlisted'],
    [{ hostnameAllowlist: 'example.com' }, 'config.invalid'],
  ])('%j', (policy, code) => {
    expect(ask(policy, {})).toBe(code);
  });

  test.each([
    ['http://169.254.169.254/', 'net.ip.metadata', 'net.dns.private'],
    ['http://127.0.0.1/', 'net.ip.loopback', 'net.host.allowed_exception'],
    ['http://10.0.0.1/', 'net.ip.private', 'net.host.allowed_exception'],
  ])('an exception for %s', (url, closed, open) => {
    expect(ask({}, { url })).toBe(closed);
    expect(ask({ allowedHostnames: [new URL(url).hostname] }, { url })).toBe(open);
  });

  test.each([
    [['127.0.0.1'], 'net.dns.private'],
    [['0.0.0.0'], 'net.dns.private'],
    [['169.254.1.1'], 'net.dns.private'],
    [['192.168.0.1', 'fe80::1'], 'net.dns.private'],
    [[], 'net.dns.unresolved'],
    [['192.168.0.1'], 'net.host.allowed_exception'],
  ])('a listed name that leads to %j', (resolved, code) => {
    const input = { url: 'http://nas.example/', resolved };
    expect(ask({ allowedHostnames: ['nas.example'] }, input)).toBe(code);
  });
});

describe('opened classes', () => {
  const open = { dangerouslyAllowPrivateNetwork: true };
  test.each([
    ['http://localhost/', ['127.0.0.1'], 'net.private_allowed'],
    ['http://metadata.google.internal/', ['8.8.8.8'], 'net.host.blocked'],
    ['http://0.0.0.0/', [], 'net.ip.unspecified'],
    ['http://224.0.0.1/', [], 'net.ip.multicast'],
    ['http://198.18.0.1/', [], 'net.ip.benchmark'],
    ['http://example.com/', ['10.0.0.1', '169.254.169.254'], 'net.dns.private'],
    ['http://example.com/', ['10.0.0.1'], 'net.private_allowed'],
    ['http://example.com/', ['8.8.8.8'], 'net.public'],
  ])('%s to %j', (url, resolved, code) => {
    expect(ask(open, { url, resolved })).toBe(code);
  });

  test('each flag lifts its own class', () => {
    expect(ask({ allowRfc2544BenchmarkRange: true }, { url: 'http://198.18.0.1/' })).toBe(
      'net.private_allowed',
    );
    expect(ask({ allowIpv6UniqueLocalRange: true }, { url: 'http://[fd12::1]/' })).toBe(
      'net.private_allowed',
    );
    expect(ask({ allowIpv6UniqueLocalRange: true }, { url: 'http://10.0.0.1/' })).toBe(
      'net.ip.private',
    );
  });

  test('of two spellings of one switch a no wins', () => {
    const both = { dangerouslyAllowPrivateNetwork: true, allowPrivateNetwork: false };
    expect(ask(both, { url: 'http://10.0.0.1/' })).toBe('net.ip.private');
    expect(ask({ allowPrivateNetwork: true }, { url: 'http://10.0.0.1/' })).toBe(
      'net.private_allowed',
    );
  });
});

describe('the connection', () => {
  test.each([
    ['93.184.216.34', 'net.public'],
    ['::ffff:93.184.216.34', 'net.public'],
    ['93.184.216.35', 'net.dns.rebinding'],
    ['', 'net.dns.rebinding'],
  ])('to %s', (connectIp, code) => {
    expect(ask({}, { connectIp })).toBe(code);
  });

  test('an answer that is no address is not public', () => {
    expect(ask({}, { resolved: ['93.184.216.34', 'example.net'] })).toBe('net.dns.private');
  });

  test('an allow names the addresses to connect to', () => {
    const input = { tool: 'web_fetch', url: 'http://8.8.8.8/', resolved: ['10.0.0.1'] } as const;
    expect(decideNet({}, input).value).toEqual({ addresses: ['8.8.8.8'] });
  });
});
