/**
 * What the config says of the log.
 *
 * @module
 */
import { type Pattern, compilePattern } from '@portcullis/policy';

import { type LoadedConfig, getPath } from '../config/index.ts';
import type { RotationSettings } from './rotating-file.ts';

/** Severities, least first; `silent` is above all. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A severity, or `silent`. */
export type LogLevel = (typeof LEVELS)[number];

/** What can be changed while the log is open. */
export interface LogSettings extends RotationSettings {
  /** Least severity that reaches the file. */
  readonly level: LogLevel;
  /** Patterns of `logging.redactPatterns`. */
  readonly patterns: readonly Pattern[];
}

const DEFAULT_MAX_BYTES = 104_857_600;
const DEFAULT_KEEP = 5;

function levelOr(value: unknown, fallback: LogLevel): LogLevel {
  return LEVELS.find((level) => level === value) ?? fallback;
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}

/** Reads `logging.{level,maxFileBytes,maxFiles,redactPatterns}`. A pattern we cannot run matches nothing. */
export function logSettings({ value }: Pick<LoadedConfig, 'value'>): LogSettings {
  const patterns = getPath(value, 'logging.redactPatterns');
  const sources = Array.isArray(patterns)
    ? patterns.filter((each) => typeof each === 'string')
    : [];
  return {
    level: levelOr(getPath(value, 'logging.level'), 'info'),
    maxBytes: numberOr(getPath(value, 'logging.maxFileBytes'), DEFAULT_MAX_BYTES),
    keep: numberOr(getPath(value, 'logging.maxFiles'), DEFAULT_KEEP),
    patterns: sources.map((source) => compilePattern(source)).filter((each) => each !== undefined),
  };
}

/** Least severity that reaches the terminal of a gateway that runs in one. Default `warn`. */
export function consoleLevel({ value }: Pick<LoadedConfig, 'value'>): LogLevel {
  return levelOr(getPath(value, 'logging.consoleLevel'), 'warn');
}

/** How a line looks in a terminal. */
export type ConsoleStyle = 'pretty' | 'compact' | 'json';

/** `logging.consoleStyle`. */
export function consoleStyle({ value }: Pick<LoadedConfig, 'value'>): ConsoleStyle {
  const style = getPath(value, 'logging.consoleStyle');
  return style === 'compact' || style === 'json' ? style : 'pretty';
}

/** True when a line of severity `level` (10 trace to 60 fatal) is as severe as `least`. */
export function reaches(level: number, least: LogLevel): boolean {
  return level >= (LEVELS.indexOf(least) + 1) * 10;
}
