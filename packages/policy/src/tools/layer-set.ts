/**
 * All layers a tool has to pass, and their answers about the tools every gateway has.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type Section, within } from '../config/shape.ts';
import { asChoice } from '../setting.ts';
import type { Layer } from './layer.ts';
import { type NamedTool, coreTool } from './names.ts';
import type { ProfileLayer } from './profile-layer.ts';
import { verdict } from './reasons.ts';

/** What the layers say about one tool, before the call itself is looked at. */
export interface ToolAnswer {
  readonly refusal: Decision | undefined;
  readonly constraint: string | undefined;
  readonly allowed: Decision;
}

/** The layers of one place. They depend on the config alone, and so do their answers. */
export class LayerSet {
  private readonly profiles: readonly ProfileLayer[];
  private readonly layers: readonly Layer[];
  private readonly mayRun: () => boolean;
  private readonly answers: Map<string, ToolAnswer> = new Map();

  /** `profiles` and `others` from wide to narrow; `mayRun` says whether commands run at all. */
  constructor(profiles: readonly ProfileLayer[], others: readonly Layer[], mayRun: () => boolean) {
    this.profiles = profiles;
    this.layers = [...profiles, ...others];
    this.mayRun = mayRun;
  }

  answer(tool: NamedTool): ToolAnswer {
    const known = this.answers.get(tool.name);
    if (known !== undefined) return known;
    const answer = this.work(tool);
    // A plugin can register another tool under the same name: only core tools are the same for ever.
    if (coreTool(tool.name) !== undefined) this.answers.set(tool.name, answer);
    return answer;
  }

  private work(tool: NamedTool): ToolAnswer {
    const constraint = this.constraintOn(tool.name);
    return {
      refusal: this.refusal(tool),
      constraint,
      allowed:
        constraint === undefined
          ? verdict.allow('tool.allowed', 'tools')
          : verdict.allow('tool.allowed', 'tools', { constraints: { [tool.name]: constraint } }),
    };
  }

  private refusal(tool: NamedTool): Decision | undefined {
    for (const layer of this.layers) {
      if (layer.denyCode !== undefined && layer.denies(tool)) {
        return verdict.deny(layer.denyCode, `${layer.path}.deny`);
      }
    }
    if (tool.madeOf !== undefined) return this.refusalOfParts(tool.madeOf);
    for (const layer of this.layers) {
      if (!layer.includes(tool)) return verdict.deny(layer.missCode, layer.path);
    }
    const { name } = tool;
    return (name === 'exec' || name === 'process') && !this.mayRun()
      ? verdict.deny('tool.exec.security_deny', 'tools.exec.security')
      : undefined;
  }

  private refusalOfParts(parts: readonly string[]): Decision | undefined {
    for (const part of parts) {
      const tool = coreTool(part);
      // What nobody knows cannot stand for anything.
      if (tool === undefined) return verdict.deny('tool.unknown', 'input.tool');
      const { refusal } = this.answer(tool);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  private constraintOn(name: string): string | undefined {
    for (const profile of this.profiles) {
      const constraint = profile.constraintOn(name);
      if (constraint !== undefined) return constraint;
    }
    return undefined;
  }
}

const SECURITY = ['deny', 'allowlist', 'full'] as const;
const MODES = ['deny', 'allowlist', 'ask', 'auto', 'full'] as const;

/** Whether `tools.exec` lets any command run: the first level that says something, else no. */
export function commandsMayRun(levels: readonly (Section | undefined)[]): boolean {
  for (const level of levels) {
    const says = securityOf(level);
    if (says !== undefined) return says;
  }
  return false;
}

/** Undefined when the level says nothing. `mode` and `security` together: the stricter counts. */
function securityOf(section: Section | undefined): boolean | undefined {
  if (section === undefined) return undefined;
  const security = asChoice(within(section, 'exec', 'security'), SECURITY);
  const mode = asChoice(within(section, 'exec', 'mode'), MODES);
  if (security === undefined && mode === undefined) return undefined;
  return security !== 'deny' && mode !== 'deny';
}
