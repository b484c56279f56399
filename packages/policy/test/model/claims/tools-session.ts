/**
 * Claims about who may have tools at all: owners, sub-agents, tools nobody registered, and the
 * browser that only looks.
 *
 * @module
 */
import { decide } from '../../../src/ops.ts';
import { type Claim, type Run, product } from '../explorer.ts';
import {
  ALL_TOOLS,
  CONTEXTS,
  type Context,
  OWNER,
  PROFILES,
  SLOTS,
  type Slot,
  TOOLS,
  callTool,
  scopeOf,
  settingsOf,
  toolConfig,
} from '../tools-domain.ts';

const OWNER_TOOLS = [
  'cron',
  'gateway',
  'webhook',
  'hooks',
  'nodes',
  'computer',
  'screen',
  'terminal',
  'conversations_list',
  'conversations_send',
  'conversations_turn',
];

function checkOwnerTools(run: Run): void {
  const people = [false, true].flatMap((sandboxed) =>
    [false, true].map((subagent) => ({ owner: false, sandboxed, subagent })),
  );
  const lists = [['*'], OWNER_TOOLS, ['group:openclaw', 'hooks'], ['group:automation', 'hooks']];
  for (const [profile, slot, list, context] of product(PROFILES, SLOTS, lists, people)) {
    const config = toolConfig({ profile, slots: [{ ...slot, list }] });
    for (const tool of OWNER_TOOLS) {
      const { effect, code } = callTool(config, context, tool);
      run.expect(
        effect === 'deny',
        'somebody else has a tool of the owner',
        { profile, slot, list },
        tool,
        code,
      );
    }
  }
  for (const settings of settingsOf(run)) {
    const config = toolConfig(settings);
    for (const tool of ['cron', 'hooks']) {
      const { effect } = callTool(config, { ...OWNER, owner: false }, tool);
      run.expect(effect === 'deny', 'somebody else has a tool of the owner', settings, tool);
    }
  }
}

const UNKNOWN = ['no-such-tool', 'constructor', 'tostring', '__proto__', 'hasOwnProperty', '*', ''];

function checkUnknown(run: Run): void {
  const named: readonly Slot[] = [
    { layer: 'global', field: 'allow', list: [...UNKNOWN, '*'] },
    { layer: 'global', field: 'alsoAllow', list: UNKNOWN },
  ];
  const extra = named.map((slot) => ({ profile: 'full', slots: [slot] }));
  for (const settings of [...extra, ...settingsOf(run)]) {
    const config = toolConfig(settings);
    for (const tool of UNKNOWN) {
      const { effect } = callTool(config, OWNER, tool);
      run.expect(effect === 'deny', 'a tool nobody registered is allowed', settings, tool);
    }
  }
}

function listOf(config: unknown, scope: Readonly<Record<string, unknown>>): readonly string[] {
  const { value } = decide('tool.list', config, scope);
  return Array.isArray(value) ? value.map(String) : [];
}

const CAPPED = ['read', 'exec', 'web_fetch', 'sessions_spawn', 'write'];

function checkParentCap(run: Run): void {
  const subsets = Array.from({ length: 2 ** CAPPED.length }, (_, bits) =>
    CAPPED.filter((_tool, index) => ((bits >> index) & 1) === 1),
  );
  const profiles = run.long ? PROFILES : (['full', 'coding'] as const);
  const allow: readonly Slot[][] = [
    [],
    [{ layer: 'subagent', field: 'allow', list: ['*'] }],
    [{ layer: 'subagent', field: 'allow', list: CAPPED }],
    [{ layer: 'agent', field: 'alsoAllow', list: CAPPED }],
  ];
  for (const [profile, slots, parent] of product(profiles, allow, subsets)) {
    const config = {
      ...(toolConfig({ profile, slots }) as object),
      agents: { defaults: { subagents: { maxSpawnDepth: 4 } } },
    };
    let parentTools: readonly string[] = parent;
    for (const depth of [1, 2, 3]) {
      const scope = { ...scopeOf(OWNER), subagent: { depth, parentTools } };
      const own = listOf(config, scope);
      const beyond = own.filter((tool) => !parentTools.includes(tool));
      run.expect(
        beyond.length === 0,
        'a sub-agent has more than its parent',
        profile,
        slots,
        parentTools,
        beyond,
      );
      for (const tool of CAPPED.filter((each) => !parentTools.includes(each))) {
        const { effect } = decide('tool.decide', config, { ...scope, tool });
        run.expect(
          effect === 'deny',
          'a sub-agent may call more than its parent',
          profile,
          slots,
          parentTools,
          tool,
        );
      }
      // The next generation gets a part of this one's tools, so that caps differ by depth.
      parentTools = own.slice(1);
    }
  }
}

const NAMES = [...new Set([...TOOLS, ...ALL_TOOLS, ...OWNER_TOOLS, 'web_search', 'ask_user'])];

