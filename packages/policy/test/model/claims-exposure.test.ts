// The gateway's door, for every config and request within the bounds.
import { claims } from './claims/exposure.ts';
import { testClaims } from './laboratory.ts';
import { mutants } from './mutants/exposure.ts';

testClaims('exposure', claims, mutants);
