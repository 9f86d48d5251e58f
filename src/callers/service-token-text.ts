/** The text of a service token: `lks_`, 256 random bits, and a checksum, so that a scanner of sources knows one when it sees one
 *  and a mistyped one is refused without a look into the database. Called by those who make one and by authenticate.ts. What is
 *  kept is its digest alone. */
import { createHash, randomBytes } from 'node:crypto';
import { Secret } from '../secret.js';

const prefix = 'lks_';
const randomLength = 43;
const checksumLength = 6;

export function newServiceTokenText(): Secret {
  const body = `${prefix}${randomBytes(32).toString('base64url')}`;
  return Secret.of(`${body}${checksumOf(body)}`);
}

/** For the answer to the admin who made it, and nothing else. */
export function handOverServiceToken(text: Secret): string {
  return text.expose();
}

/** Whether a bearer token means to be one: no JWT begins so. */
export function looksLikeServiceToken(text: string): boolean {
  return text.startsWith(prefix);
}

export function isServiceTokenText(text: string): boolean {
  if (!/^lks_[\w-]{49}$/.test(text)) return false;
  const body = text.slice(0, prefix.length + randomLength);
  return checksumOf(body) === text.slice(body.length);
}

function checksumOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, checksumLength);
}
