/**
 * The requirements about parts this gateway does not have.
 *
 * @module
 */
/** A requirement with nothing to prove. */
export interface NotApplicable {
  readonly id: string;
  /** True where the part is planned: the requirement comes with it. */
  readonly later: boolean;
  /** The part that is absent, by its name in `ABSENT_PARTS`. */
  readonly absent: string;
  /** Why nothing else here could break the requirement. */
  readonly reason: string;
}

/** Every requirement that cannot be broken here, and why. */
export const NOT_APPLICABLE: readonly NotApplicable[] = [
  {
    id: 'P03.07',
    later: true,
    absent: 'skills that describe commands',
    reason:
      'No file of a workspace describes a command; a call names its variables itself (P01.04).',
  },
  {
    id: 'P04.05',
    later: false,
    absent: 'a program the gateway starts for itself',
    reason: 'The gateway stages, commits and checks out nothing: it starts no version control.',
  },
  {
    id: 'P08.02',
    later: false,
    absent: 'a decoder of images',
    reason: 'Images are passed on as the bytes they came as; nothing here looks at a pixel.',
  },
  {
    id: 'P10.04',
    later: true,
    absent: 'a bot framework channel',
    reason: 'No channel takes the address it answers to from a message.',
  },
  {
    id: 'P28.01',
    later: true,
    absent: 'a browser the agent drives',
    reason: 'No browser is started, so no control port is opened.',
  },
  {
    id: 'P28.02',
    later: true,
    absent: 'a browser the agent drives',
    reason: 'No control port is probed, so nothing is sent to one.',
  },
  {
    id: 'P28.03',
    later: true,
    absent: 'a browser the agent drives',
    reason: 'The keys that name a remote browser have no effect, as a start says.',
  },
  {
    id: 'P35.03',
    later: true,
    absent: 'a login through OAuth',
    reason: 'Providers and networks are reached with keys and tokens the operator wrote down.',
  },
];
