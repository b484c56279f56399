/** `npm start`: installs, builds and runs the gateway on its embedded defaults. */
import { become, install, pnpm } from './toolchain.mjs';

install();
pnpm('run', 'build');
become(['packages/cli/bin/openclaw.mjs', 'gateway', 'run', ...process.argv.slice(2)]);
