/**
 * The cases that laws are tried on. A change is judged by the same ones every time, so that a failure
 * says something about the change; the long run draws new ones.
 */
import { configureGlobal } from 'fast-check';

if (process.env['PORTCULLIS_LONG'] === undefined) configureGlobal({ seed: 20_261_122 });