function expectList(run: Run, settings: Parameters<typeof toolConfig>[0], context: Context): void {
  const config = toolConfig(settings);
  const list = listOf(config, scopeOf(context));
  const trace = [settings, context, list] as const;
  for (const tool of NAMES) {
    const allowed = callTool(config, context, tool).effect === 'allow';
    run.expect(list.includes(tool) === allowed, 'list and decision differ', tool, ...trace);
  }
  const aliases = ['bash', 'sh', 'fs.read', 'apply-patch', 'automations', 'image'];
  run.expect(!aliases.some((alias) => list.includes(alias)), 'an alias is listed', ...trace);
}

function checkList(run: Run): void {
  let index = 0;
  for (const settings of settingsOf(run)) {
    // Pairs of lists take the contexts in turn.
    const single = run.long || settings.slots.length < 2;
    const contexts = single ? CONTEXTS : [CONTEXTS[index % CONTEXTS.length] ?? OWNER];
    index += 1;
    if (!single && index % 4 !== 0) continue;
    for (const context of contexts) expectList(run, settings, context);
  }
}

const LOOKING = [
  'status',
  'start',
  'stop',
  'profiles',
  'tabs',
  'open',
  'navigate',
  'snapshot',
  'screenshot',
  'console',
  'focus',
  'close',
  'pdf',
];
const OPERATING = [
  'act',
  'click',
  'type',
  'press',
  'fill',
  'drag',
  'select',
  'evaluate',
  'upload',
  'download',
  'dialog',
  'cookies',
  'storage',
  'Status',
  'status ',
  'screenshot2',
  '',
  'constructor',
  '__proto__',
];
const BROWSER_LISTS = [
  ['group:ui'],
  ['*'],
  ['bro*'],
  ['browser'],
  [' Browser '],
  ['message'],
  [],
] as const;

function checkBrowser(run: Run): void {
  for (const [profile, slot, list, owner, allowNonOwner] of product(
    PROFILES,
    SLOTS,
    BROWSER_LISTS,
    [false, true],
    [false, true],
  )) {
    const config = {
      ...(toolConfig({ profile, slots: [{ ...slot, list }] }) as object),
      browser: { allowNonOwner },
    };
    const wide = slot.layer === 'agent' || slot.layer === 'global';
    const lifted =
      wide && slot.field !== 'deny' && list.some((each) => each.trim().toLowerCase() === 'browser');
    const full = profile === undefined && wide && slot.field === 'allow' && list.length > 0;
    const constrained = (profile === 'messaging' || profile === undefined) && !full && !lifted;
    const context = { ...OWNER, owner };
    const trace = [{ profile, slot, list, owner, allowNonOwner }] as const;
    const plain = callTool(config, context, 'browser');
    const stated = plain.constraints?.['browser'] === 'readonly';
    const agrees = plain.effect !== 'allow' || stated === constrained;
    run.expect(agrees, 'the constraint is not what the rule says', ...trace, plain);
    for (const action of OPERATING) {
      const { effect } = callTool(config, context, 'browser', { action });
      const may = !constrained && (owner || allowNonOwner);
      run.expect(effect === 'deny' || may, 'a browser that looks operates', ...trace, action);
    }
    for (const action of LOOKING) {
      const { effect } = callTool(config, context, 'browser', { action });
      run.expect(effect === plain.effect, 'looking is decided otherwise', ...trace, action);
    }
  }
}

const DOMAIN =
  'no list, every list in every slot under 7 profiles, every pair of 5 lists under 2. Long: pairs of 8 lists under 7';

/** What is proved about who may have tools. */
export const sessionClaims: readonly Claim[] = [
  {
    id: 'T5',
    sentence: 'tools of the owner are denied to everybody else, whatever the config says',
    bounds: `11 tools with 4 lists in 20 slots under 7 profiles, 4 contexts; two tools for: ${DOMAIN}`,
    check: checkOwnerTools,
  },
  {
    id: 'T6',
    sentence: 'a tool nobody registered is denied, also under full and *',
    bounds: `7 names; ${DOMAIN}`,
    check: checkUnknown,
  },
  {
    id: 'T7',
    sentence: 'a sub-agent never has a tool its parent did not have',
    bounds:
      'all 32 sets of 5 tools as parents, chains of 3, 2 profiles, 4 configs that try to lift. Long: 7 profiles',
    check: checkParentCap,
  },
  {
    id: 'T8',
    sentence: 'the list of tools is exactly what would be allowed, under proper names',
    bounds: `28 names; ${DOMAIN}; of the pairs every fourth, contexts in turn. Long: all of them`,
    check: checkList,
  },
  {
    id: 'T9',
    sentence: 'a browser that may only look never operates a page, and says so',
    bounds: '7 profiles, 20 slots, 7 lists, owner or not, 13 looking and 19 other actions',
    check: checkBrowser,
  },
];
