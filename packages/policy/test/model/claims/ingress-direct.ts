/**
 * Claims about direct messages and the lists that admit their senders.
 *
 * @module
 */
import { type Claim, type Run, product } from '../explorer.ts';
import {
  DM_POLICIES,
  GROUP_MAPS,
  LISTS,
  type ListWord,
  PEOPLE,
  type People,
  SENDERS,
  admit,
  channelConfig,
  inForce,
  isPerson,
  listed,
  roomEvent,
  senderOf,
  telegram,
  written,
} from '../ingress-domain.ts';
import { narrowing } from './ingress-narrowing.ts';

const ACCOUNT_LISTS: readonly ListWord[] = [undefined, [], ['a'], ['*']];
const PAIRED: readonly ListWord[] = [[], ['a'], ['*']];
const POLICIES = ['pairing', 'allowlist', 'open', undefined] as const;

interface DirectCase {
  readonly people: People;
  readonly policy: string | undefined;
  readonly root: ListWord;
  readonly account: ListWord;
  readonly paired: ListWord;
  readonly who: string;
  readonly bot: boolean;
}

function directDecision(each: DirectCase, kind: 'direct' | 'groupdm' = 'direct') {
  const { people, policy, root, account, paired, who, bot } = each;
  const config = channelConfig(people, {
    dmPolicy: policy,
    allowFrom: written(root, people),
    allowBots: true,
    dm: { groupEnabled: true },
    requireMention: false,
    accounts: account === undefined ? undefined : { work: { allowFrom: written(account, people) } },
  });
  return admit(config, {
    channel: people.channel,
    accountId: account === undefined ? 'default' : 'work',
    kind,
    peerId: kind === 'direct' ? undefined : 'room',
    sender: senderOf(who, people, bot),
    state: { paired: written(paired, people) },
  });
}

function* directCases(): Generator<DirectCase> {
  const rows = product(PEOPLE, DM_POLICIES, LISTS, ACCOUNT_LISTS, PAIRED, SENDERS, [false, true]);
  for (const [people, policy, root, account, paired, who, bot] of rows) {
    yield { people, policy, root, account, paired, who, bot };
  }
}

/** Whether the rule knows a reason to let the sender write. */
function mayWrite({ people, policy, root, account, paired, who }: DirectCase): boolean {
  if (!isPerson(who, people) || policy === 'disabled' || policy === 'Open') return false;
  if (listed(inForce(root, account), who) !== 'none') return true;
  const isPaired = (paired ?? []).some((word) => word === who);
  return (policy === undefined || policy === 'pairing') && isPaired;
}

function checkDirect(run: Run): void {
  for (const each of directCases()) {
    const decision = directDecision(each);
    run.expect(
      decision.effect !== 'allow' || mayWrite(each),
      'a stranger may write',
      each,
      decision,
    );
  }
}

function checkPairingStaysDirect(run: Run): void {
  for (const each of directCases()) {
    if ((each.paired ?? []).length > 0) continue;
    const before = directDecision(each, 'groupdm');
    for (const paired of [['a'], ['*']] as const) {
      const after = directDecision({ ...each, paired }, 'groupdm');
      const equal = before.effect === after.effect && before.code === after.code;
      run.expect(equal, 'the pairing store counts in a group message', each, before, after);
    }
  }
  const rooms = product(GROUP_MAPS, [undefined, 'open', 'allowlist'], LISTS, LISTS, ['a', 'b']);
  for (const [groups, groupPolicy, allowFrom, groupAllowFrom, who] of rooms) {
    const config = channelConfig(telegram, {
      groups,
      groupPolicy,
      allowFrom: written(allowFrom, telegram),
      groupAllowFrom: written(groupAllowFrom, telegram),
    });
    const decisions = ['none', 'a', '*'].map((paired) => {
      const state = { paired: paired === 'none' ? [] : [paired === 'a' ? telegram.a : '*'] };
      return admit(config, roomEvent('g', senderOf(who, telegram), { state }));
    });
    const codes = new Set(decisions.map(({ effect, code }) => `${effect} ${code}`));
    run.expect(codes.size === 1, 'the pairing store counts in a room', config, who, [...codes]);
  }
}

function checkClamp(run: Run): void {
  const roots = LISTS.filter((list) => list !== undefined && !list.includes('*'));
  const accounts: readonly ListWord[] = [['*'], ['a', '*'], ['b', '*']];
  for (const [people, policy, root, account, who] of product(
    PEOPLE,
    POLICIES,
    roots,
    accounts,
    SENDERS,
  )) {
    const own = account?.filter((word) => word !== '*');
    const admitted = listed(root, who) !== 'none' || listed(own, who) !== 'none';
    const direct = directDecision({ people, policy, root, account, paired: [], who, bot: false });
    run.expect(
      direct.effect !== 'allow' || admitted,
      'an account opens what the channel keeps closed',
      { people, policy, root, account, who },
      direct,
    );
    if (people.channel !== 'telegram' || policy === 'pairing') continue;
    const config = channelConfig(people, {
      groups: { g: {} },
      groupPolicy: policy === 'allowlist' ? policy : undefined,
      groupAllowFrom: written(root, people),
      accounts: { work: { groupAllowFrom: written(account, people) } },
    });
    const event = roomEvent('g', senderOf(who, people), { accountId: 'work' });
    const room = admit(config, event);
    run.expect(room.effect !== 'allow' || admitted, 'an account opens rooms', config, event, room);
  }
}

/** What is proved about direct messages and lists. */
export const directClaims: readonly Claim[] = [
  {
    id: 'I1',
    sentence: 'a direct message is allowed only by an entry of its sender, by * or by pairing',
    bounds:
      '5 networks, 6 policies, 7 root lists, 4 account lists, 3 pairing stores, 4 senders, bots and people',
    check: checkDirect,
  },
  {
    id: 'I2',
    sentence: 'the pairing store counts in direct messages only',
    bounds: 'as I1 for group messages; Telegram rooms with 9 maps, 3 policies, 7 x 7 lists',
    check: checkPairingStaysDirect,
  },
  {
    id: 'I3',
    sentence: 'a * in a list of an account never widens a list of the channel without one',
    bounds:
      '5 networks, 4 policies, 4 root lists without *, 3 account lists with *, direct and rooms',
    check: checkClamp,
  },
  narrowing,
];
