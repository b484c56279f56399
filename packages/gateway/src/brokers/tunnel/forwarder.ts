/**
 * What runs inside a sandbox with network, before the command: it listens on the sandbox's own
 * loopback, where programs look for a proxy, and hands every connection to the socket of the
 * gateway. It decides nothing and knows nothing.
 *
 * @module
 */

/** Port of the proxy on the sandbox's own loopback. */
export const PROXY_PORT = 3128;

/** The program as text for Node. Its words: socket, port, command and the words of that. */
export const FORWARDER: string = `(${forward.toString()})();\n`;

/**
 * Runs inside, as the text of itself: it may use nothing from around it. It ends with 125 when the way
 * out cannot be opened; the command is then not started.
 */
function forward(): void {
  const { connect, createServer } = process.getBuiltinModule('node:net');
  const { spawn } = process.getBuiltinModule('node:child_process');
  const [socket = '', port = '', file = '', ...words] = process.argv.slice(2);
  const server = createServer({ allowHalfOpen: true }, (inner) => {
    const outer = connect({ path: socket, allowHalfOpen: true });
    inner.on('error', () => outer.destroy()).pipe(outer);
    outer.on('error', () => inner.destroy()).pipe(inner);
  });
  server.on('error', () => process.exit(125));
  server.listen(Number(port), '127.0.0.1', () => {
    const child = spawn(file, words, { stdio: 'inherit' });
    child.on('error', () => process.exit(126));
    child.on('exit', (code, signal) => {
      if (signal === null) process.exit(code ?? 126);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
      process.on(signal, () => child.kill(signal));
    }
  });
}

/** Variables by which programs find the proxy. */
export function proxyVariables(): Readonly<Record<string, string>> {
  const proxy = `http://127.0.0.1:${String(PROXY_PORT)}`;
  const direct = 'localhost,127.0.0.1,::1';
  return {
    http_proxy: proxy,
    https_proxy: proxy,
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    no_proxy: direct,
    NO_PROXY: direct,
    // Programs that run on Node look at the variables above only when told so.
    NODE_USE_ENV_PROXY: '1',
  };
}
