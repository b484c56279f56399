// Who reaches what, as a table, as text for spreadsheets, and as the difference of two configs.
import { describe, expect, test } from 'vitest';
import {
  type Matrix,
  type MatrixRow,
  byGroup,
  csvCell,
  diffMatrix,
  exposureMatrix,
  matrixCsv,
} from '../../src/explain/index.ts';

const BASELINE = {
  commands: { ownerAllowFrom: ['telegram:1'] },
  tools: { profile: 'messaging' },
  channels: {
    telegram: {
      dmPolicy: 'pairing',
      allowFrom: ['1', '2'],
      groups: { '-5': { tools: { allow: ['web_search'] } } },
    },
  },
};

/** `who kind places people` of a row, with what it answers in some columns. */
function lines({ columns, rows }: Matrix, ...shown: readonly string[]): readonly string[] {
  return rows.map((row) => {
    const cells = shown.map((name) => row.cells[columns.indexOf(name)]?.effect ?? '?');
    return [row.who, row.kind, row.places.join('+'), row.people.join('+') || '*', ...cells].join(
      ' ',
    );
  });
}

const channelRows = (matrix: Matrix): Matrix => ({
  ...matrix,
  rows: matrix.rows.filter(({ kind }) => kind === 'direct' || kind === 'group'),
});

const at = (tools: unknown, ...columns: readonly string[]) => {
  const matrix = exposureMatrix({ tools });
  return columns.map((name) => matrix.rows[0]?.cells[matrix.columns.indexOf(name)]?.effect);
};

