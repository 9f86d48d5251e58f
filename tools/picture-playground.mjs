/** Takes the pictures in docs/images from a real run: `node tools/picture-playground.mjs`. Starts Latchkey with npm start's
 *  own script in a new folder, connects Ada in a real Chromium, and reads `me`. Set CHROMIUM_PATH where Chromium is not
 *  at /usr/bin/chromium, PORT and DEMO_PORT where 4000 and 4001 are taken. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const pictures = join(project, 'docs', 'images');
const folder = await mkdtemp(join(tmpdir(), 'latchkey-pictures-'));
const gateway = spawn(process.execPath, [join(project, 'tools', 'start.mjs')], {
  env: { ...process.env, LATCHKEY_DATA_FOLDER: folder },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(gateway, 'exit');

try {
  await takePictures(await playgroundUrl());
} finally {
  gateway.kill('SIGTERM');
  await ended;
  await rm(folder, { recursive: true, force: true });
}

/** The address that the banner prints. */
async function playgroundUrl() {
  let printed = '';
  for await (const text of gateway.stdout.setEncoding('utf8')) {
    printed += text;
    const address = /Playground\s+(http\S+)/.exec(printed)?.[1];
    if (address) return address;
  }
  throw new Error('Latchkey ended before it was ready.');
}

async function takePictures(url) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 760 } });
  await mkdir(pictures, { recursive: true });

  const page = await context.newPage();
  await page.goto(url);
  await page.locator('.connection').waitFor();
  const opened = context.waitForEvent('page');
  await page.locator('.connection button').click();
  const provider = await opened;
  await provider.setViewportSize({ width: 720, height: 820 });
  await provider.getByRole('heading', { name: 'Sign in' }).waitFor();
  await provider.waitForLoadState('networkidle');
  await provider.screenshot({ path: join(pictures, 'sign-in.png') });
  await provider.getByRole('button', { name: /Ada Lovelace/ }).click();
  await provider.getByRole('button', { name: 'Allow' }).waitFor();
  await provider.waitForLoadState('networkidle');
  await provider.screenshot({ path: join(pictures, 'consent.png') });
  await provider.getByRole('button', { name: 'Allow' }).click();
  await provider.getByRole('heading', { name: 'is connected' }).waitFor();
  await provider.close();

  await page.evaluate('dispatchEvent(new Event("focus"))');
  await page.locator('.connection[data-state=connected]').waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('tab', { name: 'Me' }).click();
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await page.locator('.result-window').getByText('"Ada Lovelace"').first().waitFor();
  await page.mouse.move(640, 740);
  await page.waitForTimeout(1000); // the tooltip of the button fades
  await page.screenshot({ path: join(pictures, 'playground.png') });
  await browser.close();
}
