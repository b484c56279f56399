/**
 * A hostile neighbour: swaps files, links and directories in the workspace as fast as it can, until
 * it is told to stop. Counts its swaps in shared memory.
 */
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';

const { workspace, outside, mode, counter } = workerData;
const swaps = new Int32Array(counter);
let serial = 0;

const name = (kind) => join(workspace, `.${kind}-${String((serial += 1))}`);

/** Puts `made` where `path` is, by renaming: the path is never missing for long. */
function put(made, path) {
  const old = name('old');
  try {
    renameSync(path, old);
  } catch {}
  try {
    renameSync(made, path);
  } catch {}
  rmSync(old, { recursive: true, force: true });
  rmSync(made, { recursive: true, force: true });
}

function directory(path, toLink) {
  const made = name('dir');
  if (toLink) symlinkSync(outside, made);
  else {
    mkdirSync(made);
    writeFileSync(join(made, 'target'), 'inside');
  }
  put(made, path);
}

function leaf(path, toLink) {
  const made = name('leaf');
  const make = mode === 'second name' ? linkSync : symlinkSync;
  if (toLink) make(join(outside, 'target'), made);
  else writeFileSync(made, 'inside');
  put(made, path);
}

const pause = new Int32Array(new SharedArrayBuffer(4));
let toLink = false;

while (Atomics.load(swaps, 1) === 0) {
  toLink = !toLink;
  try {
    if (mode === 'directory') directory(join(workspace, 'dir'), toLink);
    else leaf(join(workspace, 'dir', 'target'), toLink);
  } catch {}
  Atomics.add(swaps, 0, 1);
  // Now and then the files stay as they are for a moment, so that operations get to every point.
  if (Math.random() < 0.1) Atomics.wait(pause, 0, 0, Math.random() * 3);
}
