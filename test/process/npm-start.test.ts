/** What `npm start` runs, as a developer meets it: node tools/start.mjs. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { startProgram, type Program } from '../support/program.js';

let folder: string;
let environment: Record<'PORT' | 'DEMO_PORT' | 'LATCHKEY_DATA_FOLDER', string>;
let running: Program | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey start '));
  environment = {
    PORT: String(await freePort()),
    DEMO_PORT: String(await freePort()),
    LATCHKEY_DATA_FOLDER: join(folder, 'data'),
  };
});
afterEach(async () => {
  running?.kill('SIGTERM');
  await running?.ended;
  running = null;
  await rm(folder, { recursive: true });
});

function start(): Program {
  return (running = startProgram('../tools/start.mjs', environment));
}

async function startAndWait(): Promise<Program> {
  const program = start();
  await program.until('Ctrl-C ends');
  return program;
}

async function readDevFile(): Promise<Record<string, unknown>> {
  const text = await readFile(join(environment.LATCHKEY_DATA_FOLDER, 'dev.json'), 'utf8');
  return JSON.parse(text) as Record<string, unknown>;
}

test('dev.json says where everything is and who may call, to its owner alone', async () => {
  await startAndWait();
  const url = `http://127.0.0.1:${environment.PORT}`;
  expect(await readDevFile()).toEqual({
    url,
    graphqlUrl: `${url}/graphql`,
    playgroundUrl: `${url}/playground`,
    tokens: { user: expect.any(String), otherUser: expect.any(String), admin: expect.any(String) },
    demoProvider: {
      id: 'demo',
      url: `http://127.0.0.1:${environment.DEMO_PORT}`,
      users: [
        { login: 'ada', password: 'engine-1843' },
        { login: 'grace', password: 'cobol-1959' },
      ],
    },
  });
  const { mode } = await stat(join(environment.LATCHKEY_DATA_FOLDER, 'dev.json'));
  expect((mode & 0o777).toString(8)).toBe('600');
});

test('what is printed names the playground, the tokens of dev.json and the ways to sign in', async () => {
  const program = await startAndWait();
  const { stdout } = program.output();
  const { playgroundUrl, tokens } = await readDevFile();
  for (const text of [playgroundUrl, ...Object.values(tokens as object), 'ada / engine-1843']) {
    expect(stdout).toContain(text);
  }
});

test.skipIf(spawnSync('curl', ['--version']).status !== 0)(
  'every curl line works when pasted into a shell',
  async () => {
    const program = await startAndWait();
    const lines = [...program.output().stdout.matchAll(/^ *(curl .+)$/gm)].map(([, line]) => line ?? '');
    expect(lines).toHaveLength(3);
    const answers = lines.map(
      (line) => JSON.parse(spawnSync('sh', ['-c', line], { encoding: 'utf8' }).stdout) as unknown,
    );
    const authorizationUrl = expect.stringContaining(`http://127.0.0.1:${environment.DEMO_PORT}/auth?`);
    expect(answers[0]).toMatchObject({ data: { startAuthorization: { authorizationUrl } } });
    expect(answers[1]).toMatchObject({ data: { me: null }, errors: [{ extensions: { code: 'NOT_CONNECTED' } }] });
    expect(answers[2]).toMatchObject({ data: { onBehalfOf: { profile: { code: 'NOT_CONNECTED' } } } });
  },
);

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the gateway and the demo provider, with exit code 0',
  async (signal) => {
    const program = await startAndWait();
    program.kill(signal);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    await expect(fetch(`http://127.0.0.1:${environment.PORT}/healthz`)).rejects.toThrow('fetch failed');
    await expect(fetch(`http://127.0.0.1:${environment.DEMO_PORT}/`)).rejects.toThrow('fetch failed');
  },
);

test('the demo provider does not outlive a gateway that was killed', async () => {
  const program = await startAndWait();
  program.kill('SIGKILL');
  await program.ended;
  await expect.poll(() => isListening(environment.DEMO_PORT)).toBe(false);
});

test.each([
  ['PORT', 'end the program that holds it, or set PORT to another one'],
  ['DEMO_PORT', 'choose another port with DEMO_PORT='],
] as const)('a %s that is taken is one sentence with the mend', async (name, mend) => {
  const holder = await hold(Number(environment[name]));
  const program = start();
  expect((await program.ended).code).toBe(78);
  const { stderr } = program.output();
  expect(stderr).toContain(`ort ${environment[name]}`);
  expect(stderr).toContain(mend);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  await new Promise((resolve) => holder.close(resolve));
});

test.each([
  ['on the same ports', []],
  ['on other ports', ['PORT', 'DEMO_PORT']],
] as const)('a second start in one folder, %s, is one sentence and changes no file of the first', async (_, moved) => {
  await startAndWait();
  const files = ['dev.json', 'as-user', 'providers/demo.yaml', 'demo-provider.log'];
  const read = () => Promise.all(files.map((file) => readFile(join(environment.LATCHKEY_DATA_FOLDER, file), 'utf8')));
  const before = await read();
  const others = { ...environment };
  for (const name of moved) others[name] = String(await freePort());
  const second = startProgram('../tools/start.mjs', others);
  expect((await second.ended).code).toBe(78);
  expect(second.output().stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^Another "npm start" serves from .* PORT=\d+ DEMO_PORT=\d+ npm start\.$/),
  ]);
  expect(await read()).toEqual(before);
});

test('a folder that cannot be written is one sentence with the mend', async () => {
  await writeFile(environment.LATCHKEY_DATA_FOLDER, 'a file where the folder should be');
  const program = start();
  expect((await program.ended).code).toBe(78);
  expect(program.output().stderr.trim().split('\n')).toEqual([
    expect.stringContaining('set LATCHKEY_DATA_FOLDER to another folder'),
  ]);
});

async function hold(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

async function isListening(port: string): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}