describe('the matrix', () => {
  test('has a row for everybody the config treats alike', () => {
    const matrix = exposureMatrix(BASELINE);
    const shown = ['speak', 'command:owner', 'web_search', 'web_fetch', 'cron'];
    expect(lines(channelRows(matrix), ...shown)).toEqual([
      'owner direct * 1 allow allow allow allow deny',
      'paired direct * * allow deny allow allow deny',
      'allowlisted direct * 2 allow deny allow allow deny',
      'stranger direct * * pair deny deny deny deny',
      'owner group -5 1 allow allow allow deny deny',
      'owner group * 1 deny deny deny deny deny',
      'allowlisted group -5 2 allow deny allow deny deny',
      'member group -5 * deny deny deny deny deny',
      'stranger group * * deny deny deny deny deny',
    ]);
  });

  test('never says of two people in two rooms what holds for one in one', () => {
    const groups = {
      '-5': { allowFrom: ['1'] },
      '-6': { allowFrom: ['2'] },
      '-7': { allowFrom: ['2'] },
    };
    const matrix = exposureMatrix({ channels: { telegram: { groups } } });
    const listed = { ...matrix, rows: matrix.rows.filter(({ who }) => who === 'allowlisted') };
    expect(lines(listed, 'speak')).toEqual([
      'allowlisted group -5 1 allow',
      'allowlisted group -6+-7 2 allow',
    ]);
  });

  test('tells models and the sandbox apart where they differ', () => {
    const matrix = exposureMatrix({
      tools: {
        profile: 'full',
        byProvider: { 'openai/gpt': { deny: ['read'] } },
        sandbox: { tools: { deny: ['read'] } },
      },
    });
    const rows = matrix.rows.filter(({ who }) => who === 'cron');
    const read = matrix.columns.indexOf('read');
    expect(rows.map(({ variants, cells }) => [variants, cells[read]?.effect])).toEqual([
      [['other models'], 'allow'],
      [['other models sandboxed', 'openai/gpt sandboxed'], 'deny'],
      [['openai/gpt'], 'deny'],
    ]);
  });

  test('has the doors of the gateway', () => {
    const { columns, rows, groups } = exposureMatrix({ tools: { profile: 'full' } });
    expect(lines({ columns, groups, rows }, 'speak', 'exec', 'cron', 'message')).toEqual([
      'operator door main operator.admin allow deny allow allow',
      'operator door main operator.write allow deny deny allow',
      'cron door main * allow deny allow allow',
      'webhook door main * allow deny deny allow',
      'subagent door main * allow deny deny deny',
    ]);
  });

  test('says how far tools reach', () => {
    const full = { profile: 'full', exec: { security: 'allowlist', ask: 'off' } };
    expect(at(full, 'exec', 'exec:any')).toEqual(['allow', 'deny']);
    const asking = { profile: 'full', exec: { security: 'allowlist', ask: 'on-miss' } };
    expect(at(asking, 'exec', 'exec:any')).toEqual(['allow', 'ask']);
    expect(at(full, 'read', 'read:outside', 'write:outside')).toEqual(['allow', 'deny', 'deny']);
    const outside = { ...full, fs: { workspaceOnly: false } };
    expect(at(outside, 'read:outside', 'write:outside')).toEqual(['allow', 'allow']);
    expect(at(full, 'web_fetch:public', 'web_fetch:private')).toEqual(['allow', 'deny']);
    const minimal = { profile: 'minimal' };
    expect(at(minimal, 'message', 'message:other')).toEqual(['allow', 'deny']);
    expect(at({ profile: 'messaging' }, 'browser', 'browser:act')).toEqual(['allow', 'deny']);
  });

  test('puts columns together by their most open answer', () => {
    const matrix = exposureMatrix(BASELINE);
    const [owner] = matrix.rows;
    expect(owner).toBeDefined();
    const groups = byGroup(matrix, owner?.cells ?? []);
    expect(groups.get('speak')).toEqual({ effect: 'allow', all: true });
    expect(groups.get('web')).toEqual({ effect: 'allow', all: false });
    expect(groups.get('fs')).toEqual({ effect: 'deny', all: true });
  });

  test('denies everything where the config cannot be read', () => {
    const { rows, columns } = exposureMatrix({ channels: { telegram: 7 }, tools: 7 });
    const open = rows.flatMap(({ who, cells }) =>
      cells.flatMap(({ effect }, column) =>
        effect === 'deny' ? [] : [`${who} ${columns[column]}`],
      ),
    );
    // Who may speak over the gateway's own doors is no question of the config.
    expect([...new Set(open)]).toEqual([
      'operator speak',
      'operator command:open',
      'operator command:owner',
      'cron speak',
      'webhook speak',
      'subagent speak',
    ]);
  });
});

