/**
 * Claims about tools: which lists count, and that nothing narrower opens what is closed above.
 *
 * @module
 */
import { type Claim, type Run, product, rank } from '../explorer.ts';
import {
  CONTEXTS,
  LAYERS,
  LISTS,
  OWNER,
  SLOTS,
  SMALL_LISTS,
  type Slot,
  TOOLS,
  callTool,
  denies,
  toolConfig,
} from '../tools-domain.ts';
import { sessionClaims } from './tools-session.ts';

const BOTH = { owner: true, sandboxed: true, subagent: true };
const DENY_LISTS = [
  ['exec'],
  ['bash'],
  ['ba*'],
  [' Exec '],
  ['*'],
  ['e*'],
  ['group:fs'],
  ['group:runtime'],
  ['group:automation'],
  ['acme'],
  ['group:plugins'],
  ['message', 'group:typo'],
] as const;
const ALIASES: readonly (readonly [string, string])[] = [
  ['bash', 'exec'],
  [' EXEC', 'exec'],
  ['fs.read', 'read'],
  ['apply-patch', 'apply_patch'],
];
const OPEN_LISTS = [['*'], ['exec', 'read', 'go'], ['group:fs', 'group:runtime']] as const;

function checkDenyWins(run: Run): void {
  for (const [layer, list, slot, beside] of product(LAYERS, DENY_LISTS, SLOTS, OPEN_LISTS)) {
    if (slot.field === 'deny') continue;
    const slots: readonly Slot[] = [
      { layer, field: 'deny', list },
      { ...slot, list: beside },
    ];
    const config = toolConfig({ profile: 'full', slots });
    const context = layer === 'sandbox' || layer === 'subagent' ? BOTH : OWNER;
    for (const tool of TOOLS) {
      const matched = denies(list, tool) ?? true;
      if (!matched) continue;
      const { effect, code } = callTool(config, context, tool);
      run.expect(
        effect === 'deny',
        'a denied tool is allowed',
        { layer, list, slot, beside },
        tool,
        code,
      );
    }
    for (const [alias, tool] of ALIASES) {
      const same = callTool(config, context, alias).code === callTool(config, context, tool).code;
      run.expect(same, 'another name of a tool decides otherwise', alias, slots);
    }
  }
}

/** Compares two configs for every tool and context. */
function expectNoMore(run: Run, wide: unknown, narrow: unknown, broken: string): void {
  for (const [context, tool] of product(CONTEXTS, TOOLS)) {
    if (tool === 'edit' || tool === 'no-such-tool') continue;
    const before = callTool(wide, context, tool);
    const after = callTool(narrow, context, tool);
    const trace = [{ wide, narrow }, context, tool, before.code, after.code] as const;
    run.expect(rank(after) <= rank(before), broken, ...trace);
    const kept = Object.entries(before.constraints ?? {}).every(
      ([key, value]) => after.effect !== 'allow' || after.constraints?.[key] === value,
    );
    run.expect(kept, `${broken}: a constraint is gone`, ...trace);
  }
}

const ADDED = [
  'exec',
  'bash',
  'group:fs',
  'group:typo',
  '*',
  'b*',
  'junk',
  'acme',
  'bundle-mcp',
  '',
];

function checkAddingDeny(run: Run): void {
  const bases = run.long ? LISTS : [[], ['exec'], ['message', 'browser']];
  for (const [layer, base, slot, beside] of product(LAYERS, bases, SLOTS, SMALL_LISTS)) {
    if (slot.field === 'deny' || (slot.layer !== layer && slot.layer !== 'global')) continue;
    const config = (list: readonly string[]) => {
      const slots: readonly Slot[] = [
        { layer, field: 'deny', list },
        { ...slot, list: beside },
      ];
      return toolConfig({ profile: slot.field === 'allow' ? 'full' : undefined, slots });
    };
    const wide = config(base);
    for (const entry of ADDED) {
      expectNoMore(run, wide, config([...base, entry]), 'another deny entry grants');
    }
  }
}

const WIDE_LISTS = [
  ['exec'],
  ['*'],
  ['browser'],
  ['exec', 'browser'],
  ['group:ui', 'browser'],
  ['read', '*'],
] as const;

