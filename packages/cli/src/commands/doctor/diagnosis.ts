/**
 * What `openclaw status --all` adds: the agents, and everything the doctor looks at without asking
 * anybody over the network. Reads only, and holds no secret: it can be pasted into a report.
 *
 * @module
 */
import type { Invocation } from '../../command.ts';
import { examine } from '../../doctor/examine.ts';
import { realMachine } from '../../doctor/machine.ts';
import { readSubject } from '../../doctor/subject.ts';
import { listedAgents, printAgents } from '../agents/list.ts';
import { documentOf, printReport } from './doctor.ts';

/** A diagnosis of this machine. */
export interface Diagnosis {
  /** For programs: the shapes of `agents list --json` and `doctor --json`. */
  readonly document: object;
  /** Prints it for people. */
  readonly print: () => void;
}

/** Diagnoses this machine. Throws nothing for what is broken: the report says it. */
export async function diagnose(invocation: Invocation): Promise<Diagnosis> {
  const { context, doors, out } = invocation;
  const closeness = { deep: false, probe: false };
  const subject = readSubject(context, realMachine(), doors, closeness);
  const report = await out.during('Looking', examine(subject));
  const isReadable = subject.unreadable === undefined && subject.config.issues.length === 0;
  const agents = isReadable ? listedAgents(invocation) : [];
  return {
    document: {
      agents: agents.map(({ routes: _, ...agent }) => agent),
      doctor: documentOf(report),
    },
    print: () => {
      out.line();
      if (agents.length > 0) {
        printAgents(out, agents);
        out.line();
      }
      printReport(invocation, report);
    },
  };
}
