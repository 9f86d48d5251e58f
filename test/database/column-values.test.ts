import { describe, expect, test } from 'vitest';
import { epochMs, textList } from '../../src/database/column-values.js';

describe('times', () => {
  test('a bigint that comes as text comes out as a number', () => {
    expect(epochMs.from('1767225600000')).toBe(1_767_225_600_000);
  });

  test('no time stays no time, and is not 1970', () => {
    expect(epochMs.from(null)).toBeNull();
  });

  test.each(['soon', '1.5', '9007199254740993'])('%s in a time column is a fault', (stored) => {
    expect(() => epochMs.from(stored)).toThrow('not a whole number');
  });
});

describe('lists of texts', () => {
  test('a list comes back as it was written', () => {
    const scopes = ['openid', 'a "quoted" one', ''];
    expect(textList.from(textList.to(scopes))).toEqual(scopes);
  });

  test.each(['', 'openid', '"openid"', '[1]', '{}', null])('%s in a list column is a fault', (stored) => {
    expect(() => textList.from(stored)).toThrow();
  });
});
