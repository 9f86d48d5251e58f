import cookie from '@fastify/cookie';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { clearBrowserCookie, setBrowserCookie } from '../../src/http/browser-cookie.js';

test.each([
  ['__Host-latchkey_abc', true],
  ['latchkey_abc', false],
])('the cookie %s is taken back with the attributes that it was set with', async (name, isHttps) => {
  const app = fastify();
  await app.register(cookie);
  app.get('/set', async (_, reply) => setBrowserCookie(reply, { name, value: 'v', maxAgeSeconds: 600 }, { isHttps }));
  app.get('/clear', async (_, reply) => clearBrowserCookie(reply, name));
  const lineOf = async (url: string) => String((await app.inject(url)).headers['set-cookie']);
  const set = await lineOf('/set');
  expect(set.includes('Secure')).toBe(isHttps);
  expect(await lineOf('/clear')).toBe(set.replace(`${name}=v; Max-Age=600`, `${name}=; Max-Age=0`));
  await app.close();
});
