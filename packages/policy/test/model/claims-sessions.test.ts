// Sessions and routing, for every conversation within the bounds.
import { claims } from './claims/sessions.ts';
import { testClaims } from './laboratory.ts';
import { mutants } from './mutants/sessions.ts';

testClaims('sessions', claims, mutants);
