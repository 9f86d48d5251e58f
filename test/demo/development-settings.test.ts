import { expect, test } from 'vitest';
import { StartFault } from '../../src/config/start-fault.js';
import type { DevelopmentFolder } from '../../src/demo/development-folder.js';
import { hasOwnIssuer, readAddresses, settingsOf, type Environment } from '../../src/demo/development-settings.js';

const folder = { keyringFile: '/dev/keyring.json', demo: { clientSecret: 'the-demo-secret' } } as DevelopmentFolder;

test('without a word from the developer the gateway is at 4000 and the demo provider at 4001', () => {
  expect(readAddresses({})).toMatchObject({
    publicUrl: 'http://127.0.0.1:4000',
    demoUrl: 'http://127.0.0.1:4001',
    dataFolder: expect.stringMatching(/[\\/]\.latchkey$/),
  });
});

test('an address that is listened on by all has a name that a browser can open', () => {
  expect(readAddresses({ HOST: '0.0.0.0', PORT: '8080' }).publicUrl).toBe('http://localhost:8080');
  expect(readAddresses({ HOST: '::1' }).publicUrl).toBe('http://[::1]:4000');
});

test('a setting of the developer is never overruled', () => {
  const given = {
    LATCHKEY_LOG_LEVEL: 'debug',
    LATCHKEY_CORS_ORIGINS: 'http://localhost:9999',
    LATCHKEY_KEYRING_FILE: '/mine.json',
    LATCHKEY_PLAYGROUND: 'false',
  };
  expect(settings(given)).toMatchObject(given);
});

test('an empty setting counts as none', () => {
  expect(settings({ LATCHKEY_KEYRING_FILE: '', LATCHKEY_LOG_LEVEL: ' ' })).toMatchObject({
    LATCHKEY_KEYRING_FILE: '/dev/keyring.json',
    LATCHKEY_LOG_LEVEL: 'warn',
  });
});

test('a developer with an issuer of their own gets no second key beside it', () => {
  const own = { LATCHKEY_JWT_ISSUER: 'https://login.example', LATCHKEY_JWT_DISCOVERY: 'true' };
  expect(hasOwnIssuer(own)).toBe(true);
  expect(settings(own)).not.toHaveProperty('LATCHKEY_JWT_PUBLIC_KEY');
  expect(settings({})).toHaveProperty('LATCHKEY_JWT_PUBLIC_KEY', 'the public key');
});

test('the development start is never production', () => {
  expect(settings({ LATCHKEY_MODE: 'production' })).toMatchObject({ LATCHKEY_MODE: 'development' });
});

test('pages to return to are added to those of the developer', () => {
  expect(settings({ LATCHKEY_RETURN_TO_URLS: 'http://localhost:8000/done' })['LATCHKEY_RETURN_TO_URLS']).toBe(
    'http://127.0.0.1:4000/playground http://localhost:3000/callback http://localhost:5173/callback http://localhost:8000/done',
  );
});

test('a demo port that is none is one sentence with the mend', () => {
  expect(() => readAddresses({ DEMO_PORT: 'four thousand' })).toThrow(StartFault);
  expect(() => readAddresses({ DEMO_PORT: '70000' })).toThrow('DEMO_PORT=4001');
});

function settings(environment: Environment): Environment {
  return settingsOf({ environment, addresses: readAddresses(environment), folder, publicKeyPem: 'the public key' });
}
