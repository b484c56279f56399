/**
 * Deliberate bugs in the tool policy, two for each claim.
 *
 * @module
 */
import type { Mutant } from '../explorer.ts';

const DECIDE = 'src/tools/decide.ts';
const LAYER = 'src/tools/layer.ts';
const LIST = 'src/tools/tool-list.ts';
const PROFILE = 'src/tools/profile-layer.ts';
const SESSION = 'src/tools/session-layer.ts';

const LIFTING = '!lifting.some((list) => list.named.has(tool))';

export const mutants: readonly Mutant[] = [
  {
    claim: 'T1',
    id: 'M1',
    file: LAYER,
    find: 'denies: (tool) => deny !== undefined && refuses(deny, tool),',
    replace:
      'denies: (tool) => deny !== undefined && refuses(deny, tool) && !(allow !== undefined && admits(allow, tool)),',
  },
  {
    claim: 'T1',
    id: 'M2',
    file: DECIDE,
    find: '.decide(canonicalTool(tool), facts)',
    replace: '.decide(tool, facts)',
  },
  {
    claim: 'T2',
    id: 'M1',
    file: LIST,
    find: 'if (members === undefined && denying) throw new InvalidSetting(path);',
    replace: `if (members === undefined && denying) {
        named.clear();
        grouped.clear();
      }`,
  },
  {
    claim: 'T2',
    id: 'M2',
    file: SESSION,
    find: '(NOT_IN_SANDBOX.has(tool.name) &&',
    replace: '(denying.every((list) => list.length === 0) && NOT_IN_SANDBOX.has(tool.name) &&',
  },
  {
    claim: 'T3',
    id: 'M1',
    file: LAYER,
    find: 'allow === undefined || admits(allow, tool),',
    replace: 'allow === undefined || allow.length === 0 || admits(allow, tool),',
  },
  {
    claim: 'T3',
    id: 'M2',
    file: PROFILE,
    find: LIFTING,
    replace: '!lifting.some((list) => list.length === 0 || list.named.has(tool))',
  },
  {
    claim: 'T4',
    id: 'M1',
    file: PROFILE,
    find: 'const lists = ofAgent === undefined ? [agent, global] : [agent];',
    replace: `const room = scope.config.root.channels.telegram.groups.g.tools;
  const lists = [agent, global, listsOf(scope, { value: room, path: 'room' })];`,
  },
  {
    claim: 'T4',
    id: 'M2',
    file: SESSION,
    find: 'NOT_FOR_SUBAGENTS.has(tool.name) ||',
    replace: '(NOT_FOR_SUBAGENTS.has(tool.name) && (section?.value?.allow ?? []).length === 0) ||',
  },
  {
    claim: 'T5',
    id: 'M1',
    file: DECIDE,
    find: 'if (OWNER_TOOLS.has(name) && !this.scope.isOwner) {',
    replace:
      'if (OWNER_TOOLS.has(name) && !this.scope.isOwner && this.scope.config.root.tools?.allow?.includes(name) !== true) {',
  },
  {
    claim: 'T5',
    id: 'M2',
    file: 'src/tools/names.ts',
    find: "  'hooks',\n",
    replace: '',
  },
  {
    claim: 'T6',
    id: 'M1',
    file: DECIDE,
    find: 'const tool = this.scope.registry.get(name);',
    replace:
      'const tool = this.scope.registry.get(name) ?? (name in {} ? { name, pluginId: undefined, mcp: false } : undefined);',
  },
  {
    claim: 'T6',
    id: 'M2',
    file: DECIDE,
    find: 'const tool = this.scope.registry.get(name);',
    replace: `const unlisted = { name, pluginId: undefined, mcp: false };
    const admitted = layersOf(this.scope).layers.every((layer) => layer.includes(unlisted));
    const tool = this.scope.registry.get(name) ?? (admitted ? unlisted : undefined);`,
  },
  {
    claim: 'T7',
    id: 'M1',
    file: SESSION,
    find: 'includes: (tool) => parent.has(tool.name),',
    replace:
      "includes: (tool) => parent.has(tool.name) || ['read', 'web_fetch'].includes(tool.name),",
  },
  {
    claim: 'T7',
    id: 'M2',
    file: SESSION,
    find: 'includes: (tool) => parent.has(tool.name),',
    replace: 'includes: (tool) => depth === 2 || parent.has(tool.name),',
  },
  {
    claim: 'T8',
    id: 'M1',
    file: DECIDE,
    find: 'const policy = new ToolPolicy(config, readToolFacts(input));\n  const names: string[] = [];',
    replace:
      'const policy = new ToolPolicy(config, { ...input, sender: undefined });\n  const names = [];',
  },
  {
    claim: 'T8',
    id: 'M2',
    file: DECIDE,
    find: 'names.push(name);',
    replace: "names.push(name);\n    if (name === 'exec') names.push('bash');",
  },
  {
    claim: 'T9',
    id: 'M1',
    file: DECIDE,
    find: 'if (action === undefined || READ_ONLY_ACTIONS.has(action)) return undefined;',
    replace:
      "if (!['act', 'click', 'type', 'fill', 'upload', 'download', 'dialog'].includes(action)) return undefined;",
  },
  {
    claim: 'T9',
    id: 'M2',
    file: PROFILE,
    find: LIFTING,
    replace: '!lifting.some((list) => list.named.has(tool) || list.grouped.has(tool))',
  },
];