describe('comma-separated values', () => {
  test.each([
    ['=1+1', "'=1+1"],
    ['+15551234567', "'+15551234567"],
    ['-100123', "'-100123"],
    ['@alice', "'@alice"],
    ['  =1', "'  =1"],
    ['\t=1', `"'\t=1"`],
    ['\uFF1D1', "'\uFF1D1"],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['plain', 'plain'],
  ])('%j', (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  test('a table', () => {
    const row: MatrixRow = {
      who: 'member',
      channel: 'telegram',
      kind: 'group',
      accounts: ['default'],
      places: ['-5'],
      people: [],
      variants: [],
      cells: [{ effect: 'allow', code: 'x', path: 'y' }],
    };
    expect(matrixCsv({ columns: ['speak'], groups: ['speak'], rows: [row] })).toBe(
      "who,channel,kind,accounts,places,people,variants,speak\r\nmember,telegram,group,default,'-5,*,*,allow\r\n",
    );
  });
});

const changes = (before: unknown, after: unknown) =>
  diffMatrix(before, after).rows.flatMap(
    ({ before: was, after: is, kind, people, changes: cells }) =>
      cells.map(
        ({ capability, change, before: from, after: to, keys }) =>
          `${was === is ? is : `${was}>${is}`} ${kind} ${people.join('+') || '*'}: ` +
          `${change} ${capability} ${from.effect}>${to.effect} (${keys.join(' + ')})`,
      ),
  );

describe('the difference of two configs', () => {
  const telegram = BASELINE.channels.telegram;

  test('is nothing for a config and itself, and for another spelling of it', () => {
    const spelled = { ...telegram, allowFrom: ['tg:2', 'telegram:1'] };
    expect(diffMatrix(BASELINE, BASELINE)).toEqual({
      rows: [],
      opens: 0,
      closes: 0,
      changedKeys: [],
      incomplete: [],
    });
    expect(diffMatrix(BASELINE, { ...BASELINE, channels: { telegram: spelled } })).toEqual({
      rows: [],
      opens: 0,
      closes: 0,
      changedKeys: ['channels.telegram.allowFrom'],
      incomplete: [],
    });
  });

  test('names who is let in and by which key', () => {
    const after = {
      ...BASELINE,
      tools: { profile: 'minimal' },
      channels: { telegram: { ...telegram, allowFrom: ['1', '2', '3'] } },
    };
    expect(changes({ ...BASELINE, tools: { profile: 'minimal' } }, after)).toEqual([
      'stranger>allowlisted direct 3: opens speak pair>allow (channels.telegram.allowFrom)',
      'stranger>allowlisted direct 3: opens command:open deny>allow (channels.telegram.allowFrom)',
      'stranger>allowlisted direct 3: opens session_status deny>allow (channels.telegram.allowFrom)',
      'stranger>allowlisted direct 3: opens message deny>allow (channels.telegram.allowFrom)',
      'member>allowlisted group 3: opens speak deny>allow (channels.telegram.allowFrom)',
      'member>allowlisted group 3: opens command:open deny>allow (channels.telegram.allowFrom)',
    ]);
  });

  test('shows that a list was the only thing that held an account back', () => {
    const accounts = { work: { dmPolicy: 'open', allowFrom: ['*'] } };
    const clamped = { channels: { telegram: { allowFrom: ['1'], accounts } } };
    const { rows } = diffMatrix(clamped, { channels: { telegram: { accounts } } });
    const opened = rows.filter(({ changes: cells }) =>
      cells.some(({ change }) => change === 'opens'),
    );
    expect(opened.map(({ after, accounts: ids, people }) => [after, ids, people])).toEqual([
      ['stranger', ['work'], []],
      ['paired', ['work'], []],
    ]);
    const keys = opened.flatMap(({ changes: cells }) => cells.flatMap((cell) => cell.keys));
    expect(new Set(keys)).toEqual(new Set(['channels.telegram.allowFrom']));
  });

  test('finds the keys that only open together', () => {
    const after = {
      ...BASELINE,
      tools: { profile: 'full', exec: { security: 'full', ask: 'off' } },
    };
    const exec = changes(BASELINE, after).filter((line) => line.includes(' exec '));
    expect(exec).toEqual([
      'owner direct 1: opens exec deny>allow (tools.profile + tools.exec)',
      'allowlisted direct 2: opens exec deny>allow (tools.profile + tools.exec)',
      'paired direct *: opens exec deny>allow (tools.profile + tools.exec)',
      'operator door operator.admin: opens exec deny>allow (tools.profile + tools.exec)',
      'operator door operator.write: opens exec deny>allow (tools.profile + tools.exec)',
      'cron door *: opens exec deny>allow (tools.profile + tools.exec)',
      'subagent door *: opens exec deny>allow (tools.profile + tools.exec)',
    ]);
  });

  test('does not blame a key that changes nothing', () => {
    const after = { ...BASELINE, gateway: { port: 1 }, tools: { profile: 'minimal' } };
    const { opens, closes, changedKeys, rows } = diffMatrix(BASELINE, after);
    expect(opens).toBe(0);
    expect(closes).toBeGreaterThan(0);
    expect(changedKeys).toEqual(['tools.profile', 'gateway']);
    const keys = new Set(rows.flatMap(({ changes: cells }) => cells.flatMap((cell) => cell.keys)));
    expect([...keys]).toEqual(['tools.profile']);
  });
});
