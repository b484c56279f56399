/**
 * Deliberate bugs in admission, two for each claim.
 *
 * @module
 */
import type { Mutant } from '../explorer.ts';

const DIRECT = 'src/ingress/direct.ts';
const INGRESS = 'src/ingress/ingress.ts';
const LISTS = 'src/ingress/sender-list.ts';
const MAP = 'src/ingress/group-map.ts';
const MENTION = 'src/ingress/mention.ts';
const ROOM = 'src/ingress/room.ts';
const COMMAND = 'src/ingress/command.ts';
const LOOP = 'src/ingress/bot-loop.ts';

const REFUSED =
  "if (access.decision.effect !== 'allow') return this.result(access, isOwner, false);";

export const mutants: readonly Mutant[] = [
  {
    claim: 'I1',
    id: 'M1',
    file: DIRECT,
    find: 'if (list?.wildcard === true) return',
    replace: 'if (list?.wildcard !== false) return',
  },
  {
    claim: 'I1',
    id: 'M2',
    file: DIRECT,
    find: "if (policy.value === 'allowlist') {",
    replace: "if (policy.value === 'allowlist' && !isPaired(scope, facts)) {",
  },
  {
    claim: 'I2',
    id: 'M1',
    file: INGRESS,
    find: 'return this.room.access(this.speaker, audience);',
    replace: `const found = this.room.access(this.speaker, audience);
      const { speaker, peerId } = this;
      const known = { speaker, peerId, paired: own(this.state, 'paired'), audience };
      return found.decision.effect === 'allow' ? found : directAccess(this.scope, known);`,
  },
  {
    claim: 'I2',
    id: 'M2',
    file: DIRECT,
    find: 'listedAccess(scope, policy, facts, false)',
    replace: 'listedAccess(scope, policy, facts, true)',
  },
  {
    claim: 'I3',
    id: 'M1',
    file: LISTS,
    find: 'if (root.list.wildcards === 0) {',
    replace: 'if (root.list.length === 0) {',
  },
  {
    claim: 'I3',
    id: 'M2',
    file: LISTS,
    find: 'if (root.list.wildcards === 0) {',
    replace: 'if (root.list.wildcards === 0 && root.list.length > 0) {',
  },
  {
    claim: 'I4',
    id: 'M1',
    file: MENTION,
    find: ": verdict.ignore('group.mention.undetectable', path, obligations);",
    replace: ': undefined;',
  },
  {
    claim: 'I4',
    id: 'M2',
    file: MENTION,
    find: 'if (!mentionsOthers && input.mayBypass())',
    replace: 'if (input.mayBypass())',
  },
  {
    claim: 'I5',
    id: 'M1',
    file: INGRESS,
    find: REFUSED,
    replace: `if (access.decision.effect !== 'allow') {
      const addressed = this.kind === 'direct' ? undefined : this.mention(undefined);
      const first = addressed?.effect === 'ignore' ? plain(addressed) : access;
      return this.result(first, isOwner, false);
    }`,
  },
  {
    claim: 'I5',
    id: 'M2',
    file: INGRESS,
    find: REFUSED,
    replace: `const replied = own(this.facts.facts, 'replyToBot') === true;
    if (access.decision.effect !== 'allow' && !replied) return this.result(access, isOwner, false);
    if (replied) return this.result(plain(verdict.allow('group.sender_allowlisted', 'x')), isOwner, true);`,
  },
  {
    claim: 'I6',
    id: 'M1',
    file: MAP,
    find: "return ids.has(peerId) || ids.has('*');",
    replace: "return ids.has(peerId) || ids.has('*') || ownEntry(groups, peerId) !== undefined;",
  },
  {
    claim: 'I6',
    id: 'M2',
    file: MAP,
    find: 'if (allowlist.value === undefined) {',
    replace: 'if (allowlist.value === undefined || allowlist.value.length === 0) {',
  },
  {
    claim: 'I7',
    id: 'M1',
    file: ROOM,
    find: "if (firm.includes('disabled')) return 'disabled';",
    replace: '',
  },
  {
    claim: 'I7',
    id: 'M2',
    file: ROOM,
    find: '[topic, entry, guild, accountSection, channelSection].map(ownPolicy)',
    replace: '[topic, entry, guild, undefined, channelSection].map(ownPolicy)',
  },
  {
    claim: 'I8',
    id: 'M1',
    file: 'src/ingress/scope.ts',
    find: "clampedList(sections, (section) => within(section, 'groupAllowFrom'))",
    replace: `clampedList(sections, (section) => {
      const list = within(section, 'groupAllowFrom');
      return list.value?.length === 0 ? { ...list, value: undefined } : list;
    })`,
  },
  {
    claim: 'I8',
    id: 'M2',
    file: DIRECT,
    find: "if (policy.value === 'allowlist') {",
    replace: "if (policy.value === 'allowlist' && (list?.length ?? 0) > 0) {",
  },
  {
    claim: 'I9',
    id: 'M1',
    file: 'src/config/shape.ts',
    find: 'value = value !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;',
    replace: 'value = value?.[key];',
  },
  {
    claim: 'I9',
    id: 'M2',
    file: LISTS,
    find: 'audiences.some((name) => own(audience, name) === true)',
    replace: 'audiences.some((name) => name in audience)',
  },
  {
    claim: 'I10',
    id: 'M1',
    file: COMMAND,
    find: 'return list !== undefined && list.ids.has(id);',
    replace: 'return list !== undefined && (list.ids.has(id) || list.wildcards > 0);',
  },
  {
    claim: 'I10',
    id: 'M2',
    file: COMMAND,
    find: 'const name = command.trim().toLowerCase();',
    replace: 'const name = command.trim();',
  },
  {
    claim: 'I11',
    id: 'M1',
    file: INGRESS,
    find: 'return JSON.stringify([',
    replace: 'return String([',
  },
  {
    claim: 'I11',
    id: 'M2',
    file: INGRESS,
    find: "own(input, 'topicId') ?? own(input, 'threadId') ?? '',",
    replace: "'',",
  },
  {
    claim: 'I12',
    id: 'M1',
    file: LOOP,
    find: 'return counted.length > limits.most',
    replace: 'return counted.length > limits.most + 1',
  },
  {
    claim: 'I12',
    id: 'M2',
    file: LOOP,
    find: 'if (now < pair.cooldownUntil) return { next: kept, suppressed: true };',
    replace:
      'if (now < pair.cooldownUntil) return { next: { ...kept, cooldownUntil: now + limits.cooldownMs }, suppressed: true };',
  },
  {
    claim: 'I13',
    id: 'M1',
    file: DIRECT,
    find: 'setting === undefined ? undefined : asChoice(setting, DM_POLICIES);',
    replace: 'DM_POLICIES.find((each) => each === setting?.value);',
  },
  {
    claim: 'I13',
    id: 'M2',
    file: 'src/verdict.ts',
    find: '? invalid(error.path)',
    replace: "? engine.allow('config.invalid', error.path)",
  },
];
