import { expect, test } from 'vitest';
import { apiAnswerHeaders } from '../../src/proxy/api-answer-headers.js';

const place = { url: 'https://api.example/v1/things/7', secrets: ['planted-token'] };
const passed = (headers: Record<string, string | string[]>): Record<string, string | string[]> =>
  apiAnswerHeaders(headers, place);

test('letters beyond ASCII go on as the bytes that they were', () => {
  expect(passed({ 'x-title': 'Grüße €' })).toEqual({ 'x-title': Buffer.from('Grüße €').toString('latin1') });
  const bytes = Buffer.from('attachment; filename="é"').toString('latin1');
  expect(passed({ 'content-disposition': bytes, 'content-length': '3' })).toMatchObject({
    'content-disposition': bytes,
  });
});

test('a header that holds a secret does not go on, whatever its name', () => {
  expect(passed({ location: 'https://api.example/?access_token=planted-token', 'x-a': 'b' })).toEqual({ 'x-a': 'b' });
  expect(passed({ 'x-many': ['a', 'so planted-token!'] })).toEqual({});
});

test('an address that is relative becomes the provider’s', () => {
  expect(passed({ location: '8' })).toEqual({ location: 'https://api.example/v1/things/8' });
  expect(passed({ 'content-location': '/v2' })).toEqual({ 'content-location': 'https://api.example/v2' });
  expect(passed({ location: 'https://cdn.example/a b' })).toEqual({ location: 'https://cdn.example/a b' });
});

test('what the answer itself calls the connection’s does not go on', () => {
  expect(passed({ connection: 'close, X-Own', 'x-own': '1', 'x-other': '2' })).toEqual({ 'x-other': '2' });
});
