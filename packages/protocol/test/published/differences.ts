/**
 * Where our methods ask for another scope than OpenClaw's, and methods it does not have: which scope,
 * and why that one.
 *
 * @module
 */

/** A scope chosen here. */
export interface Chosen {
  readonly scope: string;
  readonly why: string;
}

/** Methods of both that ask for different scopes. */
export const DIFFERENT: Readonly<Record<string, Chosen>> = {
  health: {
    scope: 'none',
    why: 'The product answers it to every connection, whatever its own table says; probes hold no scope.',
  },
  agent: {
    scope: 'operator.write',
    why: 'Theirs depends on the message: one that starts a session anew needs admin. Here no message does that.',
  },
  'sessions.patch': {
    scope: 'operator.write',
    why: 'Theirs depends on the field. Here only title, pin and shelf can be changed, and that gives nobody a right.',
  },
  'sessions.create': {
    scope: 'operator.write',
    why: 'Theirs depends on the field. Here none gives more than a message to a session of that key, which makes it too.',
  },
  'sessions.delete': {
    scope: 'operator.admin',
    why: 'Theirs depends on whose session it is. Here whoever may delete one may delete each, so it takes the highest.',
  },
  'node.invoke': {
    scope: 'operator.write',
    why: 'Theirs depends on the command. Here what reaches into the machine asks for admin inside the method.',
  },
  'channels.pairing.approve': {
    scope: 'operator.pairing',
    why: 'Theirs depends on whether an owner is made. Here making one asks for admin inside the method.',
  },
};

/** Methods that are ours alone. */
export const OURS: Readonly<Record<string, Chosen>> = {
  'sessions.unsubscribe': {
    scope: 'operator.read',
    why: 'Takes back what sessions.subscribe asked for, and needs what that needs.',
  },
  'channels.pairing.revoke': {
    scope: 'operator.pairing',
    why: 'Takes back what channels.pairing.approve gave.',
  },
  'config.preview': {
    scope: 'operator.admin',
    why: 'Works out a change that only an admin may make.',
  },
  'config.rollback': {
    scope: 'operator.admin',
    why: 'Changes the config.',
  },
  'config.history': {
    scope: 'operator.admin',
    why: 'Says who changed the config and why; for those who may change it.',
  },
  'config.history.get': {
    scope: 'operator.admin',
    why: 'The same, with the texts.',
  },
  'config.status': {
    scope: 'operator.read',
    why: 'What waits and what needs a restart, in names of keys and words: config.get shows more.',
  },
  'config.accept': {
    scope: 'operator.admin',
    why: 'Puts a config in force, as config.set does.',
  },
  'config.reject': {
    scope: 'operator.admin',
    why: 'Writes the config file, as config.set does.',
  },
  'mcp.list': {
    scope: 'operator.read',
    why: 'Names of tool servers and their state; their settings are not in it.',
  },
  'mcp.inspect': {
    scope: 'operator.admin',
    why: 'Starts the program of a tool server.',
  },
  'mcp.accept': {
    scope: 'operator.admin',
    why: 'Decides which tools of a server exist.',
  },
  'outbox.list': {
    scope: 'operator.read',
    why: 'What waits to be sent, as chat.history shows what was said.',
  },
  'outbox.retry': {
    scope: 'operator.admin',
    why: 'Sends a message that may have arrived already.',
  },
  'outbox.drop': {
    scope: 'operator.admin',
    why: 'Loses a message for good.',
  },
  'audit.log': {
    scope: 'operator.read',
    why: 'What was decided, as the published audit methods are for readers too.',
  },
  'audit.verify': {
    scope: 'operator.read',
    why: 'Reads the chain and changes nothing.',
  },
  'security.fix': {
    scope: 'operator.admin',
    why: 'Changes the config, and modes of files of the machine.',
  },
  'security.fixes': {
    scope: 'operator.admin',
    why: 'Names files of the machine.',
  },
  'security.undo': {
    scope: 'operator.admin',
    why: 'Opens again what was closed.',
  },
  'security.undo.preview': {
    scope: 'operator.admin',
    why: 'Names files of the machine.',
  },
  'budgets.list': {
    scope: 'operator.read',
    why: 'What was used of each budget, as usage is for readers.',
  },
  'workspace.list': {
    scope: 'operator.admin',
    why: 'Names folders of the machine.',
  },
  'web.login.cancel': {
    scope: 'operator.admin',
    why: 'As beginning a login, which it ends.',
  },
  'workspace.adopt': {
    scope: 'operator.admin',
    why: 'Declares files that are there trusted.',
  },
};
