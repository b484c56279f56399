// Node commands: offered by the node, approved by a person and allowed by the config, or refused.
import { describe, expect, test } from 'vitest';
import {
  approveScopes,
  commandScope,
  decideNodeCommand,
  type NodeCommandInput,
} from '../src/nodes/index.ts';

const RUN = ['system.run', 'system.run.prepare', 'system.which'];
const NODE = { paired: true, declared: RUN, approved: RUN };
const lists = (commands: object) => ({ gateway: { nodes: { commands } } });
const ALLOWED = lists({ allow: ['system.run', 'system.which'] });

const code = (config: unknown, input: Partial<NodeCommandInput>) =>
  decideNodeCommand(config, { command: 'system.run', node: NODE, ...input }).code;

describe('a command of a node', () => {
  test('is allowed when it is offered, approved and listed', () => {
    expect(code(ALLOWED, {})).toBe('node.command_allowed');
    expect(code(ALLOWED, { command: 'system.which' })).toBe('node.command_allowed');
  });

  test('needs each of the three', () => {
    expect(code({}, {})).toBe('node.command_denied');
    expect(code(ALLOWED, { node: { ...NODE, paired: false } })).toBe('node.not_paired');
    expect(code(ALLOWED, { node: { ...NODE, declared: [] } })).toBe('node.command_not_declared');
    expect(code(ALLOWED, { node: { ...NODE, approved: [] } })).toBe('node.command_not_approved');
    expect(code(ALLOWED, { node: {} })).toBe('node.not_paired');
  });

  test('is refused where a list denies it, whatever else allows it', () => {
    const both = lists({ allow: ['system.run'], deny: ['system.run'] });
    expect(decideNodeCommand(both, { command: 'system.run', node: NODE })).toMatchObject({
      effect: 'deny',
      code: 'node.command_denied',
      path: 'gateway.nodes.commands.deny',
    });
    expect(code(both, { command: 'system.run.prepare' })).toBe('node.command_denied');
  });

  test('that looks at what would run is allowed with what runs, and not alone', () => {
    expect(code(ALLOWED, { command: 'system.run.prepare' })).toBe('node.command_allowed');
    const alone = lists({ allow: ['system.run.prepare'] });
    expect(code(alone, { command: 'system.run.prepare' })).toBe('node.command_denied');
  });

  test('that is harmless needs no list, and can be denied', () => {
    const node = { paired: true, declared: ['device.info'], approved: ['device.info'] };
    const input = { command: 'device.info', node };
    expect(code({}, input)).toBe('node.command_allowed');
    expect(code(lists({ deny: ['device.info'] }), input)).toBe('node.command_denied');
  });

  test.each([
    'system.run',
    'system.which',
    'browser.proxy',
    'fs.listDir',
    'terminal.upload',
    'a.b',
  ])('%s is off until it is listed', (command) => {
    const node = { paired: true, declared: [command], approved: [command] };
    expect(code({}, { command, node })).toBe('node.command_denied');
    expect(code(lists({ allow: [command] }), { command, node })).toBe('node.command_allowed');
  });

  test.each([
    '',
    '*',
    'system',
    'system.',
    'System.run',
    'system.run ',
    'system..run',
    '__proto__',
  ])('cannot be called %j', (command) => {
    const node = { paired: true, declared: [command], approved: [command] };
    const allow = lists({ allow: [command, '*'] });
    expect(code(allow, { command, node })).toBe('node.command_denied');
  });

  test('is matched by its exact name', () => {
    for (const allow of [['system.*'], ['*'], ['SYSTEM.RUN'], ['system.run.']]) {
      expect(code(lists({ allow }), {})).toBe('node.command_denied');
    }
  });

  test('is refused where a list cannot be read', () => {
    for (const commands of [
      { allow: 'system.run' },
      { allow: ['system.run', 1] },
      { allow: ['system.run'], deny: 'x' },
    ]) {
      expect(code(lists(commands), {})).toBe('config.invalid');
    }
    expect(code({ gateway: { nodes: [] } }, {})).toBe('config.invalid');
  });
});

describe('the scope of a caller', () => {
  test('P22.03: reaches no further than the command allows', () => {
    expect(code(ALLOWED, { scopes: ['operator.write'] })).toBe('node.command_scope');
    expect(code(ALLOWED, { scopes: [] })).toBe('node.command_scope');
    expect(code(ALLOWED, { scopes: ['operator.admin'] })).toBe('node.command_allowed');
    const node = { paired: true, declared: ['camera.snap'], approved: ['camera.snap'] };
    const camera = lists({ allow: ['camera.snap'] });
    const input = { command: 'camera.snap', node };
    expect(code(camera, { ...input, scopes: ['operator.write'] })).toBe('node.command_allowed');
    expect(code(camera, { ...input, scopes: ['operator.read'] })).toBe('node.command_scope');
  });

  test('of what is unknown is the highest', () => {
    expect(commandScope('device.info')).toBe('operator.write');
    expect(commandScope('camera.snap')).toBe('operator.write');
    expect(commandScope('system.run')).toBe('operator.admin');
    expect(commandScope('never.heard')).toBe('operator.admin');
  });

  test('to approve is that of everything that is offered', () => {
    expect(approveScopes([])).toEqual(['operator.pairing']);
    expect(approveScopes(['camera.snap'])).toEqual(['operator.pairing', 'operator.write']);
    expect(approveScopes(['camera.snap', 'system.run'])).toEqual([
      'operator.pairing',
      'operator.admin',
      'operator.write',
    ]);
  });
});
