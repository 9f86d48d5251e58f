/** Starts, stops and kills the PostgreSQL server of a folder: the one that a whole test run shares, or one that a test may
 *  break. The server is a process of its own (postgres-program.mjs), so that it outlives the worker that started it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./postgres-program.mjs', import.meta.url));

/** Resolves to the URL of its database `postgres`. Whoever comes while another starts it waits for that one. */
export async function startServer(folder: string, port?: number): Promise<string> {
  const isFirst = await mkdir(join(folder, 'starting')).then(
    () => true,
    () => false,
  );
  if (isFirst) await launch(folder, port);
  while (!existsSync(join(folder, 'url'))) {
    if (existsSync(join(folder, 'failed'))) throw new Error(await readFile(join(folder, 'failed'), 'utf8'));
    await wait(20);
  }
  return readFile(join(folder, 'url'), 'utf8');
}

/** Nothing happens where none was started. Started again, it has the data it had. */
export async function stopServer(folder: string): Promise<void> {
  if (!existsSync(join(folder, 'pid'))) return;
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  if (signal(pid, 'SIGTERM')) while (signal(pid, 0)) await wait(20);
  await forget(folder);
}

/** SIGSTOP: the server keeps its connections and answers nothing, as behind a network that is cut. SIGCONT ends that. */
export async function signalServer(folder: string, name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void> {
  const [main] = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n');
  const children = (await readFile(`/proc/${main}/task/${main}/children`, 'utf8')).trim().split(' ');
  for (const pid of [main, ...children]) signal(Number(pid), name);
}

/** As a machine that runs out of memory does. It can be started again. */
export async function killServer(folder: string): Promise<void> {
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  signal(pid, 'SIGKILL'); // first: it would take the end for its own
  await signalServer(folder, 'SIGKILL');
  await rm(join(folder, 'data', 'postmaster.pid')); // names a process that nobody may have waited for yet
  await forget(folder);
}

async function forget(folder: string): Promise<void> {
  for (const name of ['url', 'pid', 'starting']) await rm(join(folder, name), { recursive: true, force: true });
}

async function launch(folder: string, port: number | undefined): Promise<void> {
  await chmod(folder, 0o755); // the user of the server, who is not root, goes through it to its data
  const child = spawn(process.execPath, [program, folder, String(port ?? '')], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  child.unref();
  await writeFile(join(folder, 'pid'), String(child.pid));
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // gone
  }
}
