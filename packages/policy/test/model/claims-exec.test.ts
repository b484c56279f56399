// Commands and approvals, for every chain of settings within the bounds.
import { claims } from './claims/exec.ts';
import { testClaims } from './laboratory.ts';
import { mutants } from './mutants/exec.ts';

testClaims('exec', claims, mutants);
