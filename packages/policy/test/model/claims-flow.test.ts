// The flow of information, in every order of events within the bounds.
import { claims } from './claims/flow.ts';
import { testClaims } from './laboratory.ts';
import { mutants } from './mutants/flow.ts';

testClaims('flow', claims, mutants);
