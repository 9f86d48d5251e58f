import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shippedIds } from '../../src/providers/shipped-definitions.js';
import { projectRoot, readSources, type SourceFile } from '../support/source-tree.js';
import { roomOf } from './rooms.js';

const sources = readSources('src');

/** Places whose code (not comment) matches, as file:line. */
function places(pattern: RegExp, isAllowed: (file: SourceFile) => boolean): string[] {
  return sources
    .filter((file) => !isAllowed(file))
    .flatMap((file) =>
      file.lines.flatMap((text, index) =>
        pattern.test(withoutComment(text)) ? [`${file.path}:${index + 1} ${text.trim()}`] : [],
      ),
    );
}

function withoutComment(text: string): string {
  return /^\s*(\/\*\*|\*|\/\/)/.test(text) ? '' : text.replace(/\s\/\/ .*$/, '');
}

const inRooms =
  (...rooms: string[]) =>
  (file: SourceFile): boolean =>
    rooms.includes(roomOf(file.path) ?? '');

test('a secret is exposed only in the rooms that send or seal it', () => {
  const allowed = inRooms(
    'vault',
    'oauth',
    'profile',
    'proxy',
    'callers',
    'database',
    'events',
    'cli',
    'demo',
    'secret.ts',
  );
  expect(places(/\.expose\(\)/, allowed)).toEqual([]);
});

test('only main.ts, cli and the demo touch process', () => {
  expect(places(/\bprocess\.(?!hrtime|memoryUsage)/, inRooms('main.ts', 'cli', 'demo'))).toEqual([]);
});

test('time is asked of the clock alone', () => {
  expect(
    places(/\b(Date\.now\(|performance\.now\(|new Date\(\)|setInterval\()/, inRooms('clock.ts', 'demo', 'cli')),
  ).toEqual([]);
});

test('no provider is named outside providers', () => {
  const known = ['slack', 'salesforce', 'microsoft', 'xero', 'spotify', 'fitbit', 'atlassian', 'shopify', 'stripe'];
  // Words of the language or of style sheets too, which cannot be told apart.
  const words = new Set(['apple', 'box', 'buffer', 'line', 'threads']);
  const searched = [...shippedIds(), ...known].filter((name) => !words.has(name));
  const names = new RegExp(`\\b(${searched.join('|')})\\b`, 'i');
  expect('a HubSpot quirk').toMatch(names);
  expect(places(names, inRooms('providers'))).toEqual([]);
});

test('nothing is typed any', () => {
  expect(places(/(:\s*any\b|\bas any\b|<any>|\bany\[\])/, () => false)).toEqual([]);
});

test('no file of src is longer than 400 lines', () => {
  const long = sources.filter((file) => file.lines.length > 400).map((file) => `${file.path}: ${file.lines.length}`);
  expect(long).toEqual([]);
});

test('every file of src opens by saying what it is for', () => {
  expect(sources.filter((file) => !file.lines[0]?.startsWith('/**')).map((file) => file.path)).toEqual([]);
});

test('no file is called index, utils, helpers, common or manager', () => {
  const vague = /(^|\/)(index|utils?|helpers?|common|misc|manager)(\.ts|\/)/;
  expect(sources.map((file) => file.path).filter((path) => vague.test(path))).toEqual([]);
});

test('no test is skipped, alone or left to do', () => {
  const marks = /\b(test|it|describe)\.(skip|only|todo)\(/;
  const marked = readSources('test')
    .filter((file) => file.lines.some((text) => marks.test(text)))
    .map((file) => file.path);
  expect(marked).toEqual([]);
});

test('the top level holds what the design names', () => {
  const top = readdirSync(projectRoot);
  for (const name of [
    'src',
    'schema',
    'migrations',
    'test',
    'docs',
    'bench',
    'package.json',
    'tsconfig.json',
    'ormconfig.ts',
  ]) {
    expect(top, join(projectRoot, name)).toContain(name);
  }
});
