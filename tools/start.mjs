/** `npm start` on a fresh clone and on any other: installs when package-lock.json, Node or the machine changed, compiles
 *  when a source is newer than what was compiled from it, then runs the development gateway in this very process.
 *  With --watch (`npm run dev`) it goes on compiling and starts again after each change; with --prepare (before `npm test`)
 *  it starts nothing.
 *  Plain Node and no package, since it runs before there are any. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = join(project, 'dist', 'src', 'demo', 'start.js');
const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');

/** What is printed alone, without a stack. */
class Sentence extends Error {}

try {
  assertNode();
  installIfChanged();
  compileIfOlder();
} catch (error) {
  if (!(error instanceof Sentence)) throw error;
  console.error(error.message);
  process.exit(1);
}
endWithNpm();
// Node 22 and later keep what they compiled, which makes the next start faster.
module.enableCompileCache?.(join(project, 'node_modules', '.cache', 'compiled'));
if (process.argv.includes('--watch')) watch();
else if (!process.argv.includes('--prepare')) await import(pathToFileURL(entry).href);

function assertNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Sentence(
    `Latchkey needs Node.js 20.19 or later and this is ${process.version}; install Node.js 24 from https://nodejs.org.`,
  );
}

function installIfChanged() {
  const stampFile = join(project, 'node_modules', '.latchkey-install');
  const stamp = installStamp();
  if (readIfThere(stampFile) === stamp) return;
  if (!isInstalledAlready(readIfThere(stampFile), stamp)) install();
  writeFileSync(stampFile, stamp);
}

/** One line for what must not change, one for the lock file. */
function installStamp() {
  const lock = createHash('sha256')
    .update(readFileSync(join(project, 'package-lock.json')))
    .digest('hex');
  return `${process.version} ${process.platform} ${process.arch}\n${lock}\n`;
}

/** Whether somebody ran npm by hand: npm's own record of what it installed then says the same as the lock file. Packages
 *  that were compiled for another Node or another machine are not believed. */
function isInstalledAlready(before, now) {
  if (before !== null && before.split('\n')[0] !== now.split('\n')[0]) return false;
  const installed = packagesIn(join(project, 'node_modules', '.package-lock.json'));
  const wanted = packagesIn(join(project, 'package-lock.json'));
  if (installed === null || wanted === null) return false;
  return Object.entries(wanted).every(
    ([path, { version, integrity, optional }]) =>
      path === '' ||
      (optional && !(path in installed)) ||
      (installed[path]?.version === version && installed[path]?.integrity === integrity),
  );
}

function packagesIn(lockFile) {
  const text = readIfThere(lockFile);
  return text === null ? null : (JSON.parse(text).packages ?? null);
}

function install() {
  console.log('Installing packages, which takes a minute or two the first time ...');
  console.log('npm says nothing while it compiles sqlite3, where no prebuilt file fits this machine.');
  // make, which compiles sqlite3 where there is no prebuilt file, fails below a folder whose name has a space.
  if (!/\s/.test(project) || process.platform === 'win32') return runNpmCi(project);
  const place = mkdtempSync(join(tmpdir(), 'latchkey-install-'));
  try {
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      if (existsSync(join(project, name))) cpSync(join(project, name), join(place, name));
    }
    runNpmCi(place);
    rmSync(join(project, 'node_modules'), { recursive: true, force: true });
    cpSync(join(place, 'node_modules'), join(project, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** NODE_ENV=production would leave out what the development start is made of. */
function runNpmCi(cwd) {
  const { NODE_ENV: _, ...env } = process.env;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const isNpm = npm !== undefined && /^npm-cli\.c?js$/.test(basename(npm));
  const { status, error } = isNpm
    ? spawnSync(process.execPath, [npm, ...args], { cwd, env, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd, env, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status === 0) return;
  if (error?.code === 'ENOENT')
    throw new Sentence('npm was not found; install it (it comes with Node.js), then run "npm start" again.');
  throw new Sentence(
    'npm could not install the packages and says why above (most often the network, or no compiler or no headers of Node.js for sqlite3: see the README); mend that, then run "npm start" again.',
  );
}

/** Every compiled file is looked at, so a compilation that was broken off counts for nothing. */
function compileIfOlder() {
  const settings = Math.max(...['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map(timeOf));
  if (sources().every((source) => timeOf(compiledFrom(source)) >= Math.max(timeOf(source), settings))) return;
  console.log('Compiling ...');
  const args = [compiler, '-p', 'tsconfig.build.json', '--noEmitOnError'];
  const { status } = spawnSync(process.execPath, args, { cwd: project, stdio: 'inherit' });
  if (status !== 0)
    throw new Sentence('The sources do not compile, for the reasons above; mend them, then run "npm start" again.');
}

function sources() {
  return ['src', 'migrations', 'tools'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => join(folder, name)),
  );
}

function compiledFrom(source) {
  return join('dist', source.replace(/\.ts$/, '.js'));
}

/** 0 for a file that is not there, so that it is older than everything. */
function timeOf(file) {
  return statSync(join(project, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** Whoever ends npm means this too, but the shell between does not always pass the signal on: then its end is the sign. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  check.unref();
}

/** Node starts the gateway again when the compiler has written a file that it uses. Each of the two gets a process group
 *  of its own, since the compiler is a program behind a program and a signal must reach both. */
function watch() {
  const isGroup = process.platform !== 'win32';
  const parts = [
    [compiler, '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'],
    ['--watch', '--watch-preserve-output', entry],
  ].map((args) => spawn(process.execPath, args, { cwd: project, stdio: 'inherit', detached: isGroup }));
  const endAll = () => {
    for (const { pid, exitCode, signalCode } of parts) {
      if (exitCode === null && signalCode === null) process.kill(isGroup ? -pid : pid, 'SIGTERM');
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, endAll);
  for (const part of parts) {
    part.on('exit', (code) => {
      process.exitCode ??= code ?? 0;
      endAll();
    });
  }
}
