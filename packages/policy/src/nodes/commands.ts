/**
 * What nodes can be asked for, by what it takes to allow it.
 *
 * @module
 */

/** Commands that change nothing and tell nothing private: nobody has to list them. */
const HARMLESS: ReadonlySet<string> = new Set([
  'device.health',
  'device.info',
  'device.permissions',
  'device.status',
  'system.notify',
]);

/**
 * Commands that use what a person carries around. They have to be listed, and whoever may write may
 * then ask for them. Everything that is neither here nor harmless reaches into the machine itself,
 * or is unknown, and needs an admin.
 */
const PERSONAL: ReadonlySet<string> = new Set([
  'calendar.events',
  'camera.clip',
  'camera.list',
  'camera.snap',
  'canvas.hide',
  'canvas.present',
  'canvas.snapshot',
  'contacts.search',
  'location.get',
  'motion.activity',
  'motion.pedometer',
  'notifications.list',
  'photos.latest',
  'reminders.list',
  'screen.record',
  'screen.snapshot',
]);

/** Commands that reach into the machine or act in a person's name, as nodes are known to offer them. */
const REACHING: ReadonlySet<string> = new Set([
  'browser.proxy',
  'calendar.add',
  'callLog.search',
  'camera.ptz.control',
  'camera.ptz.status',
  'canvas.a2ui.push',
  'canvas.a2ui.pushJSONL',
  'canvas.a2ui.reset',
  'canvas.eval',
  'canvas.navigate',
  'computer.act',
  'contacts.add',
  'health.summary',
  'notifications.actions',
  'reminders.add',
  'sms.search',
  'sms.send',
  'system.execApprovals.get',
  'system.execApprovals.set',
  'system.run',
  'system.run.prepare',
  'system.which',
  'talk.ptt.cancel',
  'talk.ptt.once',
  'talk.ptt.start',
  'talk.ptt.stop',
]);

/** True for a command that some node is known to offer. Others may be offered all the same. */
export function isKnownCommand(command: string): boolean {
  return HARMLESS.has(command) || PERSONAL.has(command) || REACHING.has(command);
}

const PREPARE = 'system.run.prepare';
const NAME = /^[a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+){1,7}$/;
const LONGEST_NAME = 128;

/** True for what can be the name of a command at all. */
export function isCommandName(name: string): boolean {
  return name.length <= LONGEST_NAME && NAME.test(name);
}

/** The name a command is listed under: looking at what would run is part of running it. */
export function listedAs(command: string): string {
  return command === PREPARE ? 'system.run' : command;
}

/** True for a command that nobody has to list. */
export function isHarmless(command: string): boolean {
  return HARMLESS.has(command);
}

/** The scope it takes to ask a node for a command. */
export function commandScope(command: string): 'operator.write' | 'operator.admin' {
  return HARMLESS.has(command) || PERSONAL.has(command) ? 'operator.write' : 'operator.admin';
}

/** The scopes it takes to approve a node that offers `commands`. */
export function approveScopes(commands: readonly string[]): readonly string[] {
  const needed = new Set(commands.map(commandScope));
  return ['operator.pairing', ...[...needed].toSorted()];
}