function checkNarrowingAllow(run: Run): void {
  const profiles = run.long
    ? ([undefined, 'messaging', 'coding', 'full'] as const)
    : ([undefined, 'messaging', 'full'] as const);
  for (const [profile, slot, list, other] of product(profiles, SLOTS, WIDE_LISTS, SLOTS)) {
    if (slot.field === 'deny' || other.field === 'deny') continue;
    // Beside it nothing, or one list of the agent or of everybody.
    if (other.layer !== 'agent' && other.layer !== 'global') continue;
    if (other.layer === slot.layer) continue;
    for (const beside of [undefined, ['browser', 'exec']] as const) {
      const config = (each: readonly string[]) => {
        const slots: readonly Slot[] = [
          { ...slot, list: each },
          ...(beside === undefined ? [] : [{ ...other, list: beside }]),
        ];
        return toolConfig({ profile, slots });
      };
      const wide = config(list);
      list.forEach((_, index) => {
        const narrow = config(list.toSpliced(index, 1));
        expectNoMore(run, wide, narrow, 'a shorter allow list grants');
      });
    }
  }
}

const NEVER_IN_SUBAGENTS: ReadonlySet<string> = new Set(['message', 'cron']);

/** Everything a narrower scope can say, except what defines the profile itself. */
const NARROW = SLOTS.filter(
  ({ layer, field }) =>
    layer !== 'global' && layer !== 'provider' && (layer !== 'agent' || field !== 'alsoAllow'),
);

function checkNarrowScopes(run: Run): void {
  const profiles = ['messaging', 'coding', 'full'] as const;
  const wideSlots: readonly (Slot | undefined)[] = [
    undefined,
    { layer: 'global', field: 'allow', list: ['exec', 'message'] },
    { layer: 'global', field: 'deny', list: ['exec'] },
  ];
  const lists = run.long ? LISTS : SMALL_LISTS;
  for (const [profile, wideSlot, first, one] of product(profiles, wideSlots, NARROW, LISTS)) {
    const above = wideSlot === undefined ? [] : [wideSlot];
    const wide = toolConfig({ profile, slots: above });
    const most = TOOLS.map((tool) => rank(callTool(wide, OWNER, tool)));
    const pairs = [undefined, ...product(NARROW, lists)];
    for (const pair of run.long || wideSlot === undefined ? pairs : [undefined]) {
      const [slot, two] = pair ?? [];
      if (slot === first) continue;
      const more = slot === undefined || two === undefined ? [] : [{ ...slot, list: two }];
      const narrow = toolConfig({ profile, slots: [...above, { ...first, list: one }, ...more] });
      TOOLS.forEach((tool, index) => {
        if (!run.long && more.length > 0 && index > 3) return;
        const subagent = first.layer === 'subagent' || slot?.layer === 'subagent';
        const sandboxed = first.layer === 'sandbox' || slot?.layer === 'sandbox';
        const decision = callTool(narrow, { owner: true, sandboxed, subagent }, tool);
        const trace = [narrow, { sandboxed, subagent }, tool, decision.code] as const;
        const fine = rank(decision) <= (most[index] ?? 0);
        run.expect(fine, 'a narrower scope grants', ...trace);
        const lifted = subagent && NEVER_IN_SUBAGENTS.has(tool) && rank(decision) > 0;
        run.expect(!lifted, 'a sub-agent got what none may have', ...trace);
      });
    }
  }
}

/** What is proved about tools. */
export const claims: readonly Claim[] = [
  {
    id: 'T1',
    sentence: 'a tool on any deny list in force is denied, whatever else is said',
    bounds:
      '7 layers, 12 deny lists, beside every allow slot with 3 lists; 11 tools and 4 other names',
    check: checkDenyWins,
  },
  {
    id: 'T2',
    sentence: 'another entry in a deny list never grants and never lifts a constraint',
    bounds:
      '7 layers, 3 deny lists, 10 entries, beside lists of the same layer or of all; 9 tools, 4 contexts. Long: 8 deny lists',
    check: checkAddingDeny,
  },
  {
    id: 'T3',
    sentence: 'a shorter allow list never grants and never lifts a constraint',
    bounds:
      '13 slots, 6 lists, 3 profiles, alone and beside a list of the agent or of all; 9 tools, 4 contexts. Long: 4 profiles',
    check: checkNarrowingAllow,
  },
  {
    id: 'T4',
    sentence:
      'what an agent, room, sender, sandbox or sub-agent adds never exceeds the wider scope',
    bounds:
      '3 profiles, 13 narrow slots alone (8 lists, beside 3 wide lists, 11 tools) and in pairs (5 lists, 4 tools); agent.alsoAllow defines the profile and is left out. Long: pairs of 8 lists, 11 tools, beside wide lists',
    check: checkNarrowScopes,
  },
  ...sessionClaims,
];
