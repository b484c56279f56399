// Every decision: nothing remembered, nothing guessed, nothing changed within the bounds.
import { claims } from './claims/engine.ts';
import { testClaims } from './laboratory.ts';
import { mutants } from './mutants/engine.ts';

testClaims('engine', claims, mutants);
