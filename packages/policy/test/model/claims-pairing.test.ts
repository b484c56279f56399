// Pairing, in every order of events within the bounds.
import { claims } from './claims/pairing.ts';
import { testClaims } from './laboratory.ts';
import { mutants } from './mutants/pairing.ts';

testClaims('pairing', claims, mutants);
