/**
 * Checks of the config file.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigValue,
  type PathSegment,
  INERT_KEY,
  formatPath,
  getPath,
  isConfigObject,
  parseSecretRef,
} from '@portcullis/gateway/config';
import { refusalOf } from '@portcullis/gateway/local';

import { type Check, type Found, fail, pass, skip, warn } from './check.ts';
import type { Subject } from './subject.ts';

function found({ config, unreadable, context }: Subject): readonly Found[] {
  const at = { path: context.paths.configPath };
  if (unreadable !== undefined || config.exists) return [pass('There is a config.', at)];
  return [
    warn(
      'There is no config; a first start writes one that is closed to everybody else.',
      'openclaw gateway run',
      at,
    ),
  ];
}

function readable({ unreadable, config, context }: Subject): readonly Found[] {
  if (unreadable === undefined) {
    return config.exists ? [pass('The config can be read.')] : [];
  }
  if (unreadable.code === 'config.include') return [];
  const { configPath } = context.paths;
  const remedy = [unreadable.hint, `The last good one is ${configPath}.bak, secrets hidden.`]
    .filter((each) => each !== undefined)
    .join(' ');
  return [fail(sentence(unreadable.message), remedy, { path: configPath })];
}

function includes({ unreadable, config, context }: Subject): readonly Found[] {
  if (unreadable?.code === 'config.include') {
    const { message, hint } = unreadable;
    return [
      fail(sentence(message), hint ?? 'Correct the path.', { path: context.paths.configPath }),
    ];
  }
  const { includes: files } = config;
  return files.length === 0 ? [] : [pass(`${files.length} included files.`, { more: files })];
}

function valid({ unreadable, config }: Subject): readonly Found[] {
  if (unreadable !== undefined || !config.exists) return [];
  if (config.issues.length === 0) return [pass('Every key is known and has a value it can have.')];
  return config.issues.map(({ path, message, suggestion, allowedValues }) => {
    const isUnknown = message.startsWith('unknown key');
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
    const renamed = parent === '' ? suggestion : `${parent}.${suggestion ?? ''}`;
    const values = allowedValues?.join(', ');
    const remedy = isUnknown
      ? `openclaw config unset ${path}${suggestion === undefined ? '' : `, and set ${renamed ?? ''}`}`
      : `openclaw config set ${path} <value>${values === undefined ? '' : ` (${values})`}`;
    return fail(`${path}: ${message}`, remedy, { path });
  });
}

function inert({ config }: Subject): readonly Found[] {
  const keys = config.warnings.filter(({ message }) => message === INERT_KEY);
  if (keys.length === 0) return [];
  const count = keys.length === 1 ? 'One key has' : `${keys.length} keys have`;
  return [
    warn(
      `${count} no effect in this version.`,
      'Leave them if the file is shared with OpenClaw; else: openclaw config unset <key>',
      { more: keys.map(({ path }) => path) },
    ),
  ];
}

function variables({ config }: Subject): readonly Found[] {
  return config.unavailable.map(({ path, variable }) =>
    warn(
      `${variable} is not set, so ${path} counts as not configured.`,
      `Write ${variable}=... into ${'.env'} in the state directory, or set it in the environment.`,
      { path },
    ),
  );
}

function others({ config }: Subject): readonly Found[] {
  const known = new Set(config.unavailable.map(({ path }) => path));
  return config.warnings
    .filter(({ message, path }) => message !== INERT_KEY && !known.has(path))
    .map(({ path, message }) =>
      warn(`${path}: ${message}`, `Look at it: openclaw config get ${path}`, { path }),
    );
}

/** Paths where a reference to a secret stands. */
function references(root: ConfigValue): readonly { path: string; runs: boolean }[] {
  const places: { path: string; runs: boolean }[] = [];
  const walk = (value: ConfigValue, path: readonly PathSegment[]): void => {
    const ref = parseSecretRef(value);
    if (ref !== undefined) places.push({ path: formatPath(path), runs: ref.source === 'exec' });
    else if (Array.isArray(value)) {
      value.forEach((item: ConfigValue, index) => walk(item, [...path, index]));
    } else if (isConfigObject(value)) {
      for (const [key, child] of Object.entries(value)) walk(child, [...path, key]);
    }
  };
  walk(root, []);
  return places;
}

function secrets({ config, secrets: lookUp, deep }: Subject): readonly Found[] {
  const places = references(config.value);
  if (places.length === 0) return [];
  const told = places.flatMap(({ path, runs }) => {
    if (runs && !deep) return [skip(`${path} is resolved by a program; --deep runs it.`)];
    try {
      lookUp.resolve(path);
      return [];
    } catch (error) {
      if (!PortcullisError.is(error)) throw error;
      return [fail(sentence(error.message), error.hint ?? `Correct ${path}.`, { path })];
    }
  });
  const good = places.length - told.length;
  return [...(good === 0 ? [] : [pass(`${good} references to secrets resolve.`)]), ...told];
}

/** Whether the gateway would agree to start with it. */
function start({ config, unreadable }: Subject): readonly Found[] {
  if (unreadable !== undefined || !config.exists) return [];
  const mode = getPath(config.value, 'gateway.mode');
  if (mode === 'remote') return [pass('This machine uses a gateway elsewhere.')];
  if (mode !== 'local') {
    return [
      fail(
        'gateway.mode is not set, so no gateway starts here.',
        'openclaw config set gateway.mode local',
        { path: 'gateway.mode' },
      ),
    ];
  }
  if (config.issues.length > 0) return [];
  const refusal = refusalOf(config);
  if (refusal === undefined) return [pass('A gateway starts with it.')];
  const path = refusal.details?.['path'];
  return [
    fail(sentence(refusal.message), refusal.hint ?? 'openclaw config validate', {
      ...(typeof path === 'string' && { path }),
    }),
  ];
}

/** With a full stop at its end. */
export function sentence(text: string): string {
  return /[.!?]$/u.test(text) ? text : `${text}.`;
}

/** Checks of the config file. */
export const configChecks: readonly Check[] = [
  { id: 'config.found', group: 'config', about: 'That there is a config.', look: found },
  {
    id: 'config.readable',
    group: 'config',
    about: 'That it is JSON5 this user may read.',
    look: readable,
  },
  {
    id: 'config.includes',
    group: 'config',
    about: 'That every `$include` is found.',
    look: includes,
  },
  {
    id: 'config.valid',
    group: 'config',
    about: 'That every key is known, with the nearest spelling for one that is not.',
    look: valid,
  },
  {
    id: 'config.inert',
    group: 'config',
    about: 'Keys of OpenClaw without effect here.',
    look: inert,
  },
  {
    id: 'config.variables',
    group: 'config',
    about: 'Variables that it names and nobody set.',
    look: variables,
  },
  { id: 'config.warnings', group: 'config', about: 'What else is odd about it.', look: others },
  {
    id: 'config.secrets',
    group: 'config',
    about: 'That references to secrets resolve. One that runs a program is followed with `--deep`.',
    look: secrets,
  },
  {
    id: 'config.start',
    group: 'config',
    about: 'That a gateway would start with it.',
    look: start,
  },
];
