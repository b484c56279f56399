/**
 * The policy, compiled once, and the pairing state, kept in one SQLite row.
 *
 * Run as a command, it approves a code: `node src/gate.ts ABCD2345`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import * as portcullis from '@portcullis/policy';

const { POLICY = 'policy.json', STATE = 'pairing.db' } = process.env;
const config: unknown = JSON.parse(readFileSync(POLICY, 'utf8'));
const db = new DatabaseSync(STATE, { timeout: 5000 });
db.exec('CREATE TABLE IF NOT EXISTS pairing (one INTEGER PRIMARY KEY, state TEXT)');

/** Every decision comes from here. */
export const policy: portcullis.CompiledPolicy = portcullis.compilePolicy(config);

function load(): portcullis.PairingState {
  const row = db.prepare('SELECT state FROM pairing').get();
  return row ? JSON.parse(String(row['state'])) : portcullis.emptyPairing('discord');
}

/** The ids of everybody who was approved. */
export const paired = (): readonly string[] => load().accounts['default']?.allow ?? [];

/** Reads the state, runs one action and writes the state, in one transaction. */
export function pair(action: portcullis.PairingAction): portcullis.PairingResult['decision'] {
  const draw = [1, 2, 3].map(() => crypto.getRandomValues(new Uint8Array(8)));
  const facts = { ...policy.pairing, now: Date.now(), draw };
  db.exec('BEGIN IMMEDIATE');
  try {
    const { decision, state } = portcullis.pairingTransition(load(), action, facts);
    db.prepare('INSERT OR REPLACE INTO pairing VALUES (1, ?)').run(JSON.stringify(state));
    db.exec('COMMIT');
    return decision;
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

if (import.meta.main) {
  const actor = { id: 'terminal', kind: 'cli', scopes: ['operator.pairing'] } as const;
  console.log(pair({ op: 'approve', code: process.argv[2] ?? '', actor }).reason);
}
