/** A real Chromium with a new, empty profile, and a record of what must not happen in it. Called by the flows that need a
 *  browser. Where none is installed, browserPath is null and those flows are skipped, counted and said. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';

const places = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export const browserPath = places.find((path) => path !== undefined && existsSync(path)) ?? null;

/** CI sets LATCHKEY_TEST_NO_SKIP: there a missing browser is a failure. */
export const isSkippedWithoutBrowser = browserPath === null && !process.env['LATCHKEY_TEST_NO_SKIP'];

export const noBrowser = 'no Chromium here: install one, or set CHROMIUM_PATH to its program';

export interface TestBrowser {
  readonly context: BrowserContext;
  /** What pages did against their Content-Security-Policy: one line each. */
  readonly violations: readonly string[];
  /** Errors on the console, and errors that no script caught. */
  readonly faults: readonly string[];
  /** The origins that were asked for anything. */
  readonly origins: ReadonlySet<string>;
  close(): Promise<void>;
}

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<TestBrowser> {
  if (browserPath === null) throw new Error(noBrowser);
  const profile = await mkdtemp(join(tmpdir(), 'latchkey-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath,
    headless: true,
    args: quiet,
    viewport: { width: 1360, height: 860 },
  });
  const violations: string[] = [];
  const faults: string[] = [];
  const origins = new Set<string>();
  await context.exposeBinding('noteViolation', (_source, line: string) => violations.push(line));
  await context.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => noteViolation(event.violatedDirective + ' at ' + event.documentURI + ': ' + event.blockedURI))",
  );
  context.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) violations.push(message.text());
    else if (message.type() === 'error') faults.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => faults.push(String(error.error())));
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http')) origins.add(origin);
  });
  return {
    context,
    violations,
    faults,
    origins,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
